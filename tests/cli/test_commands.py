"""The commands against a real server with real Terraform and real Ansible."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.program import Done, Program
from tests.cli.served import Served

EXAMPLES = Path(__file__).parents[2] / "examples"


def answered(done: Done) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def waiting(program: Program, request: str) -> Any:
    """The request, once its gate waits."""
    for _ in range(200):
        found = answered(program("show", request, "--json"))
        if found["phase"] == "awaiting-approval":
            return found
        time.sleep(0.2)
    raise AssertionError(found)


def test_an_environment_from_request_to_removal(ada: Program) -> None:
    made = ada("request", "environments", "--team", "payments", "--name", "whole", "--cpu", "2", "--wait")
    assert made.returncode == 0, made.stderr
    assert "provision environments/payments/whole: accepted from ada" in made.stderr
    assert "provision environments/payments/whole: succeeded" in made.stderr
    assert "env-payments-whole" in made.stdout

    shown = answered(ada("show", "environments/payments/whole", "--json"))
    assert (shown["status"], shown["spec"]["cpu"], shown["spec"]["memory_gib"]) == ("ready", 2, 8)
    assert "environments/payments/whole" in ada("list").stdout
    assert "whole" in ada("list", "environments", "--team", "payments").stdout

    settings = "capability: configurations\nspec: {team: payments, name: whole, settings: {LOG_LEVEL: debug}}\n"
    acted = ada("request", "-f", "-", "--wait", stdin=settings)
    assert acted.returncode == 0, acted.stderr
    assert "perform" in ada("list", "configurations").stdout

    (request, *_) = [
        one for one in answered(ada("list", "requests", "--phase", "succeeded", "--json")) if one["verb"] == "provision"
    ]
    page = ada("show", request["id"]).stdout
    assert "phase      succeeded" in page
    assert "to change, digest " in page
    assert "look | " in ada("logs", request["id"]).stdout
    assert "look | " not in ada("logs", request["id"], "--step", "look").stdout

    extended = answered(ada("extend", "environments/payments/whole", "--days", "30", "--json"))
    assert extended["expires_at"] > shown["expires_at"]
    assert "lives until 20" in ada("extend", "environments/payments/whole", "--days", "31").stdout

    assert ada("inspect", "environments/payments/whole", "--wait").returncode == 0
    explained = answered(ada("delete", "environments/payments/whole", "--explain", "--json"))
    assert explained["verdict"] == "allow"
    assert ada("delete", "environments/payments/whole", "--explain").stdout.startswith("verdict")
    assert ada("delete", "environments/payments/whole", "--wait").returncode == 0
    assert "payments/whole" not in ada("list", "environments").stdout


def test_production_is_decided_by_another_person(ada: Program, served: Served) -> None:
    arguments = [
        "--team",
        "payments",
        "--name",
        "books",
        "--stage",
        "prod",
        "--containers",
        "a11",
        "--containers",
        "b11",
    ]
    filed = ada("request", "storage", *arguments, "--json", "--key", "books")
    one = answered(filed)["id"]
    request = waiting(ada, one)

    again = answered(ada("request", "storage", *arguments, "--json", "--key", "books"))
    assert again["id"] == one

    grace = {"IDP_TOKEN": served.token("grace", "approver")}
    assert one in ada("list", "requests", "--awaiting-me", **grace).stdout
    assert ada("approve", one).returncode == 2
    assert "Nobody is there to ask" in ada("approve", one, **grace).stderr
    assert ada("approve", one, "--digest", "0" * 64, **grace).returncode == 2
    own = ada("approve", one, "--yes")
    assert (own.returncode, own.stdout) == (3, "")
    approved = ada("approve", one, "--digest", request["approval"]["digest"], "--comment", "fine", **grace)
    assert approved.stdout == "provision storage/payments/books: approved.\n"
    assert "terraform_data" in approved.stderr

    outputs = ada("show", one, "--wait")
    assert outputs.returncode == 0, outputs.stderr
    assert "approve by grace: fine" in ada("show", one).stdout


def test_what_is_rejected_is_5_for_the_one_who_waits(ada: Program, served: Served) -> None:
    filed = ada("request", "storage", "--team", "payments", "--name", "no", "--stage", "prod", "--containers", "a11")
    one = filed.stdout.strip()
    assert f"show {one} --wait" in filed.stderr
    waiting(ada, one)
    assert ada("show", one, "--wait", "--timeout", "0.5").returncode == 6

    rejected = ada("reject", one, "--comment", "too big", IDP_TOKEN=served.token("grace", "approver"))
    assert rejected.stdout == "provision storage/payments/no: rejected.\n"
    waited = ada("show", one, "--wait")
    assert waited.returncode == 5
    assert "too big" in waited.stderr


def test_what_is_cancelled_is_5_as_well(ada: Program) -> None:
    never = ("--team", "payments", "--name", "never", "--stage", "prod", "--containers", "abc")
    one = answered(ada("request", "storage", *never, "--json"))["id"]

    assert ada("cancel", one).returncode == 0
    assert ada("show", one, "--wait").returncode == 5


def test_a_file_of_two_is_filed_and_watched_together_and_one_is_changed(ada: Program, tmp_path: Path) -> None:
    file = tmp_path / "two.yaml"
    one = "capability: storage\nspec: {team: payments, name: NAME, containers: [abc]}\n"
    file.write_text(one.replace("NAME", "first") + "---\n" + one.replace("NAME", "second"))

    done = ada("request", "-f", str(file), "--wait", "--json")
    assert [(one["name"], one["phase"]) for one in answered(done)] == [("first", "succeeded"), ("second", "succeeded")]

    arguments = ("storage", "--team", "payments", "--name", "first", "--containers", "abc", "--retention-days", "9")
    changed = ada("request", "--change", *arguments, "--wait")
    assert changed.returncode == 0, changed.stderr
    assert answered(ada("show", "storage/payments/first", "--json"))["spec"]["retention_days"] == 9


def test_every_example_would_be_accepted(ada: Program, served: Served, tmp_path: Path) -> None:
    """Of a team that has nothing yet, except that settings.yaml wants the environment it is about."""
    for path in EXAMPLES.glob("*.yaml"):
        (tmp_path / path.name).write_text(path.read_text("utf-8").replace("team: payments", "team: newcomers"))
    names = ("environment", "storage-in-production", "two-in-one")
    token = served.token("ada", teams=("newcomers",))

    explained = answered(ada("explain", *[f"-f{name}.yaml" for name in names], "--json", IDP_TOKEN=token))

    assert [one["verdict"] for one in explained] == ["allow"] * 4
    assert [one["approval"]["required"] for one in explained] == [False, True, False, False]
    assert "approver" in ada("explain", "-f", "storage-in-production.yaml", IDP_TOKEN=token).stdout
    assert "There is no environments newcomers" in ada("explain", "-f", "settings.yaml", IDP_TOKEN=token).stderr


def test_a_refused_field_is_named_with_its_pointer(ada: Program) -> None:
    done = ada("request", "environments", "--team", "payments", "--name", "Not-A-Label")

    assert done.returncode == 3
    assert "  /name: " in done.stderr
    assert done.stdout == ""


def test_the_first_refusal_ends_a_file_and_says_what_was_filed(ada: Program) -> None:
    text = "- {capability: environments, spec: {team: payments, name: kept}}\n- {capability: environments, spec: {}}\n"

    done = ada("request", "-f", "-", stdin=text)

    assert done.returncode == 3
    assert "filed before: provision environments/payments/kept (" in done.stderr


def test_without_a_token_the_next_move_is_named(ada: Program) -> None:
    done = ada("list", "requests", IDP_TOKEN="")

    assert done.returncode == 3
    assert "Sign in: `idp token" in done.stderr


def test_the_servers_capabilities_are_commands_with_its_limits(ada: Program) -> None:
    assert [one["name"] for one in answered(ada("capabilities", "--json"))] == [
        "environments",
        "storage",
        "vaults",
        "machines",
        "postgresql",
        "mssql",
        "redis",
        "configurations",
        "applications",
        "deployments",
        "settings",
    ]
    assert "An isolated namespace" in ada("capabilities").stdout
    assert "An isolated namespace" in ada("request", "--help").stdout

    text = " ".join(ada("request", "environments", "--help").stdout.split())
    for words in (
        "--memory-gib",
        "[default: (4); 1<=x<=64]",
        "[dev|staging|prod]",
        "Cores, summed over all pods.",
        "[required]",
    ):
        assert words in text

    assert "Missing option '--team'" in ada("request", "environments").stderr
    assert "NAME=VALUE" in ada("request", "configurations", "--help").stdout


@pytest.mark.parametrize(
    "arguments", [["request", "queues"], ["explain", "queues"], ["list", "queues"], ["request", "-f", "x", "storage"]]
)
def test_what_the_server_has_not_is_wrong_usage(ada: Program, arguments: list[str]) -> None:
    Path("x").touch()

    assert ada(*arguments).returncode == 2
