"""infra/versions.md says what the code says."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.platform.ground import INFRA
from tests.platform.standin import wheels

TABLE = dict(re.findall(r"^\| (.+?) \| (.+?) \|", (INFRA / "versions.md").read_text(), re.MULTILINE)[2:])
TERRAFORM_FILES = [path for path in sorted(INFRA.rglob("terraform.tf")) if ".terraform" not in path.parts]


def test_the_table_has_a_line_for_everything_and_no_other() -> None:
    assert dict(_written()) == TABLE


@pytest.mark.parametrize("file", TERRAFORM_FILES, ids=lambda path: str(path.parent.relative_to(INFRA)))
def test_every_module_and_root_pins_alike(file: Any) -> None:
    text = file.read_text()
    assert re.findall(r'required_version = "([^"]+)"', text) == [TABLE["Terraform, OpenTofu"]]
    for provider, constraint in re.findall(r'source += "hashicorp/(\w+)"\s+version = "([^"]+)"', text):
        assert TABLE[f"provider {provider}"].startswith(f"{constraint}, ")


@pytest.mark.parametrize("file", TERRAFORM_FILES, ids=lambda path: str(path.parent.relative_to(INFRA)))
def test_every_module_and_root_pins_each_provider_that_it_uses(file: Any) -> None:
    """And no other."""
    text = "".join(path.read_text() for path in file.parent.glob("*.tf"))
    used = set(re.findall(r'^(?:resource|data|ephemeral|provider) "([a-z]+)', text, re.MULTILINE)) - {"terraform"}
    pinned = dict(re.findall(r'source += "hashicorp/(\w+)"\s+version = "(~> [^"]+)"', file.read_text()))
    assert used == set(pinned)


def _written() -> Iterator[tuple[str, str]]:
    yield "Terraform, OpenTofu", _first("modules/identity/terraform.tf", r'required_version = "([^"]+)"')
    for provider in ("azurerm", "azuread", "helm", "kubernetes", "random"):
        home = "aks" if provider in {"azurerm", "random"} else "tools"
        constraint = _first(f"platform/{home}/terraform.tf", rf'hashicorp/{provider}"\s+version = "([^"]+)"')
        yield f"provider {provider}", f"{constraint}, planned with the schemas of {wheels.version(provider)}"
    yield "Kubernetes", _first("modules/aks/variables.tf", r'default += "(1\.\d+)"')
    charts = (INFRA / "platform/tools/main.charts.tf").read_text()
    for name, version in re.findall(r'repository = (?!null).*name = "([^"]+)", version = "([^"]+)"', charts):
        yield f"chart {name}", version
    for name, version in re.findall(r'repository = null, .*charts/([a-z-]+)", version = "([^"]+)"', charts):
        assert yaml.safe_load((INFRA / "charts" / name / "Chart.yaml").read_text())["version"] == version
        yield f"chart {name}", version
    yield "Argo Workflows", _values("argo-workflows")["images"]["tag"]
    yield "Argo Events", _values("argo-events")["global"]["image"]["tag"]
    (bus,) = _values("argo-events")["configs"]["jetstream"]["versions"]
    yield "NATS JetStream", bus["version"]
    yield "PostgreSQL", _first("modules/postgresql-server/main.tf", r'version += "(\d+)"')


def _first(file: str, pattern: str) -> str:
    (found, *_) = re.findall(pattern, (INFRA / file).read_text())
    return str(found)


def _values(name: str) -> Any:
    return yaml.safe_load((INFRA / "values" / f"{name}.yaml").read_text())
