"""Azure makes nothing of a kind that its subscription was not told of: the guide tells it of all kinds that targets make."""

import re

from tests.platform.ground import INFRA
from tests.platform.standin.schemas import used_types

GUIDE = INFRA.parent / "docs" / "guides" / "azure.md"

PROVIDERS = {
    "consumption_budget": "Consumption",
    "federated_identity": "ManagedIdentity",
    "key_vault": "KeyVault",
    "linux_virtual_machine": "Compute",
    "managed_redis": "Cache",
    "management_lock": "Authorization",
    "monitor": "Insights",
    "mssql": "Sql",
    "network": "Network",
    "postgresql": "DBforPostgreSQL",
    "private_endpoint": "Network",
    "resource_group": "Resources",
    "role_assignment": "Authorization",
    "storage": "Storage",
    "user_assigned_identity": "ManagedIdentity",
    "virtual_machine": "Compute",
}
"""How a type's name begins, after `azurerm_` -> the resource provider `Microsoft.<name>` that makes it."""


def test_the_guide_registers_what_the_target_makes_and_nothing_else() -> None:
    (loop,) = re.findall(r"^for provider in ([A-Za-z ]+); do$", GUIDE.read_text(), re.MULTILINE)
    assert set(loop.split()) == {_provider(name) for name in _made()}


def _made() -> set[str]:
    """Types that roots of the target azure make, themselves and by modules."""
    roots = INFRA / "targets" / "azure"
    text = "".join(file.read_text() for file in roots.rglob("*.tf"))
    modules = set(re.findall(r'source\s+= "\.\./\.\./\.\./(modules/[a-z-]+)"', text))
    types = set(used_types(roots)).union(*(used_types(INFRA / module) for module in modules))
    return {name.removeprefix("azurerm_") for kind, name in types if kind == "resource" and name.startswith("azurerm_")}


def _provider(name: str) -> str:
    (found,) = {provider for start, provider in PROVIDERS.items() if name.startswith(start)}
    return found
