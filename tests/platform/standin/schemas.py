"""Which schemas a piece of Terraform code needs, and those schemas. Trimmed: 50 types load in 2 s, all 1,500 in 10."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.platform.standin import wheels
from tests.platform.standin.javascript import Block, Source

FRAMEWORK = frozenset({"helm", "random"})
"""Providers built on the newer plugin framework, whose nested attributes are no blocks."""
_TYPE = re.compile(r'^\s*(resource|data|ephemeral|mock_resource|mock_data|override_\w+)\s+"([a-z0-9_]+)"', re.MULTILINE)
_KINDS = {
    "resource": "resource",
    "mock_resource": "resource",
    "data": "data",
    "mock_data": "data",
    "ephemeral": "ephemeral",
}


@dataclass(frozen=True)
class Schemas:
    """The schemas of one provider."""

    provider: Block
    resource: dict[str, Block] = field(default_factory=dict)
    data: dict[str, Block] = field(default_factory=dict)
    ephemeral: dict[str, Block] = field(default_factory=dict)


def used_types(folder: Path) -> frozenset[tuple[str, str]]:
    """(kind, type) of everything that the Terraform files below a folder declare: `("resource", "azurerm_subnet")`."""
    files = (*folder.rglob("*.tf"), *folder.rglob("*.tftest.hcl"))
    found = (match for path in files for match in _TYPE.findall(path.read_text(encoding="utf-8")))
    return frozenset((_KINDS[kind], name) for kind, name in found if kind in _KINDS)


def schemas(types: Iterable[tuple[str, str]]) -> Mapping[str, Schemas]:
    """Schemas by provider. A type that a wheel lacks is left out: Terraform then says that the provider has none such."""
    wanted = sorted(types)
    return {
        provider: _schemas(provider, [(k, n) for k, n in wanted if _is_of(n, provider)])
        for provider in wheels.PROVIDERS
    }


def _is_of(type_name: str, provider: str) -> bool:
    return type_name.startswith(f"{provider}_")


def _schemas(provider: str, types: list[tuple[str, str]]) -> Schemas:
    folders = {wheels.folder(kind, name, provider): (kind, name) for kind, name in types}
    texts = wheels.sources(provider, frozenset({*folders, "provider"}))
    framework = provider in FRAMEWORK
    result = Schemas(provider=Source(texts["provider"], framework=framework).schema())
    for folder, (kind, name) in folders.items():
        if folder in texts:
            getattr(result, kind)[name] = Source(texts[folder], framework=framework).schema()
    return result
