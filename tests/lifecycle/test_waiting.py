"""An action whose newest request waits, as its declaration says."""

from dataclasses import replace

import pytest

from idp.capabilities.configurations import configurations
from idp.capability import ActionCapability, Waits
from idp.errors import DefinitionError
from idp.ledger.protocol import OpenRequestError
from idp.lifecycle.explain import explain
from idp.lifecycle.wishes import Wish
from tests.lifecycle.asking import ADA, Team, wish

pytestmark = pytest.mark.anyio

WAITING = replace(configurations, waits=Waits(newest_per=("playbook",)))


def settings(playbook: str = "application_settings", capability: ActionCapability = WAITING) -> Wish:
    return replace(wish("perform", capability="configurations", spec={"playbook": playbook}), capability=capability)


async def test_the_newest_of_each_kind_waits_and_explaining_tells(team: Team) -> None:
    await team.has()
    running = (await team.accepts(settings())).request
    first = (await team.accepts(settings())).request
    other = (await team.accepts(settings("maintenance_notice"))).request

    told = await explain(team.ledger, ADA, settings())
    newest = (await team.accepts(settings())).request

    assert (told.allowed, told.waits_behind) == (True, running.id)
    assert [(await team.request(each.id)).phase for each in (running, first, other, newest)] == [
        "accepted",
        "cancelled",
        "accepted",
        "accepted",
    ]
    await team.succeeded(running)
    assert (await team.resource()).open_request == other.id


async def test_on_a_free_resource_nobody_waits(team: Team) -> None:
    await team.has()
    assert (await explain(team.ledger, ADA, settings())).waits_behind is None
    assert (await team.accepts(settings())).request.waits_in is None


async def test_an_action_that_does_not_say_so_is_refused(team: Team) -> None:
    await team.has()
    await team.accepts(settings(capability=configurations))
    told = await explain(team.ledger, ADA, settings(capability=configurations))
    assert (told.allowed, told.rule, told.waits_behind) == (False, "open-request", None)
    with pytest.raises(OpenRequestError):
        await team.accepts(settings(capability=configurations))


def test_what_tells_requests_apart_is_a_field_of_theirs() -> None:
    with pytest.raises(DefinitionError, match=r"Capability configurations: waits per 'stage', which is no field"):
        replace(configurations, waits=Waits(newest_per=("stage",)))
