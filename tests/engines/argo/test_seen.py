"""A real Workflow's status in the protocol's words. Every table is written by hand."""

import base64
import gzip
import json
from typing import Any

import pytest

from idp.engines.argo import seen
from idp.engines.argo.objects import Workflow
from idp.engines.argo.seen import ElsewhereError, attempts, in_order, nodes, run_seen
from idp.engines.protocol import RunSeen
from tests.engines.argo.standin import recorded
from tests.engines.watching import table

RESUMED = "Resumed by: map[User:system:serviceaccount:argo-test-events:api]"


def workflow(name: str) -> Workflow:
    return Workflow.model_validate(recorded(name))


def shown(found: Workflow) -> RunSeen:
    return run_seen(found, nodes(found))


def compressed(name: str, *, packed: bytes | None = None) -> Workflow:
    """The same with its nodes as the controller writes them once they are too many."""
    found = recorded(name)
    plain = json.dumps(found["status"].pop("nodes")).encode()
    found["status"]["compressedNodes"] = base64.b64encode(packed or gzip.compress(plain)).decode()
    return Workflow.model_validate(found)


def test_a_run_that_succeeded() -> None:
    run = shown(workflow("succeeded"))

    assert (run.name, run.phase, run.message, run.finished) == ("things-a", "Succeeded", "", True)
    assert run.uid == "8ec10b70-cbd7-46ed-8a12-f7a51237f047"
    assert run.labels["idp.io/request"] == "a"
    assert table(run) == [
        ("look", "Retry", "Succeeded", ""),
        ("look(0)", "Pod", "Succeeded", ""),
        ("gate", "Suspend", "Succeeded", RESUMED),
        ("change", "Pod", "Succeeded", ""),
        ("more", "Skipped", "Omitted", "omitted: depends condition not met"),
    ]
    assert run.outputs == {"changes": "2", "outputs": '{"name":"x"}'}
    assert [node.outputs for node in run.nodes] == [
        {},
        {"changes": "2"},
        {"changes": "2"},
        {},
        {"outputs": '{"name":"x"}'},
        {},
    ]


def test_a_run_that_failed() -> None:
    run = shown(workflow("failed"))

    assert (run.name, run.phase, run.message) == ("things-f", "Failed", "")
    assert table(run) == [
        ("failing", "Retry", "Failed", "No more retries left"),
        ("failing(0)", "Pod", "Failed", "main: Error (exit code 3)"),
        ("failing(1)", "Pod", "Failed", "main: Error (exit code 3)"),
        ("failing(2)", "Pod", "Failed", "main: Error (exit code 3)"),
    ]


@pytest.mark.parametrize("status", [{}, {"status": {}}, {"status": {"phase": "", "startedAt": None}}])
def test_what_the_controller_has_not_looked_at_is_pending(status: dict[str, Any]) -> None:
    run = shown(Workflow.model_validate({"metadata": {"name": "r", "uid": "u"}} | status))

    assert (run.phase, run.nodes, run.outputs, run.started_at) == ("Pending", (), {}, None)


def test_an_output_that_has_no_value_yet_is_none() -> None:
    outputs = {"parameters": [{"name": "a", "valueFrom": {"path": "/x"}}, {"name": "b", "value": ""}]}

    assert shown(Workflow.model_validate({"metadata": {}, "status": {"outputs": outputs}})).outputs == {"b": ""}


def test_compressed_nodes_are_the_same_nodes() -> None:
    assert shown(compressed("succeeded")) == shown(workflow("succeeded"))


@pytest.mark.parametrize(
    ("packed", "reason"),
    [
        (b"\x28\xb5\x2f\xfd rest of zstd", "not with gzip"),
        (b"\x0b\x02 brotli has no mark", "not with gzip"),
        (gzip.compress(b"{}" * 100, mtime=0)[:-9], "is cut, or has more than"),
        (gzip.compress(b'{"a": {"id": "a"}}', mtime=0), "cannot be read: Field required"),
        (b"\x1f\x8b\x08 no more than a beginning", "cannot be decompressed"),
    ],
)
def test_nodes_in_another_form_are_elsewhere(packed: bytes, reason: str) -> None:
    with pytest.raises(ElsewhereError, match=reason):
        nodes(compressed("succeeded", packed=packed))


def test_what_unpacks_to_more_than_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seen, "LARGEST_STATUS", 1000)

    with pytest.raises(ElsewhereError, match="has more than 1000 bytes"):
        nodes(compressed("succeeded", packed=gzip.compress(b" " * 1001)))


def test_text_that_is_no_base64_is_elsewhere() -> None:
    found = Workflow.model_validate({"metadata": {}, "status": {"compressedNodes": "?"}})

    with pytest.raises(ElsewhereError, match="cannot be decompressed"):
        nodes(found)


def test_offloaded_nodes_are_elsewhere() -> None:
    found = Workflow.model_validate({"metadata": {}, "status": {"offloadNodeStatusVersion": "fnv:1"}})

    with pytest.raises(ElsewhereError, match="in the controller's database"):
        nodes(found)


@pytest.mark.parametrize(
    ("name", "step", "found"),
    [
        ("succeeded", "look", ["look(0)"]),
        ("succeeded", "look(0)", ["look(0)"]),
        ("succeeded", "change", ["change"]),
        ("succeeded", "gate", []),
        ("succeeded", "more", []),
        ("succeeded", "nothing", []),
        ("failed", "failing", ["failing(0)", "failing(1)", "failing(2)"]),
        ("failed", "failing(1)", ["failing(1)"]),
    ],
)
def test_the_pods_of_a_step(name: str, step: str, found: list[str]) -> None:
    assert [node.display_name for node in attempts(nodes(workflow(name)), step)] == found


def test_nodes_of_one_second_are_in_the_order_of_what_they_follow() -> None:
    """As a map has none: here it is told backwards, and the names say nothing."""
    at = "2026-11-26T18:06:08Z"

    def node(id_: str, *children: str, started: str | None = at) -> dict[str, Any]:
        return {"id": id_, "name": id_, "displayName": id_, "type": "Pod", "startedAt": started, "children": children}

    later = "2026-11-26T18:06:09Z"
    told = [node("a", started=None), node("b", started=later), node("c", "b"), node("x", "c"), node("d", "x", "c")]
    found = Workflow.model_validate({"metadata": {}, "status": {"nodes": {each["id"]: each for each in told}}})

    assert [each.id for each in in_order(nodes(found))] == ["d", "x", "c", "b", "a"]
