"""The cluster by its own command line: what an operator would type."""

import json
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")


class KubectlError(AssertionError):
    """kubectl said no; its own words are the message."""


@dataclass(frozen=True)
class Kubectl:
    """`options` go before each command's own: `--as`, say."""

    options: tuple[str, ...] = ()

    def __call__(self, *arguments: str, stdin: str | None = None, timeout: float = 180) -> str:
        """What it printed. Raises KubectlError."""
        done = self.run(*arguments, stdin=stdin, timeout=timeout)
        if done.returncode:
            message = f"kubectl {' '.join(arguments)}: {done.stderr.strip() or done.stdout.strip()}"
            raise KubectlError(message)
        return done.stdout

    def run(
        self, *arguments: str, stdin: str | None = None, timeout: float = 180
    ) -> "subprocess.CompletedProcess[str]":
        """However it ends."""
        command = ["kubectl", *self.options, *arguments]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=timeout, check=False)

    def json(self, *arguments: str) -> Any:
        """What it found, as it is; `get` with one name gives the object, else a list's items."""
        found = json.loads(self(*arguments, "-o", "json"))
        return found["items"] if found.get("kind") == "List" else found

    def apply(self, *objects: dict[str, Any]) -> None:
        """The objects, made or changed."""
        self("apply", "-f", "-", stdin=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))


def until(what: str, look: Callable[[], T | None], seconds: float = 60, pause: float = 0.2) -> T:
    """The first sight that is not None or False. Raises AssertionError with `what` did not come."""
    end = time.monotonic() + seconds
    while True:
        seen = look()
        if seen is not None and seen is not False:
            return seen
        if time.monotonic() > end:
            message = f"{what} did not come within {seconds:.0f} s"
            raise AssertionError(message)
        time.sleep(pause)
