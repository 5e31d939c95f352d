"""What the target azure is told of the platform that it makes things beside: the object `IDP_TARGET_SETTINGS`."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from idp.errors import StepError

Uuid = Annotated[str, Field(pattern=r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")]
ResourceId = Annotated[str, Field(pattern=r"^/[^\s/]+(/[^\s/]+)+$")]
Address = Annotated[str, Field(pattern=r"^https://[^\s]+$")]
Mail = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class PrivateDnsZones(_Told):
    """Ids of the zones that answer with the addresses of private endpoints."""

    blob: ResourceId
    mssql: ResourceId
    postgresql: ResourceId
    redis: ResourceId
    vault: ResourceId


class MonthlyBudget(_Told):
    """What one environment may cost in a month before somebody is told, in the subscription's currency."""

    dev: Annotated[int, Field(ge=1)]
    staging: Annotated[int, Field(ge=1)]
    prod: Annotated[int, Field(ge=1)]


class AzureSettings(_Told):
    """The variable `azure` of each root in `infra/targets/azure`, member by member."""

    subscription_id: Uuid
    tenant_id: Uuid
    location: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]+$")]
    oidc_issuer_url: Address
    log_analytics_workspace_id: ResourceId
    private_endpoints_subnet_id: ResourceId
    machines_subnet_id: ResourceId
    private_dns_zone_ids: PrivateDnsZones
    monthly_budget: MonthlyBudget
    budget_receivers: Annotated[list[Mail], Field(min_length=1)]
    operators: Annotated[dict[str, Uuid], Field(min_length=1)]


def azure_settings(told: Mapping[str, Any]) -> AzureSettings:
    """Raises StepError with every member that does not fit; values are not repeated."""
    try:
        return AzureSettings.model_validate(told)
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_input=False))
        message = (
            f"The target azure is not told what it needs: {'; '.join(problems)}. Set IDP_TARGET_SETTINGS to the output"
            " `for_runs` of infra/platform/aks."
        )
        raise StepError(message) from error
