from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal

import pytest
from pydantic import BaseModel, SecretStr, ValidationError

from idp import (
    ActionCapability,
    ActionRequest,
    Catalog,
    Images,
    Lifetime,
    Playbook,
    PlaybookChoice,
    Quota,
    ResourceCapability,
    StagedRequest,
    Terraform,
)
from idp.applications import DeploymentRequest
from idp.capability import allowed_playbooks
from idp.errors import DefinitionError, NotFoundError
from idp.steps import Build, Rollout


class ThingRequest(StagedRequest):
    size: int = 1


class TouchRequest(ActionRequest):
    playbook: Literal["one", "two"] = "one"


class Inner(BaseModel):
    password: SecretStr


class SecretInside(StagedRequest):
    logins: list[Inner] | None = None


THINGS = ResourceCapability(
    name="things",
    summary="A thing.",
    owner="platform",
    request=ThingRequest,
    steps=(Terraform("thing"), Playbook("thing")),
    lifetime=Lifetime(default=timedelta(days=1), longest=timedelta(days=2)),
    quota=Quota(per_team=1),
)
TOUCH = ActionCapability(
    name="touch",
    summary="Touches a thing.",
    owner="platform",
    acts_on="things",
    request=TouchRequest,
    steps=(PlaybookChoice("playbook"),),
)
IMAGES = Images(api="example.org/api:1", runner="example.org/runner@sha256:0")

WRONG: dict[str, tuple[Callable[[], object], str]] = {
    "a name that is no URL segment": (lambda: replace(THINGS, name="Things!"), "name must match"),
    "a name too long for a run": (lambda: replace(THINGS, name="a" * 31), "name must match"),
    "nobody who answers for it": (lambda: replace(THINGS, owner=" "), "owner"),
    "no summary": (lambda: replace(THINGS, summary=""), "summary"),
    "no step": (lambda: replace(THINGS, steps=()), "without a step"),
    "Terraform not first": (lambda: replace(THINGS, steps=(Playbook("x"), Terraform("x"))), "at most one Terraform"),
    "two Terraform steps": (lambda: replace(THINGS, steps=(Terraform("x"), Terraform("y"))), "at most one Terraform"),
    "two steps of one name": (lambda: replace(THINGS, steps=(Playbook("a_b"), Playbook("a_b"))), "share a name"),
    "Terraform in an action": (lambda: replace(TOUCH, steps=(Terraform("x"),)), "keeps no Terraform state"),
    "a build of a resource": (lambda: replace(THINGS, steps=(Build(), Rollout())), "they are steps of actions"),
    "a run that is told something else": (lambda: replace(TOUCH, carries=DeploymentRequest), "must be a subclass of"),
    "a choice by no field": (lambda: replace(TOUCH, steps=(PlaybookChoice("nope"),)), "Literal"),
    "a choice by free text": (lambda: replace(TOUCH, steps=(PlaybookChoice("name"),)), "Literal"),
    "a secret in the request": (lambda: replace(THINGS, request=SecretInside), "is a secret"),
    "an example that is refused": (lambda: replace(THINGS, examples={"x": {"team": "T"}}), "example 'x'"),
    "a module that is a path": (lambda: Terraform("../x"), "must match"),
    "a playbook with a blank": (lambda: Playbook("x y"), "must match"),
    "a default beyond the longest": (
        lambda: Lifetime(default=timedelta(days=3), longest=timedelta(days=2)),
        "at most longest",
    ),
    "a quota of none": (lambda: Quota(per_team=0), "per_team"),
    "an image that moves": (lambda: Images(api="x/api:latest", runner="x/r:1"), "immutable"),
    "an image without a tag": (lambda: Images(api="x:5000/api", runner="x/r:1"), "immutable"),
    "a capability twice": (lambda: catalog(THINGS, THINGS), "twice"),
    "an action on nothing": (lambda: catalog(TOUCH), "acts on 'things'"),
    "an action on an action": (lambda: catalog(THINGS, TOUCH, replace(TOUCH, name="t", acts_on="touch")), "acts on"),
}


def catalog(*capabilities: ResourceCapability | ActionCapability) -> Catalog:
    return Catalog(domain="example.org", images=IMAGES, capabilities=capabilities)


@pytest.mark.parametrize("case", WRONG)
def test_what_could_not_work_cannot_be_made(case: str) -> None:
    make, says = WRONG[case]

    with pytest.raises(DefinitionError, match=says):
        make()


@pytest.mark.parametrize("missing", ["owner", "lifetime", "quota"])
def test_a_resource_cannot_be_made_without(missing: str) -> None:
    given: dict[str, Any] = {
        name: getattr(THINGS, name) for name in ("name", "summary", "owner", "request", "steps", "lifetime", "quota")
    }
    del given[missing]

    with pytest.raises(TypeError, match=missing):
        ResourceCapability(**given)


def test_a_catalogue_keeps_its_order_and_finds_by_name() -> None:
    both = catalog(THINGS, TOUCH)

    assert list(both) == [THINGS, TOUCH]
    assert both["touch"] is TOUCH


def test_an_unknown_capability_is_named_with_those_there_are() -> None:
    with pytest.raises(NotFoundError, match="'nope'; there are things, touch"):
        catalog(THINGS, TOUCH)["nope"]


def test_the_allowed_playbooks_are_the_literal_of_the_field() -> None:
    assert allowed_playbooks(TOUCH, PlaybookChoice("playbook")) == ("one", "two")
    assert allowed_playbooks(THINGS, Playbook("thing")) == ("thing",)


def test_each_step_has_the_least_privilege_for_what_it_does() -> None:
    assert [step.privilege for step in THINGS.steps] == ["apply", "configure"]
    assert TOUCH.steps[0].privilege == "configure"


@pytest.mark.parametrize(
    "body",
    [
        {"team": "payments", "name": "a", "size": "4"},
        {"team": "payments", "name": "a", "size": True},
        {"team": "payments", "name": "a", "surprise": 1},
        {"team": "payments"},
    ],
    ids=["text for a number", "a truth for a number", "an unknown field", "a missing field"],
)
def test_a_request_converts_nothing_and_refuses_the_rest(body: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ThingRequest.model_validate(body)
