"""What a rendered WorkflowTemplate may hold: every field we write, and none besides.

A field that is not here cannot be proved, so it is refused; whoever renders a new one says here what it refers to.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from idp.events.model import Model
from idp.events.pods import ContainerSecurity, PodSecurity

_NONE: Any = Field(default_factory=list, exclude_if=lambda value: not value)
"""A list that is left out where it is empty."""


class Named(Model):
    """A parameter without a value: there is nothing to fall back on."""

    name: str


class Argument(Model):
    """A value handed to a task, or an environment variable."""

    name: str
    value: str


class ArtifactArgument(Model):
    """An artifact handed to a task."""

    name: str
    from_: str = Field(alias="from")


class Arguments(Model):
    """Of a task."""

    parameters: list[Argument] = _NONE
    artifacts: list[ArtifactArgument] = _NONE


class Task(Model):
    """Of a DAG."""

    name: str
    template: str
    depends: str | None = None
    when: str | None = None
    arguments: Arguments | None = None


class Dag(Model):
    """The order of a verb."""

    tasks: list[Task]


class Suspend(Model):
    """Without a duration: until it is resumed."""


class ConfigMapReference(Model):
    """All keys of a ConfigMap, as environment variables."""

    name: str


class EnvironmentSource(Model):
    """The one kind we use."""

    config_map_ref: ConfigMapReference


class Mount(Model):
    """Of a volume."""

    name: str
    mount_path: str
    read_only: Literal[True] | None = None


class Figures(Model):
    """Kubernetes quantities; each is said."""

    cpu: str
    memory: str
    ephemeral_storage: str = Field(alias="ephemeral-storage")


class Resources(Model):
    """What is reserved, and what is the most."""

    limits: Figures
    requests: Figures


class Container(Model):
    """Of a step."""

    args: list[str]
    command: list[str]
    env: list[Argument]
    env_from: list[EnvironmentSource]
    image: str
    image_pull_policy: Literal["IfNotPresent"]
    resources: Resources
    security_context: ContainerSecurity
    volume_mounts: list[Mount]
    working_dir: str


class InputArtifact(Model):
    """Where a step finds an artifact."""

    name: str
    path: str


class Inputs(Model):
    """Of a step."""

    parameters: list[Named] = _NONE
    artifacts: list[InputArtifact] = _NONE


class PathSource(Model):
    """A file's content."""

    path: str


class OutputParameter(Model):
    """Also known to the whole run, as `globalName`."""

    name: str
    global_name: str
    value_from: PathSource


class Unpacked(Model):
    """The file as it is."""

    none: Annotated[dict[str, Any], Field(max_length=0)]


class OutputArtifact(Model):
    """One file."""

    name: str
    path: str
    archive: Unpacked


class Outputs(Model):
    """Of a step."""

    parameters: list[OutputParameter] = _NONE
    artifacts: list[OutputArtifact] = _NONE


class Retry(Model):
    """Only of steps that look; only where the cluster failed."""

    limit: Literal[2]
    retry_policy: Literal["OnError"]


class Template(Model):
    """A DAG, a gate or a step: `kind` says which, or nothing where it is not exactly one."""

    name: str
    dag: Dag | None = None
    suspend: Suspend | None = None
    container: Container | None = None
    inputs: Inputs | None = None
    outputs: Outputs | None = None
    active_deadline_seconds: int | None = None
    retry_strategy: Retry | None = None
    service_account_name: str | None = None

    @property
    def kinds(self) -> list[str]:
        """Which of the three it is; exactly one in a template that holds."""
        return [kind for kind in ("dag", "suspend", "container") if getattr(self, kind) is not None]

    @property
    def taken(self) -> Inputs:
        """Inputs, also where there are none."""
        return self.inputs or Inputs()

    @property
    def given(self) -> Outputs:
        """Outputs, also where there are none."""
        return self.outputs or Outputs()


class RunArguments(Model):
    """Of a run; their values come with the event."""

    parameters: list[Named]


class Executor(Model):
    """Argo's own containers."""

    service_account_name: str


class PodGc(Model):
    """When finished pods go."""

    strategy: Literal["OnWorkflowCompletion"]
    delete_delay_duration: Annotated[str, Field(pattern=r"^[0-9]+s$")]


class Synchronization(Model):
    """What is locked."""

    mutexes: list[Named]


class Ttl(Model):
    """When finished runs go."""

    seconds_after_completion: int


class EmptyDir(Model):
    """A folder of the pod."""

    size_limit: str


class ServiceAccountToken(Model):
    """A token for one audience; without one, for the cluster's API."""

    audience: str | None = None
    expiration_seconds: int
    path: str


class KeyToPath(Model):
    """A key and the file it becomes."""

    key: str
    path: str


class ProjectedConfigMap(Model):
    """Files of a ConfigMap."""

    name: str
    items: list[KeyToPath]


class FieldReference(Model):
    """A field of the pod."""

    api_version: str
    field_path: str


class PodField(Model):
    """A field of the pod and the file it becomes."""

    field_ref: FieldReference
    path: str


class DownwardApi(Model):
    """Fields of the pod as files."""

    items: list[PodField]


class ProjectedSource(Model):
    """One of these."""

    service_account_token: ServiceAccountToken | None = None
    config_map: ProjectedConfigMap | None = None
    downward_api: DownwardApi | None = Field(default=None, alias="downwardAPI")


class Projected(Model):
    """What a volume shows."""

    sources: list[ProjectedSource]


class Volume(Model):
    """A folder, or files of the cluster's."""

    name: str
    empty_dir: EmptyDir | None = None
    projected: Projected | None = None


class TemplateSpec(Model):
    """No entrypoint: it comes with the event."""

    active_deadline_seconds: int
    arguments: RunArguments
    automount_service_account_token: Literal[False]
    executor: Executor
    pod_spec_patch: str
    pod_gc: PodGc = Field(alias="podGC")
    security_context: PodSecurity
    synchronization: Synchronization
    templates: list[Template]
    ttl_strategy: Ttl
    volumes: list[Volume]


class TemplateMetadata(Model):
    """Of a WorkflowTemplate."""

    name: str
    namespace: str
    labels: dict[str, str]
    annotations: dict[str, str]


class WorkflowTemplate(Model):
    """One capability."""

    api_version: Literal["argoproj.io/v1alpha1"]
    kind: Literal["WorkflowTemplate"]
    metadata: TemplateMetadata
    spec: TemplateSpec
