"""What a person reads, as golden text."""

import io
from typing import Any

from rich.console import Console

from idp.cli import output

REQUEST: dict[str, Any] = {
    "id": "01kaxxxxxxxxxxxxxxxxxxxxxx",
    "capability": "storage",
    "verb": "provision",
    "team": "payments",
    "name": "ledger",
    "stage": "prod",
    "phase": "awaiting-approval",
    "requester": "ada",
    "run": "storage-01kaxxxxxxxxxxxxxxxxxxxxxx",
    "created_at": "2026-11-24T10:00:00Z",
    "finished_at": None,
    "message": "",
    "approval": {
        "required": True,
        "role": "approver",
        "digest": "ab12",
        "decisions": [
            {"by": "grace", "verdict": "approve", "comment": "fine", "at": "2026-11-24T10:01:00Z"},
            {"by": "linus", "verdict": "reject", "comment": "", "at": "2026-11-24T10:02:00Z"},
        ],
    },
    "plan": {
        "changes": 2,
        "digest": "ab12",
        "summary": {
            "changes": 2,
            "resources": [
                {"address": "module.a[0].b", "actions": ["create"], "attributes": ["x", "y"]},
                {"address": "c", "actions": ["delete", "create"], "attributes": []},
            ],
            "findings": ["[bold]odd[/]"],
            "text": "+ a line",
        },
    },
    "outputs": None,
    "spec": {"containers": ["a", "b"], "retention_days": 7, "public": False, "nested": {"k": [{"v": 1}]}},
    "links": {
        "self": "/v1/requests/01kaxxxxxxxxxxxxxxxxxxxxxx",
        "ui": "https://argo.example/workflows/idp-runs/storage-01kax",
    },
}


def text(thing: Any) -> str:
    console = Console(file=io.StringIO(), width=200)
    console.print(thing)
    shown: str = console.file.getvalue()  # type: ignore[attr-defined]  # it is the StringIO above
    return "\n".join(line.rstrip() for line in shown.splitlines())


def test_a_request_with_its_plan() -> None:
    assert text(output.request_page(REQUEST)) == (
        "request    01kaxxxxxxxxxxxxxxxxxxxxxx\n"
        "verb       provision\n"
        "resource   storage/payments/ledger\n"
        "stage      prod\n"
        "phase      awaiting-approval\n"
        "requester  ada\n"
        "run        storage-01kaxxxxxxxxxxxxxxxxxxxxxx\n"
        "seen at    https://argo.example/workflows/idp-runs/storage-01kax\n"
        "created    2026-11-24T10:00:00Z\n"
        "approval   by another person with role approver\n"
        "decisions  approve by grace: fine\n"
        "           reject by linus\n"
        "spec       containers      a, b\n"
        "           retention_days  7\n"
        "           public          false\n"
        '           nested          k  [{"v": 1}]\n'
        "plan: 2 to change, digest ab12\n"
        "ACTION          ADDRESS        ATTRIBUTES\n"
        "create          module.a[0].b  x, y\n"
        "delete, create  c\n"
        "finding: [bold]odd[/]\n"
        "+ a line"
    )


def test_a_request_before_its_plan_and_without_approval() -> None:
    early = REQUEST | {"plan": None, "approval": {"required": False, "role": None, "digest": None, "decisions": []}}

    shown = text(output.request_page(early))

    assert "approval   not needed" in shown
    assert "plan:" not in shown


def test_without_a_place_to_see_runs_none_is_named() -> None:
    assert "seen at" not in text(output.request_page(REQUEST | {"links": {"self": "/"}}))


def test_steps_as_they_were_last_seen_and_where() -> None:
    def entry(kind: str, links: dict[str, str], **data: str) -> dict[str, Any]:
        return {"kind": kind, "data": data, "links": links}

    look, terraform = {"ui": "https://argo.example/x?nodeId=1"}, {"ui": "https://argo.example/x?nodeId=2"}
    entries = [
        entry("started", {}, run_uid="u"),
        entry("step", look, step="look", phase="Running"),
        entry("step", look, step="look", phase="Succeeded"),
        entry("step", terraform, step="terraform", phase="Running"),
    ]

    assert text(output.steps(entries)) == (
        "STEP       PHASE      SEEN AT\n"
        "look       Succeeded  https://argo.example/x?nodeId=1\n"
        "terraform  Running    https://argo.example/x?nodeId=2"
    )


def test_lists_are_tables_and_values_are_never_markup() -> None:
    resource = {
        "capability": "a",
        "team": "b",
        "name": "[red]c",
        "stage": "dev",
        "status": "ready",
        "expires_at": None,
        "open_request": "01",
    }

    assert text(output.resource_table([resource])) == (
        "RESOURCE    STAGE  STATUS  EXPIRES  OPEN REQUEST\na/b/[red]c  dev    ready            01"
    )
    assert text(output.request_table([REQUEST])) == (
        "ID                          VERB       RESOURCE                 PHASE              REQUESTER  CREATED\n"
        "01kaxxxxxxxxxxxxxxxxxxxxxx  provision  storage/payments/ledger  awaiting-approval  ada        2026-11-24T10:00:00Z"
    )


def test_a_pipe_is_never_folded() -> None:
    assert output.console().width == 1000
