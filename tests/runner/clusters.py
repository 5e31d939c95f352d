"""A cluster as far as deliveries see it, over HTTP: objects by path, a registry, and what its controllers would do.

Controllers here are a few lines: Argo CD makes the Rollout that the values ask for, Rollouts passes or gives it up as a
test has it, a Job ends as a test has it. The real ones are in tests/cluster/applications.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from itertools import count
from pathlib import Path
from threading import RLock
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from tests.runner.serving import Served

Json = dict[str, Any]

ARGO: Final = "/apis/argoproj.io/v1alpha1/namespaces"
JOBS: Final = "/apis/batch/v1/namespaces/idp-builds/jobs"
PODS: Final = "/api/v1/namespaces/idp-builds/pods"


@dataclass
class Cluster(Served):
    """`bad`: commits -> what their analysis says. `broken`: commits -> the builder's exit code."""

    objects: dict[str, Json] = field(default_factory=dict)
    images: dict[str, dict[str, str]] = field(default_factory=dict)
    """Digest -> labels."""
    tags: dict[str, str] = field(default_factory=dict)
    bad: dict[str, str] = field(default_factory=dict)
    broken: dict[str, int] = field(default_factory=dict)
    builds: list[Json] = field(default_factory=list)
    late: set[str] = field(default_factory=set)
    """Tags that come to be just after they were asked for."""
    refuses: str = ""
    """A path that is answered 403."""
    lingering: int = 0
    """So many more times an Application that was deleted is seen."""
    later: Callable[[], None] = lambda: None
    """What happens after each look at an object."""

    lock: RLock = field(default_factory=RLock)
    uids: Iterator[int] = field(default_factory=count)

    def handler(self) -> type[BaseHTTPRequestHandler]:
        return _handler(self)

    def settings(self, folder: Path) -> dict[str, str]:
        """What a step is told of it."""
        config = folder / "kubeconfig"
        config.write_text(
            json.dumps(
                {
                    "current-context": "c",
                    "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
                    "clusters": [{"name": "c", "cluster": {"server": self.url}}],
                    "users": [{"name": "u", "user": {"token": "t"}}],
                }
            )
        )
        told = {
            "registry": {"name": "registry.test:5000", "url": self.url},
            "builder": "builder:1",
            "chart": {"repository": "http://git.test/platform.git", "revision": "v1"},
        }
        return {
            "IDP_TARGET": "kubernetes",
            "IDP_STATE_BACKEND": json.dumps({"namespace": "idp-state", "config_path": str(config)}),
            "IDP_TARGET_SETTINGS": json.dumps({"delivery": told}),
        }

    def names(self, kind: str) -> list[str]:
        """Of all objects of this plural."""
        return sorted(path.rpartition("/")[2] for path in self.objects if path.split("/")[-2] == kind)

    def values(self, name: str) -> Json:
        """What the chart of this Application is given."""
        found: Json = json.loads(self.objects[f"{ARGO}/argocd/applications/{name}"]["spec"]["source"]["helm"]["values"])
        return found

    def written(self, path: str) -> None:
        """What controllers do about it."""
        thing = self.objects[path]
        if path.startswith(JOBS):
            self._built(path, thing)
        elif "/applications/" in path:
            self._applied(thing)

    def removed(self, path: str, thing: Json) -> None:
        if "/applications/" in path:
            self.objects.pop(self._rollout(thing), None)

    def image(self, commit: str, **labels: str) -> str:
        """As if it had been built."""
        digest = f"sha256:{hashlib.sha256(commit.encode()).hexdigest()}"
        self.images[digest] = {"org.opencontainers.image.revision": commit, **labels}
        self.tags[commit] = digest
        return digest

    def _built(self, path: str, job: Json) -> None:
        args = job["spec"]["template"]["spec"]["containers"][0]["args"]
        self.builds.append(job)
        code = self.broken.get(args[1], 0)
        if code == 0:
            self.image(args[1])
        kind = "Failed" if code else "Complete"
        job["status"] = {"conditions": [{"type": kind, "status": "True", "message": "BackoffLimitExceeded"}]}
        name = path.rpartition("/")[2]
        self.objects[f"{PODS}/{name}-x"] = {
            "metadata": {"name": f"{name}-x", "labels": {"job-name": name}},
            "status": {
                "phase": "Failed" if code else "Succeeded",
                "containerStatuses": [{"state": {"terminated": {"exitCode": code}}}],
            },
        }

    def _rollout(self, application: Json) -> str:
        spec = application["spec"]
        return f"{ARGO}/{spec['destination']['namespace']}/rollouts/{spec['source']['helm']['releaseName']}"

    def _applied(self, application: Json) -> None:
        values = json.loads(application["spec"]["source"]["helm"]["values"])
        path = self._rollout(application)
        before = self.objects.get(path)
        generation = before["metadata"]["generation"] + 1 if before else 1
        why = self.bad.get(values["commit"])
        stable = before["status"]["stableRS"] if before else ""
        hashed = values["commit"][:8] + str(values["settings"])
        self.objects[path] = {
            "metadata": {"generation": generation, "annotations": {"idp.io/request": values["request"]}},
            "status": {
                "observedGeneration": str(generation),
                "phase": "Degraded" if why else "Healthy",
                "message": "RolloutAborted",
                "currentPodHash": hashed,
                "stableRS": stable if why else hashed,
            },
        }
        if why:
            space = path.split("/")[5]
            self.objects[f"{ARGO}/{space}/analysisruns/run-{generation}"] = {
                "metadata": {"labels": {"rollouts-pod-template-hash": hashed}},
                "status": {
                    "phase": "Failed",
                    "message": 'Metric "answers" assessed Failed',
                    "metricResults": [{"measurements": [{"metadata": {"job-name": "ask"}}]}],
                },
            }
            self.objects[f"/api/v1/namespaces/{space}/pods/ask-x"] = {
                "metadata": {"labels": {"job-name": "ask"}},
                "status": {"containerStatuses": [{"state": {"terminated": {"message": why}}}]},
            }


def _merged(old: Any, part: Any) -> Any:
    """RFC 7386."""
    if not isinstance(part, dict) or not isinstance(old, dict):
        return part
    changed = {name: _merged(old.get(name), value) for name, value in part.items() if value is not None}
    return {name: value for name, value in old.items() if name not in part} | changed


def _handler(cluster: Cluster) -> type[BaseHTTPRequestHandler]:  # noqa: C901 - one method for each of HTTP's
    class Handler(BaseHTTPRequestHandler):
        def _body(self) -> Any:
            return json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or b"{}")

        def _said(self, status: int, body: Any = None, **headers: str) -> None:
            text = json.dumps(body if body is not None else {"message": "said by the stand-in"}).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(text)

        def _asked(self) -> None:
            parts = urlsplit(self.path)
            with cluster.lock:
                if cluster.refuses and parts.path.startswith(cluster.refuses):
                    self._said(403, {"message": "it is forbidden"})
                elif found := re.fullmatch(r"/v2/([a-z]+/[a-z-]+)/(manifests|blobs|tags)/(.+)", parts.path):
                    self._registry(found[2], found[3])
                elif parts.path.endswith("/log"):
                    self._said(200, ["STEP 1/2: FROM debian"])
                else:
                    self._kubernetes(parts.path, parse_qs(parts.query))

        do_GET = do_POST = do_PATCH = do_DELETE = do_HEAD = _asked  # noqa: N815 - names that http.server calls

        def _registry(self, kind: str, name: str) -> None:
            digest = cluster.tags.get(name, name)
            if kind == "tags":
                self._said(200, {"tags": list(cluster.tags) or None})
            elif name in cluster.late or digest not in cluster.images:
                cluster.late.discard(name)
                self._said(404)
            elif self.command == "DELETE":
                del cluster.images[digest]
                cluster.tags = {tag: each for tag, each in cluster.tags.items() if each != digest}
                self._said(202)
            elif kind == "manifests":
                self._said(200, {"config": {"digest": digest}}, Docker_Content_Digest=digest)
            else:
                self._said(200, {"config": {"Labels": cluster.images[digest]}})

        def _kubernetes(self, path: str, query: dict[str, list[str]]) -> None:
            body, there = self._body(), cluster.objects.get(path)
            if self.command == "POST":
                made = f"{path}/{body['metadata']['name']}"
                if made in cluster.objects:
                    self._said(409)
                    return
                body["metadata"]["uid"] = str(next(cluster.uids))
                cluster.objects[made] = body
                cluster.written(made)
                self._said(201, body)
            elif "labelSelector" in query:
                self._said(200, {"items": self._selected(path, query["labelSelector"][0])})
            elif there is None:
                self._said(404)
            elif self.command == "DELETE":
                uid = there["metadata"].get("uid")
                if body.get("preconditions", {"uid": uid})["uid"] != uid:
                    self._said(409)
                    return
                there["metadata"]["deletionTimestamp"] = "now"
                self._ended(path)
                self._said(200, {})
            elif self.command == "PATCH":
                self._patched(path, there, body)
            else:
                self._said(200, there)
                self._lingers(path, there)
                cluster.later()

        def _lingers(self, path: str, there: Json) -> None:
            if cluster.lingering and "deletionTimestamp" in there["metadata"]:
                cluster.lingering -= 1
                self._ended(path)

        def _patched(self, path: str, there: Json, body: Json) -> None:
            if body["metadata"].get("resourceVersion") not in {None, there["metadata"].get("resourceVersion")}:
                self._said(409)
                return
            merged = cluster.objects[path] = _merged(there, body)
            if "spec" in body:
                cluster.written(path)
            self._ended(path)
            self._said(200, merged)

        def _ended(self, path: str) -> None:
            """What is to go does so once Argo CD is at nothing: it does one thing at a time."""
            thing = cluster.objects[path]
            busy = thing.get("status", {}).get("operationState", {}).get("phase") == "Running"
            if "deletionTimestamp" in thing["metadata"] and not busy and not cluster.lingering:
                cluster.removed(path, cluster.objects.pop(path))

        def _selected(self, path: str, selector: str) -> list[Json]:
            wanted = dict(each.split("=") for each in selector.split(","))
            return [
                thing
                for place, thing in cluster.objects.items()
                if place.rpartition("/")[0] == path and wanted.items() <= thing["metadata"].get("labels", {}).items()
            ]

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    return Handler
