"""The one idea: a capability, declared once as a typed value, from which everything else is computed.

    CapabilityRequest       team
    ├── StagedRequest       + name, stage: asks for a resource
    │   └── PlacedRequest   + environment: the resource may live in one
    └── ActionRequest       + name of the resource it acts on
        └── PlacedActionRequest   + environment: where it acts on it

Making a value checks it; nothing else happens: no registration, no clock, no network.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, ClassVar, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, SecretBytes, SecretStr

from idp.errors import DefinitionError, NotFoundError
from idp.fields import CAPABILITY_NAME, STEP_ARGUMENT, ResourceName, Stage, TeamName
from idp.steps import Build, Playbook, PlaybookChoice, Rollout, Settings, Step, Terraform

Verb = Literal["provision", "deprovision", "inspect", "perform"]
RESOURCE_VERBS: tuple[Verb, ...] = ("provision", "deprovision", "inspect")
ACTION_VERBS: tuple[Verb, ...] = ("perform",)


class CapabilityRequest(BaseModel):
    """What every request says. Unknown fields are refused, and nothing is converted: "4" is no number, `true` is no 1."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, str_max_length=4096, allow_inf_nan=False)

    team: TeamName
    name: ResourceName


class StagedRequest(CapabilityRequest):
    """A request for a resource. Team, name and stage never change."""

    stage: Stage = Field(default="dev", description="dev, staging or prod; it decides who must agree.")


class PlacedRequest(StagedRequest):
    """A request for a resource that may live in an environment, which then refuses to go while it is there."""

    environment: ResourceName | None = Field(
        default=None, description="The team's environment it lives in.", examples=["checkout"]
    )


class ActionRequest(CapabilityRequest):
    """A request to act once on a resource: `name` is that resource's."""


class PlacedActionRequest(ActionRequest):
    """A request to act on what a resource is in one environment: on its *placement* there, which alone is locked.

    The environment's stage decides who must agree.
    """

    environment: ResourceName = Field(description="The team's environment to act in.", examples=["checkout"])


@dataclass(frozen=True, kw_only=True)
class Lifetime:
    """How long a resource lives unless extended, and the longest it may. Production does not expire."""

    default: timedelta
    longest: timedelta

    def __post_init__(self) -> None:
        if not timedelta(0) < self.default <= self.longest:
            message = f"Lifetime: default {self.default} must be more than nothing and at most longest {self.longest}."
            raise DefinitionError(message)


@dataclass(frozen=True, kw_only=True)
class Quota:
    """How many of these a team may have at one time."""

    per_team: int

    def __post_init__(self) -> None:
        if self.per_team < 1:
            message = f"Quota: per_team is {self.per_team}; a capability nobody may use is better left out."
            raise DefinitionError(message)


@dataclass(frozen=True, kw_only=True)
class ResourceCapability:
    """Something that lives and dies: provisioned, inspected for drift, deprovisioned."""

    kind: ClassVar[Literal["resource"]] = "resource"
    verbs: ClassVar[tuple[Verb, ...]] = RESOURCE_VERBS

    name: str
    summary: str
    owner: str
    request: type[StagedRequest]
    steps: tuple[Step, ...]
    lifetime: Lifetime
    quota: Quota
    examples: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Named request bodies that can be sent as they are; each is validated here."""

    def __post_init__(self) -> None:
        _checked(self)
        if any(isinstance(step, (Build, Settings, Rollout)) for step in self.steps):
            message = f"Capability {self.name}: Build, Settings and Rollout change what serves of an application; they are steps of actions."
            raise DefinitionError(message)


@dataclass(frozen=True, kw_only=True)
class Waits:
    """A request for a busy resource waits, and is not refused. Of several only the newest: what is older is superseded.

    `newest_per` names fields of the request: those that differ in one of them do not supersede each other.
    """

    newest_per: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ActionCapability:
    """Something done once to a resource of the capability `acts_on`, which it locks meanwhile."""

    kind: ClassVar[Literal["action"]] = "action"
    verbs: ClassVar[tuple[Verb, ...]] = ACTION_VERBS

    name: str
    summary: str
    owner: str
    acts_on: str
    request: type[ActionRequest]
    steps: tuple[Step, ...]
    carries: type[ActionRequest] | None = None
    """What its run is told: the request, and what was found when it was accepted. None: the request alone."""
    examples: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    waits: Waits | None = None
    """Whether a request waits while the resource is busy; None: it is refused then."""

    def __post_init__(self) -> None:
        _checked(self)
        _told_apart_by_its_fields(self)
        if self.carries and not issubclass(self.carries, self.request):
            message = (
                f"Capability {self.name}: {self.carries.__name__} carries the request, so it must be a subclass of"
                f" {self.request.__name__}."
            )
            raise DefinitionError(message)
        if any(isinstance(step, Terraform) for step in self.steps):
            message = (
                f"Capability {self.name}: an action keeps no Terraform state; use playbooks, or make it a resource."
            )
            raise DefinitionError(message)


Capability = ResourceCapability | ActionCapability


def carried(capability: Capability) -> type[CapabilityRequest]:
    """The model of what a run of it is told."""
    return (isinstance(capability, ActionCapability) and capability.carries) or capability.request


@dataclass(frozen=True, kw_only=True)
class Images:
    """Image references with immutable tags or digests."""

    api: str
    runner: str

    def __post_init__(self) -> None:
        for name, image in (("api", self.api), ("runner", self.runner)):
            last = image.rpartition("/")[2]
            if ":" not in last or last.endswith(":latest"):
                message = f"Images: {name} {image!r} needs an immutable tag or a digest."
                raise DefinitionError(message)


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """The ordered capabilities and what is fixed for one platform."""

    domain: str
    images: Images
    capabilities: tuple[Capability, ...]

    def __post_init__(self) -> None:
        names = [capability.name for capability in self.capabilities]
        for name in names:
            if names.count(name) > 1:
                message = f"Catalog: {name} is there twice; a capability's name is its URL and its WorkflowTemplate."
                raise DefinitionError(message)
        for capability in self.capabilities:
            if isinstance(capability, ActionCapability):
                self._acts_on_a_resource(capability)

    def __iter__(self) -> Iterator[Capability]:
        return iter(self.capabilities)

    def __getitem__(self, name: str) -> Capability:
        """Raises NotFoundError."""
        for capability in self.capabilities:
            if capability.name == name:
                return capability
        message = f"There is no capability {name!r}; there are {', '.join(c.name for c in self.capabilities)}."
        raise NotFoundError(message)

    def _acts_on_a_resource(self, action: ActionCapability) -> None:
        resources = [c.name for c in self.capabilities if isinstance(c, ResourceCapability)]
        if action.acts_on not in resources:
            message = (
                f"Capability {action.name} acts on {action.acts_on!r}, which is no resource capability of this catalogue;"
                f" there are {', '.join(resources) or 'none'}."
            )
            raise DefinitionError(message)


def _checked(capability: Capability) -> None:
    """Refuse what could not be rendered, run or undone. Raises DefinitionError."""
    name = capability.name
    if not re.fullmatch(CAPABILITY_NAME, name):
        message = f"Capability {name!r}: the name must match {CAPABILITY_NAME}."
        raise DefinitionError(message)
    if not (capability.summary.strip() and capability.owner.strip()):
        message = f"Capability {name}: summary and owner must say something; the owner answers for it."
        raise DefinitionError(message)
    _steps_in_order(name, capability.steps)
    for step in capability.steps:
        if isinstance(step, PlaybookChoice):
            allowed_playbooks(capability, step)
    _no_secrets(name, capability.request)
    for title, body in capability.examples.items():
        try:
            capability.request.model_validate_json(json.dumps(body))
        except ValueError as error:
            message = f"Capability {name}: example {title!r} is not a valid request: {error}"
            raise DefinitionError(message) from error


def _told_apart_by_its_fields(action: ActionCapability) -> None:
    for name in action.waits.newest_per if action.waits else ():
        if name not in action.request.model_fields:
            message = f"Capability {action.name}: waits per {name!r}, which is no field of {action.request.__name__}."
            raise DefinitionError(message)


def _steps_in_order(name: str, steps: tuple[Step, ...]) -> None:
    if not steps:
        message = f"Capability {name}: without a step nothing would ever happen."
        raise DefinitionError(message)
    if any(isinstance(step, Terraform) for step in steps[1:]):
        message = f"Capability {name}: at most one Terraform step, and first; compose modules in the target's root."
        raise DefinitionError(message)
    names = [step.name for step in steps]
    if len(set(names)) < len(names):
        message = f"Capability {name}: steps {names} share a name; each step of a run needs its own."
        raise DefinitionError(message)


def allowed_playbooks(capability: Capability, step: Playbook | PlaybookChoice) -> tuple[str, ...]:
    """The playbooks this step may run. Raises DefinitionError when the chosen field does not list legal ones."""
    if isinstance(step, Playbook):
        return (step.playbook,)
    chosen = capability.request.model_fields.get(step.field)
    options = get_args(chosen.annotation) if chosen and get_origin(chosen.annotation) is Literal else ()
    if not options or not all(isinstance(o, str) and re.fullmatch(STEP_ARGUMENT, o) for o in options):
        message = (
            f"Capability {capability.name}: {step.field!r} must be a field of {capability.request.__name__}"
            f" of type Literal[...] that lists the allowed playbooks."
        )
        raise DefinitionError(message)
    return options


def _no_secrets(name: str, model: type[BaseModel]) -> None:
    """A secret never enters an event: they are made in the vault, and outputs carry the secret's name."""
    for field_name, info in model.model_fields.items():
        if _mentions(info.annotation, (SecretStr, SecretBytes)):
            message = f"Capability {name}: field {field_name!r} is a secret; a request may only carry a secret's name."
            raise DefinitionError(message)


def _mentions(annotation: object, types: tuple[type, ...]) -> bool:
    if isinstance(annotation, type) and not get_args(annotation):
        if issubclass(annotation, BaseModel):
            return any(_mentions(info.annotation, types) for info in annotation.model_fields.values())
        return issubclass(annotation, types)
    return any(_mentions(argument, types) for argument in get_args(annotation))
