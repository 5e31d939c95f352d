"""What is known of an application on a cluster, and where.

ConfigMap app.<team>.<name>                         in the namespace of states: as it was registered
ConfigMap app.<team>.<name>.<environment>.<number>  settings of a placement, each number once
ConfigMap build-<hash>                              a commit that ACR Tasks build: whose request asked for it first
Application app.<team>.<name>.<environment>         in Argo CD's namespace: the placement; what serves is its annotation
images <team>/<name> of the registry                with the commit as tag, and labels
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from idp import names
from idp.runner.delivery import places
from idp.runner.delivery.cluster.client import Cluster, Json
from idp.runner.delivery.cluster.registry import Repository
from idp.runner.delivery.configuring import SCHEMA

SERVING: Final = f"{names.LABEL}/serving"
"""Annotation of a placement's Application: the revision that passed, as JSON."""
LABEL_SCHEMA: Final = f"{names.LABEL}/settings-schema"
"""Of an image: the schema of settings that its commit brought."""
LABEL_REVISION: Final = "org.opencontainers.image.revision"
_LABEL_ENVIRONMENT: Final = f"{names.LABEL}/environment"
_LABEL_BUILD: Final = f"{names.LABEL}/build"

_COMMIT: Final = re.compile(r"[0-9a-f]{40}")

ARGO_CD: Final = f"/apis/argoproj.io/v1alpha1/namespaces/{names.NAMESPACE_ARGO_CD}"


def rollouts(namespace: str) -> str:
    """Of an environment."""
    return f"/apis/argoproj.io/v1alpha1/namespaces/{namespace}/rollouts"


@dataclass(frozen=True)
class Placement:
    """An application in one environment."""

    cluster: Cluster
    team: str
    name: str
    environment: str
    states: str

    @property
    def namespace(self) -> str:
        """The environment's."""
        return names.namespace(self.team, self.environment)

    @property
    def delivered(self) -> str:
        """Its Application's name in Argo CD."""
        return names.delivered(self.team, self.name, self.environment)

    @property
    def path(self) -> str:
        """Of that Application."""
        return f"{ARGO_CD}/applications/{self.delivered}"

    def leave_off(self) -> bool:
        """Whether it is there. What Argo CD is at is given up: before that has ended it goes on to nothing else, not even a removal.

        What it waits for may never come: an Ingress without an edge, an object that a quota refuses and that it tries again.
        """
        found = self.cluster.get(self.path)
        if found is None:
            return False
        under_way = found.get("status", {}).get("operationState", {}).get("phase") == "Running"
        if under_way and "operation" in found:
            self.cluster.change_as_read(self.path, found, {"status": {"operationState": {"phase": "Terminating"}}})
        return True

    @property
    def rollout(self) -> Json | None:
        """As the controller of Rollouts left it."""
        return self.cluster.get(f"{rollouts(self.namespace)}/{self.name}")

    @property
    def serving(self) -> dict[str, Any] | None:
        """The revision that passed last."""
        found = self.cluster.get(self.path) or {}
        text = found.get("metadata", {}).get("annotations", {}).get(SERVING)
        return json.loads(text) if text else None

    @property
    def desired(self) -> Mapping[str, Any]:
        """`serving`: its number, or None."""
        serving = self.serving
        return {"serving": serving["revision"] if serving else None}

    @property
    def seen(self) -> Mapping[str, Any]:
        """Whether it does."""
        serving = self.serving
        if serving is None:
            return {"backends": {}}
        phase = (self.rollout or {}).get("status", {}).get("phase")
        return {"backends": {str(serving["revision"]): {"state": "up" if phase == "Healthy" else "down"}}}

    @property
    def settled(self) -> bool:
        """Whether the Rollout is what passed last: a step that was killed may have left what nobody waited for."""
        serving = self.serving
        if serving is None:
            return True
        annotations = (self.rollout or {}).get("metadata", {}).get("annotations", {})
        return bool(annotations.get(names.LABEL_REQUEST) == serving["request"])

    def revision(self, number: int | None) -> dict[str, Any] | None:
        """Only what serves is kept: what served before is deployed by its digest."""
        serving = self.serving
        return serving if serving and serving["revision"] == number else None

    @property
    def settings(self) -> dict[str, Any]:
        """Those that serve, or will with the first version."""
        serving = self.serving
        if serving:
            found: dict[str, Any] = serving["settings"]
            return found
        return self.numbered_settings(self.newest_settings) or {"number": 0, "values": {}, "secrets": {}}

    @property
    def newest_settings(self) -> int:
        """Their number, whether they ever served or not."""
        return max((settings["number"] for settings in self._all_settings()), default=0)

    def numbered_settings(self, number: int) -> dict[str, Any] | None:
        """As they were written."""
        found = self.cluster.get(f"{configs(self.states)}/{self.delivered}.{number}")
        return _document(found) if found else None

    def settings_of(self, request: str) -> dict[str, Any] | None:
        """Those that this run wrote."""
        return next((each for each in self._all_settings() if each["request"] == request), None)

    def add_settings(self, settings: Mapping[str, Any]) -> int:
        """Under a new number; writing those of the same run again changes nothing."""
        if found := self.settings_of(str(settings["request"])):
            return int(found["number"])
        number = self.newest_settings + 1
        kept = record(self.states, f"{self.delivered}.{number}", self.team, self.name, {**settings, "number": number})
        kept["metadata"]["labels"][_LABEL_ENVIRONMENT] = self.environment
        self.cluster.create(configs(self.states), kept)
        return number

    def _all_settings(self) -> list[dict[str, Any]]:
        labels = {**labelled(self.team, self.name), _LABEL_ENVIRONMENT: self.environment}
        return [_document(each) for each in self.cluster.listed(configs(self.states), labels)]


@dataclass(frozen=True)
class Application:
    """One application."""

    cluster: Cluster
    repository: Repository
    team: str
    name: str
    states: str
    scratch: Path

    @property
    def project(self) -> str:
        """Its AppProject's name, and its record's."""
        return names.project(self.team, self.name)

    @property
    def record(self) -> dict[str, Any] | None:
        """As it was registered."""
        found = self.cluster.get(f"{configs(self.states)}/{self.project}")
        return _document(found) if found else None

    @property
    def exists(self) -> bool:
        """Whether there is anything to remove."""
        return self.record is not None or bool(self.placements) or bool(self.images)

    @property
    def images(self) -> int:
        """How many there are."""
        return sum(1 for tag in self.repository.tags() if _COMMIT.fullmatch(tag))

    @property
    def placements(self) -> dict[str, Placement]:
        """Those that are there."""
        found = self.cluster.listed(f"{ARGO_CD}/applications", labelled(self.team, self.name))
        environments = [each["metadata"]["name"].removeprefix(f"{self.project}.") for each in found]
        return {environment: self.placement(environment) for environment in sorted(environments)}

    def placement(self, environment: str) -> Placement:
        """There or not."""
        return Placement(self.cluster, self.team, self.name, environment, self.states)

    def image(self, digest: str) -> dict[str, Any] | None:
        """Its digest, and what its labels say."""
        labels = self.repository.labels(digest)
        if labels is None:
            return None
        return {"digest": digest, "commit": labels.get(LABEL_REVISION, "unknown"), "labels": labels}

    def built(self, commit: str) -> dict[str, Any] | None:
        """The image that the commit became."""
        digest = self.repository.digest(commit)
        return self.image(digest) if digest else None

    @property
    def builds(self) -> list[str]:
        """The names of those that were asked of ACR Tasks."""
        found = self.cluster.listed(configs(self.states), {**labelled(self.team, self.name), _LABEL_BUILD: "true"})
        return sorted(each["metadata"]["name"] for each in found)

    def first_to_build(self, build: str, request: str) -> str:
        """The request that asked for this build first: this one, where nobody did before."""
        kept = record(self.states, build, self.team, self.name, {"request": request})
        kept["metadata"]["labels"][_LABEL_BUILD] = "true"
        if self.cluster.create(configs(self.states), kept):
            return request
        found = self.cluster.get(f"{configs(self.states)}/{build}")
        return str(_document(found)["request"]) if found else request

    def image_folder(self, digest: str) -> Path:
        """With the schema of settings that its commit brought, if any."""
        folder = self.scratch / digest.replace(":", "-")
        schema = (self.repository.labels(digest) or {}).get(LABEL_SCHEMA)
        if schema:
            (folder / "tree").mkdir(parents=True, exist_ok=True)
            (folder / "tree" / SCHEMA).write_text(schema, encoding="utf-8")
        return folder

    def forget(self) -> None:
        """All records of it."""
        for each in self.cluster.listed(configs(self.states), labelled(self.team, self.name)):
            self.cluster.delete(f"{configs(self.states)}/{each['metadata']['name']}")


def configs(namespace: str) -> str:
    """Path of a namespace's ConfigMaps."""
    return f"/api/v1/namespaces/{namespace}/configmaps"


def labelled(team: str, name: str) -> dict[str, str]:
    """By which all that belongs to an application is found."""
    return {names.LABEL_TEAM: team, names.LABEL_APPLICATION: name}


def record(namespace: str, name: str, team: str, application: str, document: places.Document) -> Json:
    """A document, as a ConfigMap."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": namespace, "labels": labelled(team, application)},
        "data": {"document": json.dumps(document, sort_keys=True)},
    }


def _document(config: Json) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(config["data"]["document"])
    return found
