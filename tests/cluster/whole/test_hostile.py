"""Hostile strings in every field, with a row in the ledger, so that no type of the API stops them: nothing comes of it.

The API's own relay sends each as an event, through the real EventSource, Sensor and Argo to the real runner. What arrives is
the very request; the runner refuses it by the same model that the API has.
"""

import asyncio
import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest

from idp import names
from idp.applications import ApplicationRequest
from idp.capability import ActionCapability, Capability, CapabilityRequest, PlacedActionRequest, carried
from idp.catalog import CATALOG
from idp.events.wire import wire
from idp.ledger.postgresql import PostgresqlLedger
from idp.ledger.protocol import LedgerUnavailableError
from idp.ledger.records import Acceptance, RequestRecord, ResourceKey, ResourceRecord
from idp.lifecycle.ids import next_id
from tests.api.test_corpus import PLACES, Place, with_text
from tests.cluster.installed import Platform, forwarded
from tests.cluster.kubectl import Kubectl, until
from tests.cluster.whole.asking import Person
from tests.runner import corpus

TEAM = "hostile"
ENVIRONMENT = "checkout"
TEXT = "".join(text for texts in corpus.CLASSES.values() for text in texts if "\x00" not in text)
"""All of the corpus in one string; PostgreSQL holds no NUL in a text."""


@dataclass(frozen=True)
class Sent:
    """One request with the corpus at one place."""

    capability: Capability
    place: Place
    record: RequestRecord

    def __str__(self) -> str:
        return f"{self.capability.name}-{'.'.join(map(str, self.place))}"


def sent(capability: Capability, place: Place, body: dict[str, Any]) -> Sent:
    """The ledger's key and the labels stay legal, or there would be no event; the request is what is hostile."""
    id_ = next_id()
    record = RequestRecord(
        id=id_,
        run=names.run(capability.name, id_),
        capability=capability.name,
        verb=capability.verbs[0],
        key=locked(capability, f"n{id_[-12:]}"),
        stage="dev",
        requester="mallory",
        approval="none",
        approver_role=None,
        rule="members-may-ask",
        spec=with_text(told(capability, body), place, TEXT),
        created_at=datetime.now(UTC),
    )
    return Sent(capability, place, record)


def locked(capability: Capability, name: str) -> ResourceKey:
    """What a run of it locks."""
    if not isinstance(capability, ActionCapability):
        return ResourceKey(capability=capability.name, team=TEAM, name=name)
    if issubclass(capability.request, PlacedActionRequest):
        placement = names.placement(name, ENVIRONMENT)
        return ResourceKey(capability=names.placed(capability.acts_on), team=TEAM, name=placement)
    return ResourceKey(capability=capability.acts_on, team=TEAM, name=name)


def told(capability: Capability, body: dict[str, Any]) -> dict[str, Any]:
    """What its run is told of the example: with the application that it acts on, where it is told of one."""
    if "application" not in carried(capability).model_fields:
        return body
    application = next(iter(CATALOG["applications"].examples.values()))
    return body | {"application": ApplicationRequest.model_validate(application).model_dump(mode="json")}


def declared(place: Place, model: type[CapabilityRequest]) -> tuple[type, Place]:
    """Which model has the field first: capabilities that inherit one have it from there, and refuse it in the same way."""
    first = next(
        each
        for each in reversed(model.__mro__)
        if issubclass(each, CapabilityRequest) and place[0] in each.model_fields
    )
    return first, place


ONCE = {declared(place, capability.request): (capability, place, body) for capability, place, body in reversed(PLACES)}
"""Each field in the first capability that has it, as every one is a run of many seconds."""
EVERY = [sent(*each) for each in reversed(ONCE.values())]


@pytest.fixture(scope="module")
def filed(platform: Platform, kubectl: Kubectl) -> Iterator[None]:
    """All of them in the ledger, as if the API had accepted them."""
    secret = kubectl.json("-n", names.NAMESPACE_API, "get", "secret", names.LEDGER_SECRET)["data"]
    url = urlsplit(base64.b64decode(secret[names.LEDGER_SECRET_KEY]).decode())
    there = urlsplit(forwarded(kubectl, names.NAMESPACE_API, "service/postgres", 5432))
    here = urlunsplit(url._replace(netloc=f"{url.username}:{url.password}@{there.netloc}"))
    with platform.client("olga", teams=[TEAM], roles=["operator"]) as client:
        olga = Person(client)
        acted_on = [each.record.key for each in EVERY if each.capability.name == "configurations"]
        for key in acted_on:
            spec = {"team": key.team, "name": key.name}
            olga.answered(
                "POST", f"/v1/environments/{key.team}/{key.name}/adopt", json={"spec": spec, "reason": "test"}
            )
        until("PostgreSQL", lambda: _tried(here), seconds=60, pause=1)
        asyncio.run(_file(here))
        yield
        for each in EVERY:
            client.post(f"/v1/requests/{each.record.id}/cancel")
        for key in acted_on:
            client.post(f"/v1/environments/{key.team}/{key.name}/forget", json={"reason": "test"})


def _tried(url: str) -> bool:
    try:
        asyncio.run(_opened_and_closed(url))
    except LedgerUnavailableError:
        return False
    return True


async def _opened_and_closed(url: str) -> None:
    ledger = PostgresqlLedger(url)
    await ledger.open()
    await ledger.close()


async def _file(url: str) -> None:
    ledger = PostgresqlLedger(url)
    await ledger.open()
    try:
        for each in EVERY:
            await ledger.accept(_acceptance(each))
    finally:
        await ledger.close()


def _acceptance(each: Sent) -> Acceptance:
    """What there is already is acted on; a placement comes to be with the first action on it."""
    record = each.record
    if each.capability.name == "configurations":
        return Acceptance(request=record, resource=None, expected_generation=None, quota=None)
    resource = ResourceRecord(
        key=record.key,
        stage=record.stage,
        owner="platform",
        status="provisioning",
        generation=1,
        spec=record.spec,
        applied_spec=None,
        outputs={},
        environment=None,
        expires_at=None,
        open_request=record.id,
        created_at=record.created_at,
        updated_at=record.created_at,
    )
    return Acceptance(request=record, resource=resource, expected_generation=0, quota=None)


def test_it_is_the_text_alone_that_is_refused() -> None:
    for capability, _, body in ONCE.values():
        text = wire(told(capability, body))
        assert carried(capability).model_validate_json(text).team == body["team"]


@pytest.mark.usefixtures("filed")
@pytest.mark.parametrize("each", EVERY, ids=str)
def test_it_arrives_as_it_is_and_is_refused_before_anything_happens(platform: Platform, each: Sent) -> None:
    with platform.client("olga", teams=[TEAM], roles=["operator"]) as client:
        done = Person(client).waits(each.record.id, seconds=300)
        history = Person(client).history(each.record.id)

    assert done["phase"] == "failed"
    assert f"The request is none that {each.capability.name} takes: {each.place[0]}" in done["message"]
    assert not {"permitted", "planned", "refused-permit", "alarm"} & {entry["kind"] for entry in history}

    workflow = platform.workflow(each.record.run)
    assert workflow is not None
    arguments = {one["name"]: one["value"] for one in workflow["spec"]["arguments"]["parameters"]}
    assert json.loads(arguments["request"]) == each.record.spec
    assert arguments["request"] == wire(each.record.spec)
    assert set(workflow["metadata"]["labels"]) >= {names.LABEL_REQUEST, names.LABEL_TEAM}
    ran = {node["displayName"] for node in workflow["status"]["nodes"].values() if node["type"] == "Pod"}
    assert ran == {"look(0)"}


@pytest.mark.usefixtures("filed")
def test_nothing_came_of_all_of_them(kubectl: Kubectl) -> None:
    states = kubectl.json("-n", names.NAMESPACE_STATE, "get", "secrets")
    assert [each["metadata"]["name"] for each in states if TEAM in each["metadata"]["name"]] == []
    spaces = kubectl.json("get", "namespaces")
    assert [each["metadata"]["name"] for each in spaces if each["metadata"]["name"].startswith(f"env-{TEAM}")] == []
