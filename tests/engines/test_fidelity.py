"""The table of tests/cluster/fidelity on the embedded engine; tests/cluster/fidelity runs the same on Argo."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from idp.engines.protocol import NodeSeen, RunSeen
from tests.cluster.fidelity.compare import differences
from tests.cluster.fidelity.play import play
from tests.cluster.fidelity.table import Case, cases
from tests.cluster.fidelity.templates import RENDERED, Manifest, rendered
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


LIKE = {
    ("applications", "provision"): ("configurations", "perform"),
    ("applications", "deprovision"): ("configurations", "perform"),
    ("applications", "inspect"): ("storage", "inspect"),
    ("settings", "perform"): ("deployments", "perform"),
}
"""What the table has one run of -> what ends in all the ways that it may end in."""
UNHANDED = {("settings", "perform"): "image"}
"""What is handed from step to step there, and not here."""


@pytest.mark.parametrize("short", LIKE, ids=" ".join)
def test_what_the_table_has_one_run_of_is_carried_out_like_what_it_has_many_of(short: tuple[str, str]) -> None:
    assert _carried_out(*short) == _less(_carried_out(*LIKE[short]), UNHANDED.get(short, ""))


def _carried_out(capability: str, verb: str) -> dict[str, Any]:
    """What an engine reads of it: tasks and templates have numbers for names, and what a step is told and may is left out."""
    [whole] = rendered(f"runs/templates/{capability}.yaml")
    templates = {each["name"]: each for each in whole["spec"].pop("templates")}
    tasks = templates[verb]["dag"]["tasks"]
    text = json.dumps([whole["spec"], tasks, [_without_words(templates[each["template"]]) for each in tasks]])
    for kind in ("template", "name"):
        for number, task in enumerate(tasks):
            text = re.sub(rf"(?<=[\". ]){task[kind]}(?=[\". ])", f"{kind}-{number}", text)
    spec, graph, steps = json.loads(text)
    return {"spec": spec, "tasks": graph, "templates": steps}


def _without_words(template: Manifest) -> Manifest:
    shown = {
        key: value for key, value in template.items() if key not in {"activeDeadlineSeconds", "serviceAccountName"}
    }
    if "container" in shown:
        shown["container"] = {key: value for key, value in shown["container"].items() if key != "args"}
    return shown


def _less(thing: Any, parameter: str) -> Any:
    """Without the parameter and the variable that has it, and without what is empty then."""
    if isinstance(thing, dict):
        inner = {key: _less(value, parameter) for key, value in thing.items()}
        return {key: value for key, value in inner.items() if value not in ([], {}) or thing[key] == value}
    if isinstance(thing, list):
        return [_less(each, parameter) for each in thing if not _hands(each, parameter)]
    return thing


def _hands(thing: Any, parameter: str) -> bool:
    return isinstance(thing, dict) and (
        thing.get("name") == parameter or thing.get("value") == f"{{{{inputs.parameters.{parameter}}}}}"
    )


def test_the_table_has_every_node_of_every_template_ending_in_every_way() -> None:
    told = {(case.capability, case.verb, case.who, case.what, case.approval) for case in cases()}
    for capability, verb, task in _tasks():
        ways = {what: approval for *which, what, approval in told if which == [capability, verb, task]}
        assert (capability, verb, "", "", "none") in told
        if (capability, verb) in LIKE:
            assert LIKE[capability, verb] not in LIKE
        elif task == "gate":
            assert ways.keys() >= {"approved", "rejected", "outlasts the run"}, (capability, verb)
            assert {(capability, verb, "look", "finds nothing", each) for each in ("none", "required")} <= told
        else:
            assert ways.keys() >= {"exits 1", "hangs", "is stopped"}, (capability, verb, task)
            assert ways.keys() & {"leaves nothing", "cannot start"}, (capability, verb, task)


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
