"""`idp resource`, against a real server with real Terraform; a lost run is played by a script."""

import json
from pathlib import Path

import pytest

from tests.cli.program import Program
from tests.cli.scripted import Scripted, answer
from tests.cli.served import Served

WHAT = "storage/payments/mended"
WHY = ("--reason", "restored from a backup")
SPEC = "capability: storage\nspec: {team: payments, name: mended, containers: [invoices]}\n"


@pytest.fixture
def oda(served: Served) -> dict[str, str]:
    return {"IDP_TOKEN": served.token("oda", "operator", teams=())}


def test_what_was_forgotten_is_adopted_and_then_really_removed(
    ada: Program, served: Served, oda: dict[str, str]
) -> None:
    made = ada("request", "-f", "-", "--wait", stdin=SPEC)
    assert made.returncode == 0, made.stderr

    forgotten = ada("resource", "forget", WHAT, *WHY, **oda)
    assert forgotten.returncode == 0, forgotten.stderr
    assert f"{WHAT}: forgotten. Left out there" in forgotten.stdout
    assert "Terraform state payments/storage/mended" in forgotten.stdout
    assert "account" in forgotten.stdout
    assert ada("show", WHAT).returncode == 3

    adopted = ada("resource", "adopt", WHAT, *WHY, "-f", "-", stdin=SPEC, **oda)
    assert adopted.stdout == f"{WHAT}: ready, as if it had been made from this. Inspect it: is it so?\n"
    assert ada("inspect", WHAT, "--wait").returncode == 0
    assert json.loads(ada("show", WHAT, "--json").stdout)["status"] == "ready"

    removed = ada("delete", WHAT, "--wait")
    assert removed.returncode == 0, removed.stderr
    state = served.folder / "cloud" / "state" / "payments" / "storage" / "mended"
    assert resources(state) == 0


def resources(state: Path) -> int:
    (file,) = [path for path in [state, *state.rglob("*")] if path.is_file() and path.suffix != ".backup"]
    return len(json.loads(file.read_text())["resources"])


def test_nobody_but_an_operator_and_nothing_that_is_not_stuck(ada: Program, oda: dict[str, str]) -> None:
    refused = ada("resource", "unlock", WHAT, *WHY)
    assert refused.returncode == 3
    assert "does not have the role operator" in refused.stderr
    missing = ada("resource", "unlock", "storage/payments/nowhere", *WHY, **oda)
    assert missing.returncode == 3
    assert "There is no storage payments/nowhere" in missing.stderr


def test_a_file_about_something_else_is_not_sent(idp: Program) -> None:
    other = SPEC.replace("mended", "other")
    done = idp("resource", "adopt", WHAT, *WHY, "-f", "-", stdin=f"{SPEC}---\n{other}", IDP_URL="http://127.0.0.1:9")
    assert done.returncode == 2
    assert f"is about {WHAT}, storage/payments/other, not about {WHAT} alone; nothing was adopted" in done.stderr


@pytest.mark.parametrize("command", ["unlock", "forget", "adopt"])
def test_a_reason_is_required(idp: Program, command: str) -> None:
    done = idp("resource", command, WHAT)
    assert done.returncode == 2
    assert "Missing option '--reason'" in done.stderr


def test_what_was_unlocked_is_told(idp: Program, scripted: Scripted) -> None:
    told = {"id": "01ka", "verb": "provision", "capability": "storage", "team": "payments", "name": "mended"}
    scripted.answers = [answer(200, json.dumps({**told, "phase": "failed", "message": "Unlocked by oda: gone"}))]

    done = idp("resource", "unlock", WHAT, "--reason", "gone", IDP_URL=scripted.url)
    asked = idp("resource", "unlock", WHAT, "--reason", "gone", "--json", IDP_URL=scripted.url)

    assert done.stdout == "provision storage/payments/mended: failed. Unlocked by oda: gone\n"
    assert json.loads(asked.stdout)["phase"] == "failed"
    assert {(method, path, body) for method, path, _, body in scripted.seen} == {
        ("POST", f"/v1/{WHAT}/unlock", b'{"reason":"gone"}')
    }
