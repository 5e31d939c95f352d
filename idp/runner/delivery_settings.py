"""What a target is told of the cluster that carries applications: member `delivery` of `IDP_TARGET_SETTINGS`."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, ValidationError

from idp.errors import StepError
from idp.runner.azure import Uuid

Address = Annotated[str, Field(pattern=r"^https?://[^\s/]+(/[^\s]*)?$")]
Path = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._/-]*$")]


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Registry(_Told):
    """One that asks nobody who they are; Jobs of the cluster build. `name`: as images are called by nodes and builds.

    `url`: where steps ask it, of the same registry.
    """

    kind: Literal["open"] = "open"
    name: Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(/[a-z0-9][a-z0-9._-]*)*$")]
    url: Address

    @property
    def plain(self) -> bool:
        """Without TLS: of a test's cluster."""
        return self.url.startswith("http://")


class AzureRegistry(_Told):
    """Azure Container Registry: steps sign in by workload identity, and ACR Tasks build.

    `agent_pool`: where builds run, if not on machines that Azure shares out: a registry without a public address needs one.
    `resource_manager`: Azure's own API, which differs in sovereign clouds. `url`: unset, `https://` and the name.
    """

    kind: Literal["azure"]
    name: Annotated[str, Field(pattern=r"^[a-z0-9]{5,50}(-[a-z0-9]+)?\.azurecr\.(io|cn|us)$")]
    subscription_id: Uuid
    resource_group: Annotated[str, Field(pattern=r"^[A-Za-z0-9_().-]{0,89}[A-Za-z0-9_()-]$")]
    agent_pool: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{3,20}$")] | None = None
    resource_manager: Address = "https://management.azure.com"
    url: Address | None = None

    @property
    def address(self) -> str:
        """Where steps ask it."""
        return self.url or f"https://{self.name}"

    @property
    def short_name(self) -> str:
        """As the resource is called."""
        return self.name.partition(".")[0].partition("-")[0]

    @property
    def plain(self) -> bool:
        """Never without TLS for whoever pulls."""
        return False


_KIND_NOT_TOLD: Final = "open"


def _kind(told: Any) -> str:
    """What is told, or was made of it. One of none is left for pydantic to refuse."""
    kind = told.get("kind", _KIND_NOT_TOLD) if isinstance(told, Mapping) else getattr(told, "kind", _KIND_NOT_TOLD)
    return f"({kind})"


AnyRegistry = Annotated[
    Annotated[Registry, Tag("(open)")] | Annotated[AzureRegistry, Tag("(azure)")],
    Discriminator(
        _kind, custom_error_type="kind", custom_error_message="`kind` should be azure, or left out for an open registry"
    ),
]


class ChartSource(_Told):
    """Where Argo CD finds infra/charts/application."""

    repository: Address
    revision: Annotated[str, Field(min_length=1)]
    path: Path = "infra/charts/application"


class DeliverySettings(_Told):
    """All that the steps Registration, Build, Settings and Rollout need to know."""

    registry: AnyRegistry
    builder: Annotated[str, Field(min_length=1, description="The image of infra/images/builder.")]
    build_cpu: Annotated[str, Field(pattern=r"^[1-9][0-9]{0,4}m$", description="What a Job that builds asks for.")] = (
        "500m"
    )
    chart: ChartSource


def delivery_settings(told: Mapping[str, Any], target: str) -> DeliverySettings | None:
    """None where nothing is told: the cluster carries environments, and no applications. Raises StepError."""
    if not told:
        return None
    try:
        return _Whole.model_validate(told).delivery
    except ValidationError as error:
        problems = (f"{_where(e['loc'])}: {e['msg']}" for e in error.errors(include_input=False, include_context=False))
        message = (
            f"The target {target} is not told how applications are delivered: {'; '.join(problems)}. Set the member"
            ' "delivery" of IDP_TARGET_SETTINGS to {"registry": {"name", "url"}, "builder", "chart": {"repository",'
            ' "revision"}}, for Azure Container Registry to {"registry": {"kind": "azure", "name", "subscription_id",'
            ' "resource_group"}, ...}, or leave it out where there are none.'
        )
        raise StepError(message) from error


def _where(path: tuple[int | str, ...]) -> str:
    """Without the words that tell the kinds of registries apart: no member has that name."""
    return ".".join(str(each) for each in path if not str(each).startswith("("))


class _Whole(_Told):
    delivery: DeliverySettings
