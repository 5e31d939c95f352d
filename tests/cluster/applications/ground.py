"""A team's repositories on the cluster's git server, and what users and developers do: push, open pull requests, ask."""

import base64
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import httpx2

from idp import names
from tests.applications.gits import git
from tests.applications.ground import PLAIN, Asking, asking
from tests.cluster.installed import ROOT, Platform
from tests.cluster.kubectl import Kubectl, until
from tests.cluster.whole.asking import Json, Person

OWNER: Final = "dev"
IN_CLUSTER: Final = "http://git.apps.test"
HOOKS: Final = f"http://{names.API}.{names.NAMESPACE_API}.svc:{names.API_PORT}/v1/hooks/gitea"
KINDS: Final = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json"
REGISTRY: Final = "http://10.96.0.50:5000"
DOCKERFILE: Final = 'FROM python:3.13-slim\nCOPY app.py says.json /app/\nCMD ["python3", "/app/app.py"]\n'
GOOD: Final[Mapping[str, str | None]] = {"says.json": "{}", "Dockerfile": DOCKERFILE}
ARGO_CD: Final = names.NAMESPACE_ARGO_CD
OLD_PODS_END: Final = 15
"""Seconds in which the pods of the version before end: what they drop, they drop then."""


@dataclass(frozen=True)
class Repository:
    """A developer's clone, and its repository on the git server."""

    forge: "Forge"
    name: str
    work: Path

    @property
    def url(self) -> str:
        """As the platform knows it."""
        return f"{IN_CLUSTER}/{OWNER}/{self.name}.git"

    def commit(self, files: Mapping[str, str | None]) -> str:
        """With these files changed, None removing one; its id. Nobody knows of it yet."""
        for name, text in files.items():
            file = self.work / name
            if text is None:
                file.unlink()
            else:
                file.write_text(text)
        git("add", "--all", folder=self.work)
        git("commit", "--quiet", "--allow-empty", "--message", f"At {time.time_ns()}", folder=self.work)
        return self.head()

    def head(self) -> str:
        """The newest of its commits."""
        return git("rev-parse", "HEAD", folder=self.work)

    def send(self, branch: str = "main") -> None:
        """`git push`."""
        git("push", "--quiet", "--force", "origin", f"HEAD:refs/heads/{branch}", folder=self.work)

    def push(self, files: Mapping[str, str | None], branch: str = "main") -> str:
        """Both."""
        found = self.commit(files)
        self.send(branch)
        return found

    def hooked(self, secret: str) -> None:
        """Pushes and pull requests are told of."""
        config = {"url": HOOKS, "content_type": "json", "secret": secret}
        events = ["push", "pull_request", "pull_request_sync"]
        self.forge.ask(
            "POST", f"{self._path}/hooks", {"type": "gitea", "active": True, "events": events, "config": config}
        )

    def opened(self, branch: str) -> int:
        """A pull request of the branch."""
        body = {"title": branch, "head": branch, "base": "main"}
        return int(self.forge.ask("POST", f"{self._path}/pulls", body)["number"])

    def closed(self, number: int) -> None:
        """Not merged."""
        self.forge.ask("PATCH", f"{self._path}/pulls/{number}", {"state": "closed"})

    def states(self, commit: str) -> list[Json]:
        """What the git server was told of it, the newest first."""
        found = self.forge.ask("GET", f"{self._path}/commits/{commit}/statuses")
        return sorted(found, key=lambda each: -int(each["id"]))

    def says(self, commit: str, state: str) -> Json | None:
        """The newest that it was told of the commit, if it is this."""
        found = self.states(commit)
        return found[0] if found and found[0]["status"] == state else None

    @property
    def _path(self) -> str:
        return f"/repos/{OWNER}/{self.name}"


@dataclass(frozen=True)
class Forge:
    """Gitea, as its administrator."""

    address: str
    token: str
    folder: Path

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Its API."""
        headers = {"Authorization": f"token {self.token}"}
        answer = PLAIN.request(method, f"http://{self.address}/api/v1{path}", headers=headers, json=body, timeout=30)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def repository(self, name: str) -> Repository:
        """A new one, open to read, with nothing in it."""
        self._gone(name)
        self.ask("POST", "/user/repos", {"name": name, "private": False, "default_branch": "main"})
        work = self.folder / name
        work.mkdir()
        git("init", "--quiet", "--initial-branch=main", ".", folder=work)
        remote = f"http://{OWNER}:{self.token}@{self.address}/{OWNER}/{name}.git"
        git("remote", "add", "origin", remote, folder=work)
        return Repository(self, name, work)

    def _gone(self, name: str) -> None:
        headers = {"Authorization": f"token {self.token}"}
        PLAIN.delete(f"http://{self.address}/api/v1/repos/{OWNER}/{name}", headers=headers, timeout=30)


def forge(kubectl: Kubectl) -> Forge:
    """The add-on's, with the platform's own repository: the chart, as Argo CD reads it."""
    secret = kubectl.json("-n", "apps", "get", "secret", "git-admin")["data"]["token"]
    address = kubectl("-n", "apps", "get", "service", "git", "-o", "jsonpath={.spec.clusterIP}").strip()
    found = Forge(address, base64.b64decode(secret).decode(), Path(tempfile.mkdtemp(prefix="idp-forge-")))
    chart = found.repository("platform")
    for file in (ROOT / "infra/charts/application").rglob("*"):
        if file.is_file():
            there = chart.work / file.relative_to(ROOT)
            there.parent.mkdir(parents=True, exist_ok=True)
            there.write_bytes(file.read_bytes())
    chart.push({})
    return found


@dataclass(frozen=True)
class Pushed:
    """A commit, the request that its push became, and what time each part took until users were answered with it."""

    commit: str
    request: Json
    parts: Mapping[str, float]


@dataclass(frozen=True)
class Delivery:
    """A team with environments, that delivers."""

    platform: Platform
    kubectl: Kubectl
    forge: Forge
    team: str
    ada: Person
    grace: Person

    def environments(self, stages: Mapping[str, str]) -> None:
        """All of them, made side by side."""
        asked = [
            self.ada.asks("/v1/environments", {"team": self.team, "name": name, "stage": stage})
            for name, stage in stages.items()
        ]
        for each in asked:
            self.succeeded(each)

    def application(
        self, name: str, placements: Mapping[str, str | None], *, stage: str = "dev", **more: Any
    ) -> Repository:
        """Registered, with a repository that has one good commit, not pushed by any hook; environment -> branch."""
        repository = self.forge.repository(f"{self.team}-{name}")
        repository.push({**GOOD, "app.py": Path(__file__).with_name("app.py").read_text()}, branch="first")
        body = {
            "team": self.team,
            "name": name,
            "stage": stage,
            "repository": repository.url,
            "replicas": 1,
            "placements": [
                {"environment": environment, **({"branch": branch} if branch else {})}
                for environment, branch in placements.items()
            ],
            **more,
        }
        self.succeeded(self.ada.asks("/v1/applications", body))
        shown = self.ada.answered("POST", f"/v1/hooks/applications/{self.team}/{name}/secret")
        repository.hooked(shown["secret"])
        return repository

    def succeeded(self, request: Json, *, seconds: float = 400) -> Json:
        """As it ended, with grace's word where it needs one."""
        return self.ended(request, "succeeded", seconds=seconds)

    def ended(self, request: Json, phase: str, *, seconds: float = 400) -> Json:
        """In that phase."""
        found = self.ada.waits(request["id"], phase="awaiting-approval", seconds=seconds)
        if found["phase"] == "awaiting-approval":
            self.grace.approves(request["id"])
            found = self.ada.waits(request["id"], seconds=seconds)
        assert found["phase"] == phase, f"{found['phase']}: {found['message']}"
        return found

    def deploys(self, name: str, environment: str, version: str) -> Json:
        """By hand; the request as accepted."""
        body = {"team": self.team, "name": name, "environment": environment, "version": version}
        return self.ada.asks("/v1/deployments", body)

    def pushed(
        self,
        repository: Repository,
        name: str,
        environment: str,
        files: Mapping[str, str | None] | None,
        branch: str = "main",
    ) -> Pushed:
        """What users are answered with once the push's request succeeded; files of None: the commit that is there."""
        commit = repository.head() if files is None else repository.commit(files)
        repository.send(branch)
        begun = time.time()
        ended = self.succeeded(self.told_of(name, environment, commit))
        until(f"an answer with {commit}", lambda: self.answers_with(name, environment, commit), seconds=5)
        took = time.time() - begun
        history = self.ada.history(ended["id"])
        accepted, started = seconds(history, "accepted"), seconds(history, "started")
        parts = {"hook and accept": accepted - begun, "until the run started": started - accepted}
        return Pushed(commit, ended, {**parts, **ended["outputs"]["seconds"], "whole": took})

    def told_of(self, name: str, environment: str, commit: str, *, seconds: float = 90) -> Json:
        """The request that a push of the commit became."""

        def there() -> Json | None:
            page = self.ada.reads(f"/v1/deployments?team={self.team}&limit=50")["items"]
            return next(
                (
                    each
                    for each in page
                    if each["spec"]["version"] == commit
                    and each["name"].startswith(name)
                    and each["spec"]["environment"] == environment
                    and each["requester"].startswith("(application:")
                ),
                None,
            )

        return until(f"a request for {commit} of {name} in {environment}", there, seconds=seconds)

    def stable(self, name: str, environment: str) -> str:
        """Address of the stable Service."""
        space = names.namespace(self.team, environment)
        return f"http://{self.kubectl('-n', space, 'get', 'service', name, '-o', 'jsonpath={.spec.clusterIP}')}"

    def answers_with(self, name: str, environment: str, commit: str) -> bool:
        """Whether users get it."""
        return bool(self.answer(name, environment)["version"] == commit)

    def answer(self, name: str, environment: str) -> Json:
        """What users get."""
        found: Json = PLAIN.get(self.stable(name, environment), timeout=10).json()
        return found

    @contextmanager
    def users(self, name: str, environment: str) -> Iterator[Asking]:
        """20 times a second, all the while."""
        with asking(self.stable(name, environment)) as found:
            yield found

    def left(self, name: str) -> dict[str, Any]:
        """All that a cluster has of an application."""
        found = {
            kind: [each["metadata"]["name"] for each in self._labelled(name, space, kind)]
            for kind, space in (
                ("applications.argoproj.io", ARGO_CD),
                ("appprojects.argoproj.io", ARGO_CD),
                ("configmaps", names.NAMESPACE_STATE),
            )
        }
        found["images"] = self._registry(name, "tags/list").json().get("tags") or []
        return {kind: each for kind, each in found.items() if each}

    def digest(self, name: str, tag: str) -> str:
        """Of what the registry has there."""
        return self._registry(name, f"manifests/{tag}").headers["Docker-Content-Digest"]

    def manifest(self, name: str, tag: str) -> Json:
        """Of an image, or of what belongs to one."""
        found: Json = self._registry(name, f"manifests/{tag}").json()
        return found

    def blob(self, name: str, digest: str) -> Json:
        """As JSON."""
        found: Json = self._registry(name, f"blobs/{digest}").json()
        return found

    def _registry(self, name: str, path: str) -> httpx2.Response:
        url = f"{REGISTRY}/v2/{self.team}/{name}/{path}"
        return PLAIN.get(url, headers={"Accept": KINDS}, timeout=10, follow_redirects=True)

    def objects(self, name: str, environment: str) -> list[str]:
        """What the chart made there, by kind and name."""
        kinds = "rollouts,services,ingresses,analysistemplates,configmaps,serviceaccounts,networkpolicies,poddisruptionbudgets"
        found = self._labelled(name, names.namespace(self.team, environment), kinds)
        return [f"{each['kind']} {each['metadata']['name']}" for each in found]

    def _labelled(self, name: str, space: str, kinds: str) -> Any:
        labels = f"{names.LABEL_TEAM}={self.team},{names.LABEL_APPLICATION}={name}"
        return self.kubectl.json("-n", space, "get", kinds, "-l", labels)

    def states(self, name: str) -> list[str]:
        """Terraform's, and records, of what has this name."""
        found = self.kubectl.json("-n", names.NAMESPACE_STATE, "get", "secrets,configmaps,leases")
        named = [each["metadata"]["name"] for each in found]
        return [each for each in named if self.team in each and name in each]

    def namespace_is_there(self, environment: str) -> bool:
        """The environment's."""
        return self.kubectl.run("get", "namespace", names.namespace(self.team, environment)).returncode == 0


@dataclass(frozen=True)
class Shop:
    """The application `shop` and two versions of it: both served in dev, one after the other; nothing yet in another stage."""

    repository: Repository
    older: Pushed
    newer: Pushed


def seconds(history: list[Json], kind: str) -> float:
    """When it happened first, as seconds of the clock."""
    return next(datetime.fromisoformat(each["at"]).timestamp() for each in history if each["kind"] == kind)
