"""What developers may request, on target azure: each root with the values that the runner would give it."""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from idp.capability import Capability
from idp.catalog import CATALOG
from idp.runner.assignment import assignment
from idp.runner.variables import terraform_variables
from idp.settings import RunnerSettings
from idp.steps import Terraform as TerraformStep
from tests.platform.ground import INFRA
from tests.platform.terraform import Terraform

PLATFORM = "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/RG-idp-net/providers/Microsoft.Network"
TOLD = {
    "subscription_id": "22222222-2222-2222-2222-222222222222",
    "tenant_id": "99999999-9999-9999-9999-999999999999",
    "location": "westeurope",
    "oidc_issuer_url": "https://westeurope.oic.prod-aks.azure.com/issuer/",
    "log_analytics_workspace_id": "/subscriptions/0/resourceGroups/RG-idp-aks/providers/Microsoft.OperationalInsights/workspaces/log-idp",
    "private_endpoints_subnet_id": f"{PLATFORM}/virtualNetworks/vnet-idp/subnets/snet-private-endpoints",
    "machines_subnet_id": f"{PLATFORM}/virtualNetworks/vnet-idp/subnets/snet-machines",
    "private_dns_zone_ids": {
        "blob": f"{PLATFORM}/privateDnsZones/privatelink.blob.core.windows.net",
        "mssql": f"{PLATFORM}/privateDnsZones/privatelink.database.windows.net",
        "postgresql": f"{PLATFORM}/privateDnsZones/privatelink.postgres.database.azure.com",
        "redis": f"{PLATFORM}/privateDnsZones/privatelink.redis.azure.net",
        "vault": f"{PLATFORM}/privateDnsZones/privatelink.vaultcore.azure.net",
    },
    "monthly_budget": {"dev": 100, "staging": 300, "prod": 2000},
    "budget_receivers": ["finops@packetdance.com"],
    "operators": {"idp-operators": "11111111-1111-1111-1111-111111111111"},
}
"""IDP_TARGET_SETTINGS of these tests."""

STATE = {"storage_account_name": "stidpcore0f3a", "container_name": "state"}
WITH_TERRAFORM = tuple(each for each in CATALOG if isinstance(each.steps[0], TerraformStep))


def prepared(folder: Path, terraform: Terraform, capability: Capability, request: Mapping[str, Any]) -> Path:
    """The root of a capability in a copy of infra/, initialised with its state on disk."""
    for part in ("catalog", "modules", "targets/azure"):
        shutil.copytree(INFRA / part, folder / part, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*"))
    step = capability.steps[0]
    assert isinstance(step, TerraformStep)
    root = folder / "targets" / "azure" / step.module
    (root / "backend_override.tf").write_text('terraform {\n  backend "local" {}\n}\n')
    (root / "terraform.tfvars.json").write_text(_variables(capability, request, folder))
    terraform(root, "init", "-input=false")
    return root


def _variables(capability: Capability, request: Mapping[str, Any], work: Path) -> str:
    settings = RunnerSettings(
        request=json.dumps(request), image="runner:1", target="azure", state_backend=STATE, target_settings=TOLD
    )
    return terraform_variables(assignment(settings, CATALOG, capability.name, work))
