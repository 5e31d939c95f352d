"""A whole platform on this machine, asked over HTTP, and users who ask its applications all the while."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final

import httpx2

from idp.cli.commands.token import signed
from tests.applications.gits import GitServer

Json = dict[str, Any]


@dataclass
class Platform:
    """`idp serve` on a free port, and who asks it."""

    folder: Path
    url: str
    process: subprocess.Popen[bytes]
    team: str = "payments"
    """Of who asks: each has its own quota."""

    def client(self, user: str, *roles: str) -> httpx2.Client:
        """As a member of the team, or with other roles."""
        token = signed(self.folder, user, () if roles else (self.team,), roles, timedelta(hours=1))
        headers = {"Authorization": f"Bearer {token}"}
        return httpx2.Client(base_url=self.url, headers=headers, timeout=60, verify=False, trust_env=False)

    def file(self, path: str, body: Json, *, user: str = "ada") -> Json:
        """The request as it was accepted."""
        with self.client(user) as client:
            answer = client.post(f"/v1/{path}", json={"team": self.team, **body})
            assert answer.status_code == 202, answer.text
            found: Json = answer.json()
            return found

    def refused(self, path: str, body: Json, *, user: str = "ada") -> Json:
        """The problem."""
        with self.client(user) as client:
            answer = client.post(f"/v1/{path}", json={"team": self.team, **body})
            assert answer.status_code >= 400, answer.text
            found: Json = answer.json()
            return found

    def ended(self, request: Json, *, user: str = "ada", phases: tuple[str, ...] = ()) -> Json:
        """The request once it has ended, or is in one of the phases."""
        with self.client(user) as client:
            while True:
                found: Json = client.get(f"/v1/requests/{request['id']}", params={"wait": 20}).json()
                if found["finished_at"] or found["phase"] in phases:
                    return found
                time.sleep(0.1)

    def done(self, path: str, body: Json, *, phase: str = "succeeded") -> Json:
        """The request as it ended: in this phase."""
        found = self.ended(self.file(path, body))
        assert found["phase"] == phase, found["message"]
        return found

    def deployed(self, name: str, environment: str, version: str, *, phase: str = "succeeded") -> Json:
        """A deployment as it ended."""
        return self.done("deployments", {"name": name, "environment": environment, "version": version}, phase=phase)

    def approved(self, request: Json, *, by: str = "grace") -> Json:
        """The request as it ended after another person agreed to its plan."""
        waiting = self.ended(request, phases=("awaiting-approval",))
        assert waiting["phase"] == "awaiting-approval", waiting["message"]
        with self.client(by, "approver") as client:
            body = {"verdict": "approve", "digest": waiting["plan"]["digest"]}
            answer = client.post(f"/v1/requests/{request['id']}/approval", json=body)
            assert answer.is_success, answer.text
        return self.ended(request)

    def shown(self, path: str) -> Json:
        """GET."""
        with self.client("ada") as client:
            found: Json = client.get(f"/v1/{path}").json()
            return found

    def log(self, request: Json) -> str:
        """What the steps printed."""
        with self.client("ada") as client:
            return client.get(f"/v1/requests/{request['id']}/logs").text

    def kill(self) -> None:
        """As a machine that loses its power."""
        self.process.kill()
        stop(self)


@contextmanager
def platform(folder: Path) -> Iterator[Platform]:
    """Serves until the end, and leaves no process."""
    found = start(folder)
    try:
        yield found
    finally:
        stop(found)


def start(folder: Path, settings: Mapping[str, str] | None = None, *, port: int = 0) -> Platform:
    """A server on the folder, with settings of its own; one that comes back needs its port, as steps wait for it there."""
    folder.mkdir(exist_ok=True)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("IDP_", "GIT_"))}
    environment |= settings or {}
    with (folder / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "idp.cli", "--json", "serve", "--port", str(port), "--data", str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            env=environment,
            start_new_session=True,
        )
    assert process.stdout
    return Platform(folder, json.loads(process.stdout.readline())["url"], process)


def stop(found: Platform) -> None:
    """In good order, if it still runs."""
    if found.process.poll() is None:
        found.process.terminate()
    found.process.wait(30)
    if found.process.stdout:
        found.process.stdout.close()


PLAIN: Final = httpx2.Client(
    verify=False, trust_env=False, timeout=10, limits=httpx2.Limits(max_keepalive_connections=0)
)
"""Keeps no connection, and loads no authorities: `httpx2.get` does for each call, which is 30 ms of a processor."""


@dataclass
class Asking:
    """20 times a second, from a client that keeps nothing."""

    url: str
    answers: int = 0
    versions: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def ask(self) -> None:
        """Once."""
        try:
            answer = PLAIN.get(self.url)
        except httpx2.TransportError as error:
            self.failures.append(repr(error))
            return
        self.answers += 1
        if answer.status_code != 200:
            self.failures.append(f"{answer.status_code} {answer.text[:100]}")
            return
        version = answer.json()["version"]
        if not self.versions or self.versions[-1] != version:
            self.versions.append(version)


@contextmanager
def asking(url: str) -> Iterator[Asking]:
    """Users, all the while."""
    found, stopping = Asking(url), Event()

    def go_on() -> None:
        due = time.monotonic()
        while not stopping.wait(due - time.monotonic()):
            found.ask()
            due = max(due + 0.05, time.monotonic() - 1)  # what an answer took is made up for, within reason

    thread = Thread(target=go_on)
    thread.start()
    try:
        yield found
    finally:
        stopping.set()
        thread.join()


def application(git: GitServer, platform: Platform, name: str, environments: Mapping[str, str], **more: Any) -> Any:
    """An application of a repository with one good commit, in environments of these stages. Returns the repository."""
    repository = git.repository(name)
    repository.push({"Dockerfile": "FROM scratch\nCOPY . /app\n", "index.html": name})
    for environment, stage in environments.items():
        request = platform.file("environments", {"name": environment, "stage": stage})
        ended = platform.approved(request) if stage == "prod" else platform.ended(request)
        assert ended["phase"] == "succeeded", ended["message"]
    body = {
        "name": name,
        "repository": repository.url,
        "ready_seconds": 60,
        "placements": [{"environment": environment} for environment in environments],
        **more,
    }
    if "prod" in environments.values():
        assert platform.approved(platform.file("applications", {"stage": "prod", **body}))["phase"] == "succeeded"
    else:
        platform.done("applications", body)
    return repository


def serving(folder: Path) -> list[int]:
    """Numbers of the processes that serve, or tend, what is in the folder."""
    found = []
    for each in Path("/proc").iterdir():
        if each.name.isdecimal():
            try:
                command = (each / "cmdline").read_bytes().decode().split("\0")
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
            if any(word.startswith(str(folder)) for word in command) and any("delivery" in word for word in command):
                found.append(int(each.name))
    return found


def gone(folder: Path, seconds: float = 20) -> bool:
    """Whether they end in time."""
    until = time.monotonic() + seconds
    while serving(folder):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True


def end(numbers: list[int]) -> None:
    """At once."""
    for number in numbers:
        os.kill(number, signal.SIGKILL)
