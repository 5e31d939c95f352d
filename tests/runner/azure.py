"""Azure as far as deliveries see it, over HTTP: Entra, a registry that asks who one is, Resource Manager with ACR Tasks, a blob with a log.

A stand-in, made from what Azure's documentation and API descriptions say; whether Azure does so, only Azure can prove. The
registry's images are those of the stand-in for a cluster. A run builds at once, or as a test has it.
"""

import base64
import json
import re
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from itertools import pairwise
from pathlib import Path
from threading import RLock
from typing import Any, Final, Self
from urllib.parse import parse_qs, parse_qsl, urlsplit

import yaml

from tests.runner.clusters import Cluster
from tests.runner.serving import Served

Json = dict[str, Any]

NAME: Final = "idpapps.azurecr.io"
SUBSCRIPTION: Final = "22222222-2222-2222-2222-222222222222"
TENANT: Final = "99999999-9999-9999-9999-999999999999"
CLIENT: Final = "a-client"
_TASKS: Final = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-apps/providers/Microsoft.ContainerRegistry/registries/idpapps"
)
FAILED: Final = (
    "2026/11/27 10:00:00 Container failed during run. No retries remaining.\nfailed to run step ID: {step}\n"
)


@dataclass
class Azure(Served):
    """`broken`: commits -> the step of a run that fails, and how, or "" for none. `slow`: rounds that a run takes."""

    cluster: Cluster
    broken: dict[str, str] = field(default_factory=dict)
    slow: int = 0
    lost: int = 0
    """Answers to PUT that do not arrive, although it was taken."""
    late_link: int = 0
    """Links to logs whose time is over at once."""
    page: int = 100
    """Tags in one answer."""
    roles: set[str] = field(default_factory=lambda: {"pull", "metadata_read", "delete", "tasks"})
    task_runs: dict[str, Json] = field(default_factory=dict)
    runs: dict[str, Json] = field(default_factory=dict)
    logs: dict[str, bytes] = field(default_factory=dict)
    scopes: list[str] = field(default_factory=list)
    """What Entra was asked for, then the registry, in order."""
    tokens: dict[str, str] = field(default_factory=dict)
    """Of whatever kind -> what it is for. A test may forget them: they are no longer taken."""
    instead: dict[str, list[int | None]] = field(default_factory=dict)
    """By method and part: the status of the next answers, without anything done; 0 for none at all, None for the usual one."""
    refused: list[str] = field(default_factory=list)
    """Calls without a token that holds."""

    lock: RLock = field(default_factory=RLock)

    def handler(self) -> type[BaseHTTPRequestHandler]:
        return _handler(self)

    def __enter__(self) -> Self:
        super().__enter__()
        # Who leaves in the middle, as some tests do, is no news.
        self.server.handle_error = lambda *_: None  # type: ignore[method-assign]
        return self

    def delivery(self) -> Json:
        """What a step is told of it."""
        return {
            "registry": {
                "kind": "azure",
                "name": NAME,
                "subscription_id": SUBSCRIPTION,
                "resource_group": "rg-apps",
                "resource_manager": self.url,
                "url": self.url,
            },
            "builder": f"{NAME}/idp-builder:0.1.0",
            "chart": {"repository": "http://git.test/platform.git", "revision": "v1"},
        }

    def identity(self, folder: Path) -> dict[str, str]:
        """What the workload identity webhook puts into a pod."""
        assertion = folder / "assertion"
        assertion.write_text("signed-by-the-cluster\n")
        return {
            "AZURE_CLIENT_ID": CLIENT,
            "AZURE_TENANT_ID": TENANT,
            "AZURE_FEDERATED_TOKEN_FILE": str(assertion),
            "AZURE_AUTHORITY_HOST": f"{self.url}/entra/",
        }

    def token(self, what: str) -> str:
        made = f"token-{len(self.scopes)}-{len(self.tokens)}"
        self.tokens[made] = what
        return made

    def task(self, name: str) -> Json:
        """The steps that a task run was told, as YAML has them."""
        text = base64.b64decode(self.task_runs[name]["properties"]["runRequest"]["encodedTaskContent"])
        found: Json = yaml.safe_load(text)
        return found

    def asked(self, name: str, wanted: Json) -> None:
        """The same words under the same name run once."""
        before = self.task_runs.get(name)
        if before is not None and before["properties"] == wanted["properties"]:
            return
        run = f"ca{len(self.runs) + 1}"
        self.task_runs[name] = {"name": name, "run": run, **wanted}
        self.runs[run] = {"runId": run, "status": "Queued"}
        self.logs[run] = b"2026/11/27 10:00:00 Downloading source code...\n"
        if not self.slow:
            self.ended(run)

    def ended(self, run: str) -> None:
        """As a build does: an image with its labels, or a log that says why not."""
        name = next(name for name, each in self.task_runs.items() if each["run"] == run)
        source = self.task_runs[name]["properties"]["runRequest"]["sourceLocation"]
        commit = source.rpartition("#")[2]
        step = self.broken.get(commit)
        if step is None:
            words = self.task(name)["steps"][1]["build"].split()
            labels = dict(each.split("=", 1) for before, each in pairwise(words) if before == "--label")
            self.cluster.image(commit, **labels)
            self.logs[run] += b"Step 1/2 : FROM debian\nSuccessfully pushed image"
            self.runs[run]["status"] = "Succeeded"
            return
        self.logs[run] += (FAILED.format(step=step) if step else "failed to download context").encode()
        self.runs[run] |= {"status": "Failed", "runErrorMessage": "failed during run, err: exit status 1"}

    def looked_at(self, run: str) -> Json:
        found = self.runs[run]
        if found["status"] in {"Queued", "Running"}:
            self.slow -= 1
            found["status"] = "Running"
            self.logs[run] += b"working\n"
            if self.slow <= 0:
                self.ended(run)
        return found


def _handler(azure: Azure) -> type[BaseHTTPRequestHandler]:  # noqa: C901 - one method for each part of Azure
    class Handler(BaseHTTPRequestHandler):
        def _said(self, status: int, body: Any = None, **headers: str) -> None:
            self._sent(status, json.dumps(body).encode() if body is not None else b"", **headers)

        def _sent(self, status: int, content: bytes, **headers: str) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(content)

        def _asked(self) -> None:
            parts = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            with azure.lock:
                if (status := self._instead(parts.path)) is not None:
                    self._said(status, {"error": {"message": "said by the stand-in"}})
                elif parts.path == f"/entra/{TENANT}/oauth2/v2.0/token":
                    self._entra(dict(parse_qsl(body.decode())))
                elif parts.path.startswith("/oauth2/"):
                    self._exchange(parts.path, dict(parse_qsl(body.decode())))
                elif parts.path.startswith(f"{_TASKS}/"):
                    self._tasks(parts.path.removeprefix(f"{_TASKS}/"), parts.query, body)
                elif found := re.fullmatch(r"/logs/([a-z0-9]+)", parts.path):
                    self._log(found[1], parts.query)
                elif found := re.fullmatch(r"/v2/([a-z]+/[a-z-]+)/(manifests|blobs|tags)/(.+)", parts.path):
                    self._registry(found[1], found[2], found[3], parse_qs(parts.query))
                else:
                    self._said(404)

        def _instead(self, path: str) -> int | None:
            """0 says nothing: the connection ends."""
            part = path.removeprefix(f"{_TASKS}/").strip("/").partition("/")[0]
            left = azure.instead.get(f"{self.command} {part}")
            status = left.pop(0) if left else None
            if status == 0:
                raise ConnectionAbortedError
            return status

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _asked  # noqa: N815 - names that http.server calls

        def _holds(self, what: str) -> bool:
            token = self.headers.get("authorization", "").removeprefix("Bearer ")
            if azure.tokens.get(token) != what:
                azure.refused.append(f"{self.command} {self.path}")
                self._said(401, {"error": {"code": "AuthenticationFailed", "message": "the token does not hold"}})
                return False
            return True

        def _entra(self, form: dict[str, str]) -> None:
            azure.scopes.append(form["scope"])
            if form["client_assertion"] != "signed-by-the-cluster" or form["client_id"] != CLIENT:
                self._said(401, {"error_description": "AADSTS700213: No matching federated identity record.\nTrace"})
                return
            self._said(200, {"access_token": azure.token(f"entra {form['scope']}"), "expires_in": 3600})

        def _exchange(self, path: str, form: dict[str, str]) -> None:
            """A token of Entra for one of the registry's, and that for one that allows what is named."""
            refresh = path == "/oauth2/exchange"
            shown = form["access_token"] if refresh else form["refresh_token"]
            wanted = "entra https://containerregistry.azure.net/.default" if refresh else "refresh"
            named = form["tenant"] == TENANT if refresh else form["grant_type"] == "refresh_token"
            actions = form.get("scope", "").rpartition(":")[2]
            allowed = set(filter(None, actions.split(","))) <= azure.roles
            if azure.tokens.get(shown) != wanted or form["service"] != NAME or not named or not allowed:
                self._said(401, {"errors": [{"code": "UNAUTHORIZED", "message": "authentication required"}]})
            elif refresh:
                azure.scopes.append("refresh")
                self._said(200, {"refresh_token": azure.token("refresh")})
            else:
                azure.scopes.append(form["scope"])
                self._said(200, {"access_token": azure.token(form["scope"])})

        def _registry(self, path: str, kind: str, name: str, query: dict[str, list[str]]) -> None:
            if not self._holds(f"repository:{path}:{'delete' if self.command == 'DELETE' else 'pull,metadata_read'}"):
                return
            cluster = azure.cluster
            digest = cluster.tags.get(name, name)
            if kind == "tags":
                after = query.get("last", [""])[0]
                left = [each for each in sorted(cluster.tags) if each > after]
                shown = left[: azure.page]
                link = f'</v2/{path}/tags/list?last={shown[-1]}>; rel="next"' if len(left) > azure.page else ""
                self._said(200, {"tags": shown}, **({"Link": link} if link else {}))
            elif digest not in cluster.images:
                self._said(404)
            elif self.command == "DELETE":
                del cluster.images[digest]
                cluster.tags = {tag: each for tag, each in cluster.tags.items() if each != digest}
                self._said(202)
            elif kind == "manifests":
                self._said(200, {"config": {"digest": digest}}, Docker_Content_Digest=digest)
            else:
                self._said(200, {"config": {"Labels": cluster.images[digest]}})

        def _tasks(self, path: str, query: str, body: bytes) -> None:
            if not self._holds(f"entra {azure.url}/.default"):
                return
            kind, _, name = path.partition("/")
            run, _, word = name.partition("/")
            if query != "api-version=2019-06-01-preview":
                self._said(400, {"error": {"message": "no such version"}})
            elif "tasks" not in azure.roles:
                self._said(403, {"error": {"code": "AuthorizationFailed", "message": "the client may not do this"}})
            elif kind == "taskRuns" and self.command == "PUT":
                azure.asked(name, json.loads(body))
                azure.lost -= 1
                self._said(*((503, {}) if azure.lost >= 0 else (201, azure.task_runs[name])))
            elif kind == "taskRuns" and self.command == "DELETE":
                self._said(200 if azure.task_runs.pop(name, None) else 204)
            elif kind == "taskRuns" and name in azure.task_runs:
                found = azure.task_runs[name]
                self._said(
                    200, {"properties": {**found["properties"], "runResult": {"properties": azure.runs[found["run"]]}}}
                )
            elif word == "listLogSasUrl" and self.command == "POST":
                azure.late_link -= 1
                self._said(200, {"logLink": f"{azure.url}/logs/{run}?sig={'late' if azure.late_link >= 0 else 'good'}"})
            elif kind == "runs" and run in azure.runs:
                self._said(200, {"properties": azure.looked_at(run)})
            else:
                self._said(404, {"error": {"message": "not found"}})

        def _log(self, run: str, query: str) -> None:
            """By its link alone: no token is shown to it."""
            begin = int((re.findall(r"bytes=(\d+)-", self.headers.get("range", "")) or ["0"])[0])
            content = azure.logs[run][begin:]
            if query != "sig=good" or "authorization" in self.headers:
                self._said(403)
            elif self.command == "HEAD":
                ended = azure.runs[run]["status"] in {"Succeeded", "Failed"}
                self._sent(200, b"", **({"x-ms-meta-Complete": "successful"} if ended else {}))
            else:
                self._sent(206 if content else 416, content)

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    return Handler
