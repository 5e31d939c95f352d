"""Every exit code, by what a server answers: a table written by hand."""

import json
import socket

import pytest

from tests.cli.program import Program
from tests.cli.scripted import Answer, Scripted, answer
from tests.cli.sse import sse

ID = "01kaxxxxxxxxxxxxxxxxxxxxxx"


def request(phase: str) -> Answer:
    return answer(
        200,
        json.dumps(
            {
                "id": ID,
                "verb": "provision",
                "capability": "storage",
                "team": "payments",
                "name": "ledger",
                "phase": phase,
                "message": "because",
                "outputs": {"account": "stpayments"} if phase == "succeeded" else None,
            }
        ),
    )


@pytest.mark.parametrize(
    ("phase", "code", "stderr"),
    [
        ("succeeded", 0, ""),
        ("failed", 1, f"provision storage/payments/ledger failed: because\nIts log: `idp logs {ID}`."),
        ("rejected", 5, f"provision storage/payments/ledger rejected: because\nWho decided: `idp show {ID}`."),
        ("cancelled", 5, "provision storage/payments/ledger cancelled: because"),
    ],
)
def test_waiting_ends_as_the_request_does(idp: Program, scripted: Scripted, phase: str, code: int, stderr: str) -> None:
    scripted.answers = [request("running"), sse((1, "accepted"), (2, phase)), request(phase)]

    done = idp("show", ID, "--wait", IDP_URL=scripted.url)

    assert done.returncode == code
    assert stderr in done.stderr
    assert done.stdout == ("account  stpayments\n" if phase == "succeeded" else "")


def test_waiting_no_longer_than_the_timeout(idp: Program, scripted: Scripted) -> None:
    scripted.answers = [request("running"), sse((1, "accepted"))]

    done = idp("show", ID, "--wait", "--timeout", "0.3", IDP_URL=scripted.url)

    assert done.returncode == 6
    assert "The time is up" in done.stderr


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        (401, 3, "Sign in: `idp token"),
        (403, 3, "Refused (403)"),
        (404, 3, "`idp list requests`"),
        (422, 3, "Refused (422)"),
        (500, 4, "is in trouble (500)"),
        (503, 4, "is in trouble (503)"),
    ],
)
def test_the_servers_answer_decides(idp: Program, scripted: Scripted, status: int, code: int, words: str) -> None:
    scripted.answers = [answer(status, "{}")]

    done = idp("show", ID, IDP_URL=scripted.url)

    assert done.returncode == code
    assert words in done.stderr
    assert done.stdout == ""


def test_an_error_in_json_is_the_servers_problem_and_our_code(idp: Program, scripted: Scripted) -> None:
    scripted.answers = [answer(409, '{"title": "Conflict", "detail": "Open.", "errors": []}')]

    done = idp("show", ID, "--json", "--url", scripted.url)

    assert done.returncode == 3
    assert json.loads(done.stdout) == {
        "problem": {"title": "Conflict", "detail": "Open.", "errors": [], "exit_code": 3}
    }
    assert done.stderr == "Error: Conflict (409): Open.\n"


def test_nobody_there(idp: Program) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"

        done = idp("show", ID, IDP_URL=url, IDP_PROGRAM="./run")

    assert done.returncode == 4
    assert f"Is `./run serve` running at {url}?" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["show", "checkout"], "'checkout' is not a request's id, nor a resource written CAPABILITY/TEAM/NAME"),
        (["show", "a/b/c", "--wait"], "--wait is for requests"),
        (["nonsense"], "No such command 'nonsense'"),
        (["list", "storage", "--awaiting-me"], "--phase and --awaiting-me are about requests"),
        (["token"], "Name the USER"),
        (["token", "a b", "--data", "."], "User 'a b'"),
        (["request", "-f", "nowhere.yaml"], "nowhere.yaml"),
        (["--url", "nowhere", "list"], "makes no HTTP request"),
        (["serve", "--parallelism", "0"], "parallelism"),
        (["request"], "Usage: idp request"),
    ],
)
def test_wrong_usage_is_2(idp: Program, arguments: list[str], words: str) -> None:
    done = idp(*arguments)

    assert done.returncode == 2
    assert words in done.stderr + done.stdout


def test_the_codes_are_in_help(idp: Program) -> None:
    done = idp("--help")

    assert done.returncode == 0
    for code in (0, 1, 2, 3, 4, 5, 6, 130):
        assert f"\n    {code} " in done.stdout
