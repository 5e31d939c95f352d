"""Rollout: a new revision beside the one that serves, its analysis, then the switch; or else back, and nobody noticed.

The analysis asks the candidate itself, at its own port: users reach it only afterwards. With the strategy canary a share
of them does first, while what it answers them is watched.
"""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import httpx2

from idp import names
from idp.errors import StepError
from idp.runner import tools
from idp.runner.assignment import Assignment
from idp.runner.delivery.places import Placement, World

ASKED: Final = 10
"""Times that a candidate is asked before users are."""
SHARES: Final = (20, 50)
"""Of the requests, in percent, that a canary gets one after the other."""
SHARE_SECONDS: Final = 2.0
NODE_SECONDS: Final = 60.0
_ROUND: Final = 0.05
_OK: Final = 400
_SERVER_ERROR: Final = 500


class RejectedError(StepError):
    """The analysis says no."""


@dataclass
class Rollout:
    """One revision of one placement."""

    world: World
    placement: Placement
    revision: dict[str, Any]
    seconds: dict[str, float] = field(default_factory=dict)

    def roll_out(self) -> dict[str, Any]:
        """The outputs of the step. Raises StepError where the old one goes on serving, with what was seen."""
        self._tended()
        before: int | None = self.placement.desired["serving"]
        self.placement.keep_candidate()
        number = self.placement.revise(self.revision)
        _log(f"Revision {number}: {self.revision['digest']}, settings {self.revision['settings']['number']}")
        try:
            with self._timed("start"):
                self.placement.desire(serving=before, candidate=number)
                port = self._ready(number)
            with self._timed("analysis"):
                self._analysed(port)
            if self.revision["application"]["strategy"] == "canary" and before is not None:
                with self._timed("canary"):
                    self._shared(before, number)
        except BaseException as error:
            self._back(before, error)
            raise
        with self._timed("switch"):
            self.placement.desire(serving=number)
            self._wait(lambda: self.placement.seen.get("serving") == number or None, NODE_SECONDS, "be switched to")
            return self._outputs(number)

    def _tended(self) -> None:
        self._wait(
            lambda: self.world.is_tended() or None,
            NODE_SECONDS,
            "be served: nobody tends the sandbox; `idp serve` does, as long as it runs, so it cannot",
        )

    def _ready(self, number: int) -> int:
        """Its port, once it is."""
        last = "it did not start"
        path = self.revision["application"]["health_path"]
        patience: int = self.revision["application"]["ready_seconds"]
        until = time.monotonic() + patience
        while time.monotonic() < until:
            self.placement.keep_candidate()
            backend = self.placement.seen["backends"].get(str(number), {})
            if backend.get("exits"):
                message = (
                    f"Revision {number} ended by itself right after its start; the version before goes on serving."
                )
                raise RejectedError(message)
            if backend.get("state") == "up":
                status = _status(backend["port"], path)
                if status is not None and status < _OK:
                    _log(f"Ready: {path} answers {status}")
                    return int(backend["port"])
                last = f"{path} answered {status}" if status else f"{path} gave no answer"
            time.sleep(_ROUND)
        message = f"Revision {number} was not ready within {patience} s ({last}); the version before goes on serving."
        raise RejectedError(message)

    def _analysed(self, port: int) -> None:
        for count in range(1, ASKED + 1):
            status = _status(port, "/")
            if status is None or status >= _SERVER_ERROR:
                said = f"answered {status}" if status else "gave no answer"
                message = (
                    f"The new version {said} to request {count} of its analysis; the version before goes on serving."
                )
                raise RejectedError(message)
        _log(f"Analysis passed: {ASKED} of {ASKED} answers")

    def _shared(self, before: int, number: int) -> None:
        for share in SHARES:
            self.placement.desire(serving=before, candidate=number, share=share)
            until = time.monotonic() + SHARE_SECONDS
            while time.monotonic() < until:
                self.placement.keep_candidate()
                backend = self.placement.seen["backends"].get(str(number), {})
                if backend.get("failures"):
                    message = (
                        f"With {share} % of the requests the new version failed {backend['failures']} of"
                        f" {backend['answers']}; the version before serves all of them again."
                    )
                    raise RejectedError(message)
                time.sleep(_ROUND)
            _log(f"Canary: {share} % of the requests, {backend.get('answers', 0)} answered, none failed")

    def _back(self, before: int | None, error: BaseException) -> None:
        """Users never reached it, or do no more. Said first: this may be the last that this process does."""
        self.placement.desire(serving=before)
        _log(f"Aborted: {error}")

    def _outputs(self, number: int) -> dict[str, Any]:
        """Proved at the address that users have."""
        port = self.placement.seen["port"]
        url = f"http://127.0.0.1:{port}"
        answered = _answer(url).json()
        if answered["revision"] != number:
            message = f"{url} is answered by revision {answered['revision']}, not {number}; ask again."
            raise StepError(message)
        _log(f"{url} is answered by revision {number}")
        return {
            "url": url,
            "digest": self.revision["digest"],
            "commit": self.revision["commit"],
            "revision": number,
            "settings": self.revision["settings"],
        }

    def _wait(self, seen: Callable[[], Any], seconds: float, what: str) -> None:
        until = time.monotonic() + seconds
        while not seen():
            if time.monotonic() > until:
                message = (
                    f"The application could not {what} within {seconds:.0f} s; look at the server's log, and ask again."
                )
                raise StepError(message)
            self.placement.keep_candidate()
            time.sleep(_ROUND)

    @contextmanager
    def _timed(self, part: str) -> Iterator[None]:
        begun = time.monotonic()
        try:
            yield
        finally:
            self.seconds[part] = round(time.monotonic() - begun, 3)


def rolled_out(assigned: Assignment, rollout: Rollout, built: dict[str, Any]) -> None:
    """Writes out/outputs: url, digest, commit, revision, settings, and the seconds of each part."""
    outputs = rollout.roll_out()
    build = {"build": built["seconds"]} if built.get("built") else {}
    outputs["seconds"] = build | rollout.seconds
    tools.left(assigned.work, {names.OUTPUT_OUTPUTS: json.dumps(outputs)})


def _status(port: int, path: str) -> int | None:
    try:
        return int(_answer(f"http://127.0.0.1:{port}{path}").status_code)
    except httpx2.TransportError:
        return None


def _answer(url: str) -> httpx2.Response:
    """On this machine: never by a proxy of the environment, and without authorities, which take a while to load."""
    with httpx2.Client(timeout=5, trust_env=False, verify=False) as client:
        return client.get(url)


def _log(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - the step's log
