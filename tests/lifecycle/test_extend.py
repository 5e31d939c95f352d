from datetime import UTC, datetime, timedelta

import pytest

from idp.capability import ResourceCapability
from idp.catalog import CATALOG
from idp.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from idp.ledger.records import ResourceKey, ResourceRecord
from idp.lifecycle.expire import expire
from idp.lifecycle.extend import extend
from tests.lifecycle.asking import ADA, CAROL, EVE, Team

pytestmark = pytest.mark.anyio

KEY = ResourceKey(capability="environments", team="payments", name="checkout")


async def extended(team: Team, days: int, key: ResourceKey = KEY) -> ResourceRecord:
    capability = CATALOG["environments"]
    assert isinstance(capability, ResourceCapability)
    return await extend(team.ledger, ADA, capability, key, lifetime_days=days)


async def test_it_lives_so_many_days_from_now(team: Team) -> None:
    await team.has()

    after = await extended(team, 60)

    assert after.expires_at
    assert abs(after.expires_at - datetime.now(UTC) - timedelta(days=60)) < timedelta(minutes=1)


@pytest.mark.parametrize("days", [13, 91])
async def test_it_is_neither_shortened_nor_longer_than_the_longest(team: Team, days: int) -> None:
    before = await team.has()

    with pytest.raises(InvalidError, match="lifetime_days would end its life on") as caught:
        await extended(team, days)

    assert [error.pointer for error in caught.value.errors] == ["/lifetime_days"]
    assert await team.resource() == before


async def test_production_has_no_end_to_extend(team: Team) -> None:
    await team.has(spec={"stage": "prod"})

    with pytest.raises(ConflictError, match="does not expire"):
        await extended(team, 30)


async def test_what_is_being_removed_is_not_extended(team: Team) -> None:
    await team.has()
    await team.asks("deprovision")

    with pytest.raises(ConflictError, match="is being removed"):
        await extended(team, 30)


async def test_only_the_team_extends_what_is_there(team: Team) -> None:
    await team.has()
    capability = CATALOG["environments"]
    assert isinstance(capability, ResourceCapability)

    for caller in (EVE, CAROL):
        with pytest.raises(ForbiddenError):
            await extend(team.ledger, caller, capability, KEY, lifetime_days=30)
    with pytest.raises(NotFoundError):
        await extended(team, 30, ResourceKey(capability="environments", team="payments", name="none"))


async def test_what_has_outlived_its_lifetime_is_removed_without_an_approval(team: Team) -> None:
    resource = await team.has()

    accepted = await expire(team.ledger, CATALOG, resource)

    request = accepted.request
    assert (request.verb, request.requester, request.approval) == ("deprovision", "(sweeper)", "none")
    assert request.rule == "lifetime-is-over"
    assert (await team.resource()).status == "removing"


async def test_what_is_extended_meanwhile_is_not_removed(team: Team) -> None:
    resource = await team.has()
    await extended(team, 60)

    with pytest.raises(ConflictError, match="was extended meanwhile"):
        await expire(team.ledger, CATALOG, resource)

    assert (await team.resource()).status == "ready"


async def test_an_inhabited_environment_does_not_expire_yet(team: Team) -> None:
    resource = await team.has()
    await team.has("receipts", capability="storage", spec={"environment": "checkout"})

    with pytest.raises(ConflictError, match="live in"):
        await expire(team.ledger, CATALOG, resource)
