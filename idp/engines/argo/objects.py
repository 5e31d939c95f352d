"""What is read of Kubernetes' and Argo's objects. Fields that others add are none of our concern."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter
from pydantic.alias_generators import to_camel

from idp.engines.protocol import Phase


class Object(BaseModel):
    """Read, never written."""

    model_config = ConfigDict(extra="ignore", frozen=True, alias_generator=to_camel)


def _pending(phase: object) -> object:
    """What the controller has not looked at yet has no phase."""
    return phase or "Pending"


AnyPhase = Annotated[Phase, BeforeValidator(_pending)]


class Owner(Object):
    """An ownerReference."""

    api_version: str
    kind: str
    name: str
    uid: str
    controller: bool = False


class Metadata(Object):
    """Of any object; a list and a bookmark have a resourceVersion alone."""

    name: str = ""
    uid: str = ""
    resource_version: str = ""
    continue_: str = Field(default="", alias="continue")
    labels: Mapping[str, str] = Field(default_factory=dict)
    annotations: Mapping[str, str] = Field(default_factory=dict)
    owner_references: tuple[Owner, ...] = ()


class Parameter(Object):
    """An output; without a value until there is one."""

    name: str
    value: str | None = None


class Outputs(Object):
    """Of a node or a Workflow."""

    parameters: tuple[Parameter, ...] = ()

    @property
    def values(self) -> dict[str, str]:
        """Of the parameters that have one."""
        return {each.name: each.value for each in self.parameters if each.value is not None}


class Node(Object):
    """One of `status.nodes`."""

    id: str
    name: str
    display_name: str
    type: str
    phase: AnyPhase = "Pending"
    template_name: str = ""
    message: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    children: tuple[str, ...] = ()
    outputs: Outputs = Outputs()


Nodes = Mapping[str, Node]
NODES: TypeAdapter[Nodes] = TypeAdapter(Nodes)


class WorkflowStatus(Object):
    """`nodes` is empty where the status is too large for it: then it is compressed, or in the controller's database."""

    phase: AnyPhase = "Pending"
    message: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    nodes: Nodes = Field(default_factory=dict)
    compressed_nodes: str = ""
    offload_node_status_version: str = ""
    outputs: Outputs = Outputs()


class Workflow(Object):
    """A run."""

    metadata: Metadata
    status: WorkflowStatus = WorkflowStatus()


class WorkflowList(Object):
    """A page of them."""

    metadata: Metadata
    items: tuple[Workflow, ...]


class Status(Object):
    """Why the Kubernetes API refuses."""

    code: int = 0
    message: str = ""


class Bookmark(Object):
    """How far the watch is, and nothing more."""

    metadata: Metadata


class Changed(Object):
    """A watch tells of a Workflow."""

    type: Literal["ADDED", "MODIFIED", "DELETED"]
    object: Workflow


class Marked(Object):
    """A watch tells how far it is."""

    type: Literal["BOOKMARK"]
    object: Bookmark


class Refused(Object):
    """A watch ends, and says why."""

    type: Literal["ERROR"]
    object: Status


WatchEvent = Annotated[Changed | Marked | Refused, Field(discriminator="type")]
WATCH_EVENT: TypeAdapter[Changed | Marked | Refused] = TypeAdapter(WatchEvent)


class PodStatus(Object):
    """Of a pod."""

    phase: str = ""


class Pod(Object):
    """A step's."""

    metadata: Metadata
    status: PodStatus = PodStatus()


class PodList(Object):
    """All of a run."""

    items: tuple[Pod, ...]


class User(Object):
    """Whom a token names. `extra` says which pod it is bound to."""

    username: str = ""
    extra: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)


class ReviewStatus(Object):
    """The API server's word on a token."""

    authenticated: bool = False
    audiences: tuple[str, ...] = ()
    user: User = User()


class TokenReview(Object):
    """Asked and answered."""

    status: ReviewStatus


Json = dict[str, Any]
