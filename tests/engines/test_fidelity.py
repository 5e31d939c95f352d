"""The table of tests/cluster/fidelity on the embedded engine; tests/cluster/fidelity runs the same on Argo."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from idp.engines.protocol import NodeSeen, RunSeen
from tests.cluster.fidelity.compare import differences
from tests.cluster.fidelity.play import play
from tests.cluster.fidelity.table import Case, cases
from tests.cluster.fidelity.templates import RENDERED, rendered
from tests.engines.fidelity import local_stage

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("case", cases(), ids=str)
async def test_the_embedded_engine_does_as_the_table_says(case: Case, tmp_path: Path) -> None:
    async with local_stage(case, tmp_path) as stage:
        assert differences(case, await play(case, stage, f"{case.capability}-{case.number}")) == []


ALIKE = {**dict.fromkeys(("vaults", "postgresql", "mssql", "redis"), "secret-access"), "machines": "machine"}
"""Capability -> the playbook after its Terraform: for both engines it is `environments` by another name, which the table has."""


@pytest.mark.parametrize("capability", ALIKE)
def test_what_is_left_out_of_the_table_differs_from_environments_by_name_alone(capability: str) -> None:
    environments = _template("environments").replace("playbook-environment", f"playbook-{ALIKE[capability]}")
    assert environments.replace("environments", capability) == _template(capability)


def _template(capability: str) -> str:
    """As it is rendered, less what it says to people."""
    text = (RENDERED / f"runs/templates/{capability}.yaml").read_text(encoding="utf-8")
    return re.sub(r"kubernetes.io/description: .*", "", text)


def test_the_table_has_every_node_of_every_template_ending_in_every_way() -> None:
    told = {(case.capability, case.verb, case.who, case.what, case.approval) for case in cases()}
    for capability, verb, task in _tasks():
        ways = {what: approval for *which, what, approval in told if which == [capability, verb, task]}
        if task == "gate":
            assert ways.keys() >= {"approved", "rejected", "outlasts the run"}, (capability, verb)
            assert {(capability, verb, "look", "finds nothing", each) for each in ("none", "required")} <= told
        else:
            assert ways.keys() >= {"exits 1", "hangs", "is stopped"}, (capability, verb, task)
            assert ways.keys() & {"leaves nothing", "cannot start"}, (capability, verb, task)
        assert (capability, verb, "", "", "none") in told


def _tasks() -> Iterator[tuple[str, str, str]]:
    for file in sorted((RENDERED / "runs/templates").iterdir()):
        if file.stem in ALIKE:
            continue
        [whole] = rendered(f"runs/templates/{file.name}")
        for template in whole["spec"]["templates"]:
            for task in template.get("dag", {}).get("tasks", []):
                yield whole["metadata"]["name"], template["name"], task["name"]


async def test_whatever_is_otherwise_is_seen(tmp_path: Path) -> None:
    case = next(case for case in cases() if case.who == "terraform" and case.what == "exits 1")
    async with local_stage(case, tmp_path) as stage:
        seen = await play(case, stage, "environments-x")
    assert differences(case, seen) == []
    for other in _otherwise(seen):
        assert differences(case, other), other


def _otherwise(seen: RunSeen) -> Iterator[RunSeen]:
    yield replace(seen, phase="Succeeded")
    yield replace(seen, message="Something")
    yield replace(seen, outputs={**seen.outputs, "changes": "2"})
    yield replace(seen, outputs={})
    for number, node in enumerate(seen.nodes):
        before, after = seen.nodes[:number], seen.nodes[number + 1 :]
        yield replace(seen, nodes=before + after)
        yield replace(seen, nodes=(*seen.nodes, replace(node, name=f"{node.name}-")))
        for other in _other_nodes(node):
            yield replace(seen, nodes=(*before, other, *after))


def _other_nodes(node: NodeSeen) -> Iterator[NodeSeen]:
    yield replace(node, phase="Running")
    yield replace(node, type="Steps")
    yield replace(node, template="other")
    yield replace(node, message="Something")
    yield replace(node, outputs={**node.outputs, "more": "x"})
