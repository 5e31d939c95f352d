"""The program as a whole: it starts fast, ends well, and says what it is."""

import os
import signal
import subprocess
import sys
from contextlib import suppress

import pytest

from tests.cli.program import Program
from tests.cli.scripted import Scripted, answer
from tests.cli.sse import sse

ID = "01kaxxxxxxxxxxxxxxxxxxxxxx"
REQUEST = f'{{"id": "{ID}", "verb": "provision", "capability": "a", "team": "b", "name": "c", "phase": "running"}}'


def test_help_loads_no_client_no_server_and_no_renderer() -> None:
    code = (
        "import sys, idp.cli\n"
        "try: idp.cli.main(['--help'])\n"
        "except SystemExit: print([m for m in ('httpx2', 'rich', 'joserfc', 'fastapi', 'hera', 'yaml') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.endswith("\n[]\n")


def test_interrupted_while_waiting_is_130_and_says_how_to_go_on(idp: Program, scripted: Scripted) -> None:
    scripted.answers = [answer(200, REQUEST), sse((1, "accepted"))]

    process = idp.started("show", ID, "--wait", IDP_URL=scripted.url)
    assert process.stderr
    assert "accepted" in process.stderr.readline()
    errors = _interrupted(process)

    assert process.returncode == 130
    assert f"`idp cancel {ID}` ends it" in errors
    assert errors.endswith("Interrupted.\n")


def _interrupted(process: "subprocess.Popen[str]") -> str:
    """What it says on stderr. Python drops an interrupt that comes while it finalises an object: who presses again is heard."""
    for _ in range(3):
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=20)[1]
    pytest.fail("it overlooked three interrupts")


def test_a_reader_that_goes_away_is_no_error(idp: Program, scripted: Scripted) -> None:
    scripted.answers = [answer(200, "line\n" * 100_000, kind="text/plain")]

    with idp.started("logs", ID, IDP_URL=scripted.url) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline() == "line\n"
        process.stdout.close()
        process.wait(20)

        assert process.returncode == 0
        assert process.stderr.read() == ""


def test_the_version_is_that_of_the_package(idp: Program) -> None:
    assert idp("--version").stdout == "idp 0.1.0\n"


def test_logs_in_json_are_one_string_a_line(idp: Program, scripted: Scripted) -> None:
    scripted.answers = [answer(200, 'look | "quoted"\nlook | ü\n', kind="text/plain; charset=utf-8")]

    assert idp("logs", ID, "--json", IDP_URL=scripted.url).stdout == '"look | \\"quoted\\""\n"look | ü"\n'
    assert scripted.seen[0][1] == f"/v1/requests/{ID}/logs"


def test_logs_are_followed_until_the_request_has_ended(idp: Program, scripted: Scripted) -> None:
    """The server ends each answer after a while, and begins the next with the first line."""
    ended = REQUEST.replace('"running"', '"failed", "finished_at": "2026-11-27T12:00:00Z"')
    scripted.answers = [
        answer(200, "one\n", kind="text/plain", Content_Length="5"),  # and is cut
        answer(200, REQUEST.replace("}", ', "finished_at": null}')),
        answer(200, "one\ntwo\n", kind="text/plain"),
        answer(200, ended),
    ]
    done = idp("logs", ID, "-f", IDP_URL=scripted.url)

    assert (done.returncode, done.stdout) == (0, "one\ntwo\n")
    assert [path for _, path, _, _ in scripted.seen] == [
        f"/v1/requests/{ID}/logs?follow=true",
        f"/v1/requests/{ID}",
    ] * 2


def test_what_is_saved_is_sent_to_that_server_only(idp: Program, scripted: Scripted) -> None:
    scripted.answers = [answer(200, REQUEST)]

    saved = idp("token", "--save", "--url", f"{scripted.url}/", stdin="secret\n")
    idp("show", ID, "--json", "--url", scripted.url)
    idp("show", ID, "--json", "--url", scripted.url.replace("127.0.0.1", "localhost"))
    idp("show", ID, "--json", "--url", scripted.url, IDP_TOKEN="another")  # noqa: S106 - nobody's

    assert saved.returncode == 0
    assert "secret" not in saved.stdout + saved.stderr
    sent = [headers.get("authorization") for _, _, headers, _ in scripted.seen]
    assert sent == ["Bearer secret", None, "Bearer another"]


def test_options_mean_the_same_before_and_after_the_command(idp: Program, scripted: Scripted) -> None:
    scripted.answers = [answer(200, REQUEST)]

    before = idp("--json", "--url", scripted.url, "show", ID)
    after = idp("show", ID, "--url", scripted.url, "--json")

    assert before == after
    assert before.stdout.startswith("{")
    assert os.environ.get("IDP_URL") is None
