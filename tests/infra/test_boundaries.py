"""The same documents, judged by the model and by `terraform plan` of the module: both must agree.

The tables are written by hand. Left out is what Terraform takes for something else and the model refuses: "4" for 4, 4.0
for 4, null for a default. The runner sends what the model made of the request, so none of these gets there. The module's folder is a root of its own: it has no provider and no backend.
"""

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from pydantic import ValidationError

from idp.capability import Capability
from idp.catalog import CATALOG
from idp.steps import Terraform

INFRA = Path(__file__).resolve().parents[2] / "infra"
Document = dict[str, Any]
Judged = tuple[bool, Document]
Terraforming = Callable[..., "CompletedProcess[str]"]

NAMED = {"team": "payments", "name": "checkout"}
STORED = {**NAMED, "containers": ["invoices"]}
PLACED = {**NAMED, "environment": "shop"}

COMMON: list[Judged] = [
    (True, {}),
    (True, {"team": "ab"}),
    (False, {"team": "a"}),
    (True, {"team": "a" * 20}),
    (False, {"team": "a" * 21}),
    (False, {"team": "1ab"}),
    (False, {"team": "a-b"}),
    (False, {"team": "Payments"}),
    (False, {"team": "payments\n"}),
    (False, {"team": None}),
    (True, {"name": "a"}),
    (True, {"name": "a" * 30}),
    (False, {"name": "a" * 31}),
    (False, {"name": ""}),
    (False, {"name": "a-"}),
    (False, {"name": "-a"}),
    (False, {"name": "9a"}),
    (True, {"name": "a--b9"}),
    (False, {"name": "a.b"}),
    (False, {"name": "é"}),
    (False, {"name": "a\u0000"}),
    (True, {"stage": "prod"}),
    (False, {"stage": "test"}),
    (False, {"stage": ""}),
]

ENVIRONMENTS: list[Judged] = [
    (True, {"cpu": 1}),
    (True, {"cpu": 64}),
    (False, {"cpu": 0}),
    (False, {"cpu": 65}),
    (False, {"cpu": 1.5}),
    (False, {"cpu": "many"}),
    (True, {"memory_gib": 1}),
    (True, {"memory_gib": 256}),
    (False, {"memory_gib": 0}),
    (False, {"memory_gib": 257}),
    (False, {"memory_gib": 0.5}),
]

STORAGE: list[Judged] = [
    (True, {"environment": None}),
    (True, {"environment": "a-b"}),
    (False, {"environment": ""}),
    (False, {"environment": "B"}),
    (False, {"environment": "a" * 31}),
    (False, {"containers": []}),
    (False, {"containers": None}),
    (False, {"containers": [None]}),
    (False, {"containers": "invoices"}),
    (True, {"containers": [f"c{n:02}" for n in range(20)]}),
    (False, {"containers": [f"c{n:02}" for n in range(21)]}),
    (False, {"containers": ["abc", "abc"]}),
    (False, {"containers": ["ab"]}),
    (True, {"containers": ["a" * 63]}),
    (False, {"containers": ["a" * 64]}),
    (True, {"containers": ["-".join("a" * 32)]}),
    (False, {"containers": ["-".join("a" * 33)]}),
    (False, {"containers": ["a--b"]}),
    (False, {"containers": ["-ab"]}),
    (False, {"containers": ["ab-"]}),
    (True, {"containers": ["0-9"]}),
    (False, {"containers": ["Abc"]}),
    (False, {"containers": ["$web"]}),
    (True, {"replication": "LRS"}),
    (False, {"replication": "zrs"}),
    (True, {"retention_days": 1}),
    (True, {"retention_days": 365}),
    (False, {"retention_days": 0}),
    (False, {"retention_days": 366}),
    (False, {"retention_days": 7.5}),
]

IN_ENVIRONMENT: list[Judged] = [
    (True, {}),
    (True, {"stage": "prod"}),
    (False, {"stage": "test"}),
    (False, {"environment": None}),
    (False, {"environment": ""}),
    (False, {"environment": "Shop"}),
    (True, {"environment": "a" * 30}),
    (False, {"environment": "a" * 31}),
]
"""Their team, name and stage are those of the others, to the letter: a test of its own compares them."""

DATABASES: list[Judged] = [
    *IN_ENVIRONMENT,
    (True, {"size": "large"}),
    (True, {"size": "medium"}),
    (False, {"size": "Small"}),
    (False, {"size": "B_Standard_B1ms"}),
]

BACKED_UP: list[Judged] = [
    (True, {"backup_days": 7}),
    (True, {"backup_days": 35}),
    (False, {"backup_days": 6}),
    (False, {"backup_days": 36}),
    (False, {"backup_days": 7.5}),
]

POSTGRESQL: list[Judged] = [
    (True, {"major_version": "16"}),
    (True, {"major_version": "18"}),
    (False, {"major_version": "15"}),
    (False, {"major_version": "17.2"}),
]

REDIS: list[Judged] = [
    (True, {"purpose": "store"}),
    (False, {"purpose": "queue"}),
    (False, {"purpose": ""}),
]

VAULTS: list[Judged] = [
    *IN_ENVIRONMENT,
    (False, {"team": "a-b"}),
    (False, {"name": "9a"}),
    (True, {"stage": "staging"}),
    (True, {"secrets": {}}),
    (True, {"secrets": {f"S{n}": "a" for n in range(64)}}),
    (False, {"secrets": {f"S{n}": "a" for n in range(65)}}),
    (True, {"secrets": {"A_1": "aB-9"}}),
    (True, {"secrets": {"A" * 63: "a"}}),
    (False, {"secrets": {"A" * 64: "a"}}),
    (False, {"secrets": {"": "a"}}),
    (False, {"secrets": {"token": "a"}}),
    (False, {"secrets": {"_A": "a"}}),
    (False, {"secrets": {"1A": "a"}}),
    (False, {"secrets": {"A-B": "a"}}),
    (True, {"secrets": {"A": "a" * 127}}),
    (False, {"secrets": {"A": "a" * 128}}),
    (False, {"secrets": {"A": ""}}),
    (False, {"secrets": {"A": None}}),
    (False, {"secrets": {"A": "1a"}}),
    (False, {"secrets": {"A": "a_b"}}),
    (False, {"secrets": {"A": "team/a"}}),
]

TABLES: dict[str, tuple[Document, list[Judged]]] = {
    "environments": (NAMED, [*COMMON, *ENVIRONMENTS]),
    "storage": (STORED, [*COMMON, *STORAGE]),
    "postgresql": (PLACED, [*DATABASES, *BACKED_UP, *POSTGRESQL]),
    "mssql": (PLACED, [*DATABASES, *BACKED_UP]),
    "redis": (PLACED, [*DATABASES, *REDIS]),
    "vaults": (PLACED, VAULTS),
}


WITH_TERRAFORM = [c for c in CATALOG if isinstance(c.steps[0], Terraform)]


@pytest.mark.parametrize("capability", WITH_TERRAFORM, ids=lambda capability: capability.name)
def test_the_model_and_the_module_draw_the_same_borders(
    capability: Capability, terraform: Terraforming, tmp_path: Path
) -> None:
    step = capability.steps[0]
    assert isinstance(step, Terraform)
    root = INFRA / "catalog" / step.module
    initialised = terraform(root, "init", "-input=false")
    assert initialised.returncode == 0, initialised.stderr

    def planned(numbered: tuple[int, tuple[bool, Document]]) -> "CompletedProcess[str]":
        number, (_, document) = numbered
        file = tmp_path / f"{number}.json"
        file.write_text(
            json.dumps({"domain": "example.org", "capability": capability.name, "owner": "platform", **document})
        )
        return terraform(root, "plan", "-input=false", "-no-color", "-lock=false", f"-var-file={file}")

    documents = _written(capability) if capability.name in TABLES else list(_computed(capability))
    with ThreadPoolExecutor(2) as pool:
        plans = list(pool.map(planned, enumerate(documents)))
    for (good, document), plan in zip(documents, plans, strict=True):
        assert _is_valid(capability, document) is good, document
        assert (plan.returncode == 0) is good, (document, plan.stdout, plan.stderr)
        assert "Error in function call" not in plan.stderr, document


@pytest.mark.parametrize("name", ["team", "name", "stage"])
def test_what_all_modules_take_is_written_alike_in_all(name: str) -> None:
    modules = [step.module for capability in WITH_TERRAFORM if isinstance(step := capability.steps[0], Terraform)]
    block = rf'^variable "{name}" \{{\n.*?^\}}$'
    written = {
        found.group()
        for module in modules
        if (
            found := re.search(
                block, (INFRA / "catalog" / module / "variables.tf").read_text(), re.MULTILINE | re.DOTALL
            )
        )
    }
    assert len(written) == 1, written


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_borders_of_each_field(name: str) -> None:
    base, changed = TABLES[name]
    assert set(CATALOG[name].request.model_fields) == {*base, *(field for _, change in changed for field in change)}


@pytest.mark.parametrize("capability", WITH_TERRAFORM, ids=lambda capability: capability.name)
def test_borders_are_computed_for_a_capability_without_a_table(capability: Capability) -> None:
    computed = list(_computed(capability))
    assert {field for _, document in computed for field in document} == set(capability.request.model_fields)
    assert {good for good, _ in computed} == {True, False}


def _written(capability: Capability) -> list[tuple[bool, Document]]:
    """By hand, and the smallest document with one field fewer: each of its fields is required."""
    base, changed = TABLES[capability.name]
    without = [{name: value for name, value in base.items() if name != missing} for missing in base]
    return [(good, {**base, **change}) for good, change in changed] + [(False, document) for document in without]


def _computed(capability: Capability) -> Iterator[tuple[bool, Document]]:
    """For a capability without a table: an example, changed one field at a time to what the schema has borders at."""
    base = dict(next(iter(capability.examples.values())))
    yield True, base
    for name, field in capability.request.model_json_schema()["properties"].items():
        for value in _borders(field):
            document = {**base, name: value}
            yield _is_valid(capability, document), document


def _borders(field: Document) -> Iterator[Any]:
    """Values at the borders of a JSON schema. Not null for what has a default: Terraform takes the default for it."""
    if field.get("default") is None:
        yield None
    for part in field.get("anyOf", [field]):
        yield from part.get("enum", ())
        match part.get("type"):
            case "integer" | "number":
                for limit, beyond in (("minimum", -1), ("maximum", 1)):
                    yield from (part[limit], part[limit] + beyond) if limit in part else ()
            case "string":
                yield from ("", "a" * 5000, "A b", "-")
            case "array":
                yield []


def _is_valid(capability: Capability, document: Document) -> bool:
    try:
        capability.request.model_validate_json(json.dumps(document))
    except ValidationError:
        return False
    return True
