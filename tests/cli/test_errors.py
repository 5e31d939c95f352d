"""Exit codes are a promise to scripts: the table is written here a second time, by hand."""

import re
from pathlib import Path

import pytest

from idp.cli.errors import (
    EXIT_CODES,
    CliError,
    DeclinedError,
    DocumentError,
    FailedError,
    RefusedByServerError,
    StillOpenError,
    UnreachableError,
)

PAGE = Path(__file__).parents[2] / "docs" / "command-line.md"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (CliError("x"), 1),
        (FailedError("x"), 1),
        (DocumentError("x"), 2),
        (RefusedByServerError({}, 409), 3),
        (UnreachableError("x"), 4),
        (DeclinedError("x"), 5),
        (StillOpenError("x"), 6),
    ],
)
def test_each_error_has_its_exit_code(error: CliError, code: int) -> None:
    assert error.exit_code == code
    assert error.problem()["exit_code"] == code


def test_the_page_has_the_same_codes_as_help() -> None:
    rows = re.findall(r"^\| (\d+) \| (.*) \|$", PAGE.read_text("utf-8"), flags=re.MULTILINE)

    assert [(int(code), meaning) for code, meaning in rows] == list(EXIT_CODES)


def test_an_error_tells_details_and_the_next_move_with_the_program_as_it_was_called() -> None:
    error = CliError("It broke.", lines=["here"], move="Look: `idp list`.")

    assert error.text("./run") == "Error: It broke.\n  here\nLook: `./run list`."


def test_a_problem_is_told_field_by_field() -> None:
    problem = {
        "title": "Invalid request",
        "detail": "Two fields.",
        "errors": [{"pointer": "/cpu", "detail": "too many"}, {"pointer": "", "detail": "odd"}],
    }
    error = RefusedByServerError(problem, 422)

    assert error.text() == "Error: Invalid request (422): Two fields.\n  /cpu: too many\n  /: odd"
    assert error.problem() == {**problem, "exit_code": 3}


def test_a_refusal_without_words_says_so() -> None:
    assert RefusedByServerError({}, 418).text() == "Error: Refused (418): The server gave no reason."
