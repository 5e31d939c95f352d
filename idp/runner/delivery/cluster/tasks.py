"""Build by ACR Tasks: the registry's own service makes the commit's image.

A build is a *task run*, a resource with a name: the same name and the same words run once, however often they are said.
What was said first for a commit is kept, so that everybody says the same. `forceUpdateTag` names the run that is to be
followed by another one, if one ended without an image.
"""

import base64
import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import httpx2

from idp import names
from idp.entra import is_away
from idp.errors import StepError
from idp.runner.delivery.cluster.client import Json
from idp.runner.delivery.cluster.entra import AccessTokens, Bearer, of_this_pod
from idp.runner.delivery.cluster.manifests import BUILD_SECONDS
from idp.runner.delivery.cluster.patience import answered
from idp.runner.delivery.cluster.records import LABEL_REVISION
from idp.runner.delivery_settings import AzureRegistry

VERSION: Final = "2019-06-01-preview"
"""Of Azure's API: the newest that is not announced to change."""
PATIENCE: Final = 60.0
"""Seconds for which the service may be away."""
QUEUE_SECONDS: Final = 10 * 60.0
"""Beside the time that a build may take: for a machine to be free, and for the end to be told."""
LATE: Final = 15.0
"""Seconds after a run's end in which its log must have been written."""
_ROUND: Final = 1.0
_CHUNK: Final = 1024 * 1024
"""Bytes of a log that are asked for at once."""
_ENDED: Final = frozenset({"Succeeded", "Failed", "Canceled", "Error", "Timeout"})
_NOT_FOUND: Final = 404
_CONFLICT: Final = 409
_FORBIDDEN: Final = 403
_OK: Final = 200
_PARTIAL: Final = 206

FAILED_STEP: Final = re.compile(r"^failed to run step ID: (labels(?=: exit status 11$)|build|push)\b", re.MULTILINE)
"""As the service's log says it at its end."""
EXITS: Final = {"labels": 11, "build": 12, "push": 13}
"""The step that failed -> what the builder's Job would have ended with."""
PLAIN: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._/:@+-]*")
"""All that a word of a task may hold: nothing that YAML, the service's templates or a shell would take for theirs."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be built, from what, and by whose request."""

    team: str
    application: str
    repository: str
    dockerfile: str
    commit: str
    request: str
    builder: str


@dataclass(frozen=True)
class Ended:
    """How a run ended. `code`: of the step that failed, where one did; `said`: the service's own words."""

    succeeded: bool
    code: int | None = None
    said: str = ""


def task(order: Order, registry: AzureRegistry) -> str:
    """The steps, as the service reads them. Raises StepError for a word that could be more than a word.

    labels  a container of the builder's image: the commit's settings.schema.json becomes a line of its Dockerfile
    build   by the service's Docker, without credentials
    push    with the registry's own
    """
    image = f"{registry.name}/{order.team}/{order.application}:{order.commit}"
    labels = {
        "org.opencontainers.image.source": order.repository,
        LABEL_REVISION: order.commit,
        names.LABEL_REQUEST: order.request,
    }
    options = [word for name, value in labels.items() for word in ("--label", f"{_plain(name)}={_plain(value)}")]
    build = ["-f", _plain(order.dockerfile), "-t", _plain(image), *options, "."]
    lines = [
        "version: v1.0.0",
        f"stepTimeout: {BUILD_SECONDS}",
        "steps:",
        "- id: labels",
        f"  cmd: {json.dumps(f'{_plain(order.builder)} {order.dockerfile}')}",
        "  entryPoint: settings-label",
        '  user: "0"',
        "- id: build",
        f"  build: {json.dumps(' '.join(build))}",
        "- id: push",
        f"  push: {json.dumps([image])}",
    ]
    return "\n".join(lines) + "\n"


def run_request(order: Order, registry: AzureRegistry) -> Json:
    """Where the sources are, the steps, and on what they run. The service tells git's addresses by their end."""
    source = f"{_plain(order.repository).removesuffix('.git')}.git#{_plain(order.commit)}"
    place: Json = {"agentPoolName": registry.agent_pool} if registry.agent_pool else {"agentConfiguration": {"cpu": 2}}
    return {
        "type": "EncodedTaskRunRequest",
        "encodedTaskContent": base64.b64encode(task(order, registry).encode("ascii")).decode("ascii"),
        "sourceLocation": source,
        "platform": {"os": "Linux", "architecture": "amd64"},
        "timeout": BUILD_SECONDS,
        "isArchiveEnabled": False,
        **place,
    }


def _plain(word: str) -> str:
    if not PLAIN.fullmatch(word):
        message = (
            f"{word!r} cannot be a word of a build by ACR Tasks: letters, digits and . _ / : @ + - are those that can."
        )
        raise StepError(message)
    return word


class Service:
    """The registry's, asked by way of Azure Resource Manager."""

    def __init__(self, registry: AzureRegistry, tokens: AccessTokens) -> None:
        self._registry = registry
        manager = registry.resource_manager.rstrip("/")
        self._client = httpx2.Client(
            base_url=(
                f"{manager}/subscriptions/{registry.subscription_id}/resourceGroups/{registry.resource_group}"
                f"/providers/Microsoft.ContainerRegistry/registries/{registry.short_name}/"
            ),
            params={"api-version": VERSION},
            auth=Bearer(tokens, f"{manager}/.default"),
            timeout=30,
            trust_env=False,
            verify=not manager.startswith("http://"),
        )

    def build(self, name: str, order: Order, is_there: Callable[[], bool]) -> Ended:
        """One that is under way is waited for. Its log goes to the step's. Raises StepError.

        `is_there`: whether the image is, asked where a run of this name succeeded: it may have ended a moment ago.
        """
        run = self._started(name, run_request(order, self._registry), is_there)
        if run is None:
            return Ended(succeeded=True)
        _log(f"Run {run} of ACR Tasks builds {order.commit}")
        ended, said = self._followed(run)
        if ended["status"] == "Succeeded":
            return Ended(succeeded=True)
        failed = FAILED_STEP.findall(said)
        why = ended.get("runErrorMessage") or "its log says why, if anything does"
        return Ended(
            succeeded=False,
            code=EXITS[failed[-1]] if failed else None,
            said=f"the run {run} of ACR Tasks ended {ended['status']}: {why}",
        )

    def forget(self, name: str) -> None:
        """Nothing where there is none. Raises StepError."""
        self._asked("DELETE", f"taskRuns/{name}")

    def _started(self, name: str, request: Json, is_there: Callable[[], bool]) -> str | None:
        """The id of the run that is under way, ours or another's; None where none is needed any more."""
        before = self._run(name)
        if before is not None and before["status"] == "Succeeded" and is_there():
            return None
        if before is not None and before["status"] not in _ENDED:
            _log(f"Build {name} is under way already")
            return str(before["runId"])
        ended = None if before is None else str(before["runId"])
        wanted = {"properties": {"runRequest": request, "forceUpdateTag": ended or "first"}}
        accepted, until = False, time.monotonic() + PATIENCE
        while True:
            accepted = accepted or self._put(f"taskRuns/{name}", wanted)
            run = self._run(name)
            if run is not None and run["runId"] != ended:
                return str(run["runId"])
            if time.monotonic() > until:
                message = f"ACR Tasks began no run of {name} within {PATIENCE:.0f} s; ask again."
                raise StepError(message)
            time.sleep(_ROUND)

    def _run(self, name: str) -> Json | None:
        """The last one of this name, as it is now."""
        found = self._asked("GET", f"taskRuns/{name}")
        last = ((found or {}).get("properties", {}).get("runResult") or {}).get("properties", {}).get("runId")
        return self._state(last) if last else None

    def _state(self, run: str) -> Json | None:
        found = self._asked("GET", f"runs/{run}")
        properties: Json | None = found["properties"] if found else None
        return properties

    def _followed(self, run: str) -> tuple[Json, str]:
        """How it ended, and the end of its log."""
        log, until = _Log(self, run), time.monotonic() + BUILD_SECONDS + QUEUE_SECONDS
        while True:
            state = self._state(run)
            if state is None:
                message = f"The run {run} of ACR Tasks is gone; ask again."
                raise StepError(message)
            ended = state["status"] in _ENDED
            for line in log.lines(last=ended):
                _log(line)
            if ended:
                return state, log.end
            if time.monotonic() > until:
                message = f"The run {run} of ACR Tasks did not end in time; look at it in {self._registry.name}, and ask again."
                raise StepError(message)
            time.sleep(_ROUND)

    def log_link(self, run: str) -> str | None:
        """Whoever has it may read the log: it is no part of any message."""
        found = self._asked("POST", f"runs/{run}/listLogSasUrl")
        link: str | None = (found or {}).get("logLink")
        return link

    def _put(self, path: str, wanted: Json) -> bool:
        """False where nobody knows whether it was taken: said again it is no second one."""
        try:
            answer = self._client.put(path, json=wanted)
        except httpx2.TransportError:
            return False
        if is_away(answer.status_code) or answer.status_code == _CONFLICT:
            return False
        if not answer.is_success:
            raise StepError(self._refused("PUT", path, answer))
        return True

    def _asked(self, method: str, path: str) -> Json | None:
        """What changes nothing, or nothing more when it is asked again. None where there is none."""
        try:
            answer = answered(lambda: self._client.request(method, path), seconds=PATIENCE, longest_pause=_ROUND)
        except httpx2.TransportError as error:
            message = f"{self._client.base_url.host} gave no answer to {method} {path} for {PATIENCE:.0f} s ({error}); ask again."
            raise StepError(message) from error
        if answer.status_code == _NOT_FOUND:
            return None
        if not answer.is_success:
            raise StepError(self._refused(method, path, answer))
        found: Json = answer.json() if answer.content else {}
        return found

    def _refused(self, method: str, path: str, answer: httpx2.Response) -> str:
        more = ""
        if answer.status_code == _FORBIDDEN:
            more = "; give this step's identity the role Container Registry Tasks Contributor at the registry"
        return f"ACR Tasks of {self._registry.name} refused {method} {path}: {answer.status_code} {_said(answer)}{more}"


def service(registry: AzureRegistry) -> Service:
    """As this pod's identity. Raises StepError."""
    return Service(registry, of_this_pod())


class _Log:
    """A run's, which grows in a blob. Not to be able to read it ends no build."""

    _KEPT: Final = 64 * 1024

    def __init__(self, service: Service, run: str) -> None:
        self._service, self._run = service, run
        self._link: str | None = None
        self._read, self._rest = 0, b""
        self.end = ""

    def lines(self, *, last: bool) -> Iterator[str]:
        """Those that came since; the last one needs no end."""
        try:
            for more in self._until_whole() if last else iter(self._more, b""):
                *whole, self._rest = (self._rest + more).split(b"\n")
                yield from map(self._kept, whole)
        except (httpx2.TransportError, StepError) as error:
            if last:
                yield f"(the log cannot be read: {type(error).__name__})"
        if last and self._rest:
            yield self._kept(self._rest)
            self._rest = b""

    def _until_whole(self) -> Iterator[bytes]:
        """The rest: the service marks a log that has ended, and may do so after the run's end."""
        until, whole = time.monotonic() + LATE, False
        while True:
            yield from iter(self._more, b"")
            if whole or time.monotonic() > until:
                return
            whole = self._is_whole()
            if not whole:
                time.sleep(_ROUND)

    def _kept(self, line: bytes) -> str:
        text = line.decode("utf-8", "replace").rstrip("\r")
        self.end = f"{self.end}{text}\n"[-self._KEPT :]
        return text

    def _more(self) -> bytes:
        """By ranges; without any token of ours, as the link has its own."""
        answer = self._answer("GET", {"Range": f"bytes={self._read}-{self._read + _CHUNK - 1}"})
        if answer is None:
            return b""
        if answer.status_code == _FORBIDDEN:
            self._link = None  # its time is over
            return b""
        if answer.status_code not in {_OK, _PARTIAL}:
            return b""  # nothing new, or nothing yet
        found = answer.content if answer.status_code == _PARTIAL else answer.content[self._read :]
        self._read += len(found)
        return found

    def _is_whole(self) -> bool:
        answer = self._answer("HEAD", {})
        return answer is not None and "x-ms-meta-complete" in answer.headers

    def _answer(self, method: str, headers: dict[str, str]) -> httpx2.Response | None:
        link = self._link = self._link or self._service.log_link(self._run)
        if link is None:
            return None
        plain = link.startswith("http://")
        return httpx2.request(method, link, headers=headers, timeout=30, trust_env=False, verify=not plain)


def _said(answer: httpx2.Response) -> str:
    try:
        return str(answer.json()["error"]["message"])[:300]
    except (ValueError, KeyError, TypeError):
        return answer.text[:300]


def _log(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - the step's log
