"""Everything that the catalogue offers, asked of a real server on the sandbox, looked at, and taken away again.

In the order of the examples' needs: environments first and last, then what lives in them, each kind beside the others.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

from idp.capability import ActionCapability
from idp.catalog import CATALOG
from idp.cli.commands.token import signed
from idp.cli.sandbox import Sandbox
from idp.cli.server import server

OVER: Final = ("succeeded", "failed", "cancelled", "rejected")
_GIT = "tests/applications: their examples name a git server that is nobody's, and there is a real one there"
ELSEWHERE: Final[dict[str, str]] = dict.fromkeys(("applications", "deployments", "settings"), _GIT)
"""Capability -> where its examples are carried out instead, with the reason."""

EXAMPLES = [
    (each.name, dict(example)) for each in CATALOG if each.name not in ELSEWHERE for example in each.examples.values()
]
RESOURCES = [(name, example) for name, example in EXAMPLES if not isinstance(CATALOG[name], ActionCapability)]
ENVIRONMENTS = [(name, example) for name, example in RESOURCES if name == "environments"]
OTHERS = [(name, example) for name, example in RESOURCES if name != "environments"]
ACTIONS = [(name, example) for name, example in EXAMPLES if isinstance(CATALOG[name], ActionCapability)]


class Platform:
    """A client of the server: ada asks, grace agrees."""

    def __init__(self, url: str, folder: Path, stack: ExitStack) -> None:
        self._ada = stack.enter_context(_client(url, folder, "ada"))
        self._grace = stack.enter_context(_client(url, folder, "grace", "approver"))

    def done(self, method: str, asked: Sequence[tuple[str, dict[str, Any]]], path: str = "{}") -> list[dict[str, Any]]:
        """Ask for all of it, agree where it is needed, and wait for the end: the requests."""
        filed = [self._filed(method, name, example, path) for name, example in asked]
        return [self._over(id_) for id_ in filed]

    def resource(self, name: str, example: dict[str, Any]) -> Any:
        """As it is now."""
        return self._ada.get(f"/v1/{name}/{example['team']}/{example['name']}").json()

    def _filed(self, method: str, name: str, example: dict[str, Any], path: str) -> str:
        place = path.format(f"/v1/{name}", **example)
        answer = self._ada.request(method, place, json=example if method == "POST" and path == "{}" else None)
        assert answer.status_code == 202, (place, answer.text)
        return str(answer.json()["id"])

    def _over(self, id_: str) -> dict[str, Any]:
        end = time.monotonic() + 300
        while time.monotonic() < end:
            request: dict[str, Any] = self._ada.get(f"/v1/requests/{id_}").json()
            if request["phase"] in OVER:
                return request
            if request["phase"] == "awaiting-approval":
                decision = {"verdict": "approve", "digest": request["approval"]["digest"]}
                self._grace.post(f"/v1/requests/{id_}/approval", json=decision).raise_for_status()
            time.sleep(0.2)
        message = f"{id_} is {request['phase']} after five minutes"
        raise AssertionError(message)


def _client(url: str, folder: Path, user: str, *roles: str) -> httpx2.Client:
    token = signed(folder, user, ("payments",), roles, timedelta(hours=1))
    return httpx2.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Platform]:
    with ExitStack() as stack:
        yield Platform(stack.enter_context(server(tmp_path)), tmp_path, stack)


def _phases(requests: Sequence[dict[str, Any]]) -> list[tuple[str, str, str, str]]:
    return [(each["capability"], each["name"], each["phase"], each["message"]) for each in requests]


def _succeeded(asked: Sequence[tuple[str, dict[str, Any]]]) -> list[tuple[str, str, str, str]]:
    return [(name, example["name"], "succeeded", "") for name, example in asked]


def test_the_whole_catalogue_comes_stays_and_goes(served: Platform, tmp_path: Path) -> None:
    for group in (ENVIRONMENTS, OTHERS, ACTIONS):
        assert _phases(served.done("POST", group)) == _succeeded(group)
    for name, example in RESOURCES:
        assert served.resource(name, example)["status"] == "ready", (name, example)
    sandbox = Sandbox(tmp_path)
    assert set(sandbox.states()) == {f"{example['team']}/{name}/{example['name']}" for name, example in RESOURCES}
    assert all(sandbox.states().values())

    inspected = served.done("POST", RESOURCES, "{0}/{team}/{name}/inspect")
    assert _phases(inspected) == _succeeded(RESOURCES)
    for name, example in RESOURCES:
        assert served.resource(name, example)["status"] == "ready", f"no drift: {name}"

    for group in (OTHERS, ENVIRONMENTS):
        assert _phases(served.done("DELETE", group, "{0}/{team}/{name}")) == _succeeded(group)
    for name, example in RESOURCES:
        assert served.resource(name, example)["status"] == 404, "there is no such resource any more"
    assert set(sandbox.states().values()) == {0}
    assert sandbox.world() == []


def test_what_is_carried_out_elsewhere_is_in_the_catalogue() -> None:
    assert set(ELSEWHERE) <= {each.name for each in CATALOG}
