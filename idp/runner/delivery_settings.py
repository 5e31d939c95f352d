"""What the target kubernetes is told of the cluster that carries applications: member `delivery` of `IDP_TARGET_SETTINGS`."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from idp.errors import StepError

Address = Annotated[str, Field(pattern=r"^https?://[^\s/]+(/[^\s]*)?$")]
Path = Annotated[str, Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._/-]*$")]


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Registry(_Told):
    """`name`: as images are called by nodes and builds. `url`: where steps ask it, of the same registry."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?(/[a-z0-9][a-z0-9._-]*)*$")]
    url: Address

    @property
    def plain(self) -> bool:
        """Without TLS: of a test's cluster."""
        return self.url.startswith("http://")


class ChartSource(_Told):
    """Where Argo CD finds infra/charts/application."""

    repository: Address
    revision: Annotated[str, Field(min_length=1)]
    path: Path = "infra/charts/application"


class DeliverySettings(_Told):
    """All that the steps Registration, Build, Settings and Rollout need to know."""

    registry: Registry
    builder: Annotated[str, Field(min_length=1, description="The image of infra/images/builder.")]
    chart: ChartSource


def delivery_settings(told: Mapping[str, Any]) -> DeliverySettings | None:
    """None where nothing is told: the cluster carries environments, and no applications. Raises StepError."""
    if not told:
        return None
    try:
        return _Whole.model_validate(told).delivery
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False))
        message = (
            f"The target kubernetes is not told how applications are delivered: {'; '.join(problems)}. Set"
            ' IDP_TARGET_SETTINGS to {"delivery": {"registry": {"name", "url"}, "builder", "chart": {"repository",'
            ' "revision"}}}, or to {} where there are none.'
        )
        raise StepError(message) from error


class _Whole(_Told):
    delivery: DeliverySettings
