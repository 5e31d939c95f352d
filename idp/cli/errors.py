"""What the command line says when it cannot do what was asked, and the exit code that tells a script.

    CliError
    ├── FailedError            1    the request failed
    ├── DocumentError          2    the file or the arguments cannot be sent
    ├── RefusedByServerError   3    the server said no (4xx); nothing was stored
    ├── UnreachableError       4    no answer, or one that says trouble (5xx)
    ├── DeclinedError          5    the request was rejected or cancelled
    └── StillOpenError         6    --timeout ended first; the request goes on

Usage errors are click's own (2). Interrupting gives 130.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Final

import click

EXIT_CODES: Final = (
    (0, "done"),
    (1, "the request failed, or this program did"),
    (2, "wrong usage, or a file that cannot be sent"),
    (3, "refused by the server (4xx); nothing was stored"),
    (4, "the server was not reached, or is in trouble (5xx)"),
    (5, "the request was rejected or cancelled"),
    (6, "--timeout ended while the request was still open"),
    (130, "interrupted; what was filed goes on"),
)
INTERRUPTED: Final = 130


class CliError(click.ClickException):
    """Base of all; `lines` are details, one each, and `move` is what to do next, in backquotes where it is a command."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, lines: Sequence[str] = (), move: str = "") -> None:
        super().__init__(message)
        self.lines = tuple(lines)
        self.move = move

    def text(self, program: str = "idp") -> str:
        """All of it, with commands as this user types them (`./run show …`, say)."""
        parts = [f"Error: {self.message}", *(f"  {line}" for line in self.lines)]
        if self.move:
            parts.append(self.move)
        return "\n".join(parts).replace("`idp ", f"`{program} ")

    def problem(self) -> dict[str, Any]:
        """The same for machines."""
        return {"detail": self.message, "lines": list(self.lines), "move": self.move, "exit_code": self.exit_code}


class FailedError(CliError):
    """The request failed; the message is its own."""


class DocumentError(CliError):
    """A file that holds no request, or not only requests."""

    exit_code = 2


class RefusedByServerError(CliError):
    """A problem (RFC 9457) with a 4xx status."""

    exit_code = 3

    def __init__(self, problem: dict[str, Any], status: int, *, move: str = "") -> None:
        self.body = problem
        title = problem.get("title") or "Refused"
        detail = problem.get("detail") or "The server gave no reason."
        super().__init__(f"{title} ({status}): {detail}", lines=_field_lines(problem), move=move)

    def problem(self) -> dict[str, Any]:
        """The server's own words, and our exit code."""
        return {**self.body, "exit_code": self.exit_code}


class UnreachableError(CliError):
    """Connection refused, timed out, cut, or a 5xx answer."""

    exit_code = 4


class DeclinedError(CliError):
    """Somebody decided against the request."""

    exit_code = 5


class StillOpenError(CliError):
    """The wait ended before the request did."""

    exit_code = 6


def _field_lines(problem: dict[str, Any]) -> list[str]:
    return [f"{error.get('pointer') or '/'}: {error.get('detail', '')}" for error in problem.get("errors") or ()]
