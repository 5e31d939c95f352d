"""Rollout: the chart's values become those of the new revision; then Argo CD, and the Rollout, are waited for.

Users reach a version only after its analysis: the Rollout itself sees to that. What is refused is taken back here, so
that what is asked for is again what serves.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from idp import names
from idp.errors import StepError
from idp.runner import tools
from idp.runner.assignment import Assignment
from idp.runner.delivery.cluster.client import Json
from idp.runner.delivery.cluster.manifests import argo_application, chart_values
from idp.runner.delivery.cluster.records import ARGO_CD, SERVING, Placement
from idp.runner.delivery.rolling import RejectedError
from idp.runner.delivery_settings import DeliverySettings

SYNC_SECONDS: Final = 300.0
"""In which Argo CD must have applied it."""
ANALYSIS_SECONDS: Final = 300.0
"""Beside the time in which it must be ready."""
_ROUND: Final = 1.0
_LINES: Final = 400
"""Characters of what a pod said, in an error."""


@dataclass
class Rollout:
    """One revision of one placement. `image`: by digest. `runner`: the image that analyses run in."""

    placement: Placement
    revision: dict[str, Any]
    image: str
    runner: str
    domain: str
    settings: DeliverySettings
    workload_identity: bool = False
    seconds: dict[str, float] = field(default_factory=dict)

    def roll_out(self) -> dict[str, Any]:
        """The outputs of the step. Raises StepError where the old one goes on serving, with what was seen."""
        before = self.placement.serving
        self.revision["revision"] = (before["revision"] if before else 0) + 1
        _log(
            f"Revision {self.revision['revision']}: {self.revision['digest']}, settings {self.revision['settings']['number']}"
        )
        values = self._values(self.revision, before)
        self._refuse_anothers_host(values["host"])
        try:
            with self._timed("sync"):
                self._ask(values)
                self._wait(self._synced, SYNC_SECONDS)
            with self._timed("rollout"):
                patience = self.revision["application"]["ready_seconds"] + ANALYSIS_SECONDS
                self._wait(self._rolled_out, patience)
        except BaseException as error:
            self._back(before, error)
            raise
        serving = {**self.revision, "image": self.image}
        self.placement.cluster.change(
            self.placement.path, {"metadata": {"annotations": {SERVING: json.dumps(serving, sort_keys=True)}}}
        )
        url = f"https://{values['host']}"
        _log(f"{url} is served by revision {self.revision['revision']}")
        return {
            "url": url,
            "service": f"http://{self.placement.name}.{self.placement.namespace}.svc",
            "digest": self.revision["digest"],
            "commit": self.revision["commit"],
            "revision": self.revision["revision"],
            "settings": self.revision["settings"],
        }

    def _values(self, revision: Mapping[str, Any], before: Mapping[str, Any] | None) -> dict[str, Any]:
        image = str(revision.get("image", self.image))
        return chart_values(
            self.placement,
            revision,
            before,
            image=image,
            runner=self.runner,
            domain=self.domain,
            workload_identity=self.workload_identity,
        )

    def _refuse_anothers_host(self, host: str) -> None:
        """Of the team's, whose name all its hosts end with. Raises StepError."""
        for other in self.placement.cluster.listed(f"{ARGO_CD}/applications", {names.LABEL_TEAM: self.placement.team}):
            name, values = other["metadata"]["name"], json.loads(other["spec"]["source"]["helm"]["values"])
            if name != self.placement.delivered and values["host"] == host:
                message = f"{host} is the address of {name} already; give one of the applications another `host`."
                raise StepError(message)

    def _ask(self, values: Mapping[str, Any]) -> None:
        self._wait(self._nothing_goes, SYNC_SECONDS)
        self.placement.leave_off()
        wanted = argo_application(self.placement, values, self.settings)
        self.placement.cluster.ensure(f"{ARGO_CD}/applications", wanted)

    def _nothing_goes(self) -> bool:
        """What is asked of an Application that is being removed would go with it."""
        found = self.placement.cluster.get(self.placement.path)
        if found is None or "deletionTimestamp" not in found["metadata"]:
            return True
        self.placement.leave_off()
        self._seen = "what was here before is still being removed"
        return False

    def _synced(self) -> bool:
        """Argo CD has applied these values: the Rollout is what this run asked for. Raises RejectedError."""
        rollout = self.placement.rollout
        if rollout and _asked_by(rollout) == self.revision["request"]:
            return True
        status = (self.placement.cluster.get(self.placement.path) or {}).get("status", {})
        errors = [each["message"] for each in status.get("conditions", []) if each["type"].endswith("Error")]
        self._seen = "; ".join(errors) or f"Argo CD: {status.get('sync', {}).get('status', 'has not looked yet')}"
        operation = status.get("operationState", {})
        if operation.get("phase") == "Failed" and errors and self._is_of_this_run(operation):
            message = f"Argo CD could not apply it: {self._seen}; what served before goes on serving."
            raise RejectedError(message)
        return False

    def _is_of_this_run(self, operation: Json) -> bool:
        """Not of the values before, which may be what Argo CD tells of until it has looked."""
        values = operation.get("syncResult", {}).get("source", {}).get("helm", {}).get("values")
        return values is None or json.loads(values)["request"] == self.revision["request"]

    def _rolled_out(self) -> bool:
        """The Rollout serves this revision, all of it. Raises RejectedError where it was given up."""
        rollout = self.placement.rollout or {}
        status = rollout.get("status", {})
        # A string in Rollouts. Until it is current, the status is that of the revision before.
        if status.get("observedGeneration") != str(rollout.get("metadata", {}).get("generation")):
            return False
        phase = status.get("phase")
        self._seen = f"{phase}: {status.get('message', '')}".rstrip(": ")
        if phase == "Degraded":
            why = self._why(status)
            message = f"The new version was given up: {why}; what served before goes on serving."
            raise RejectedError(message)
        return bool(phase == "Healthy" and status.get("stableRS") == status.get("currentPodHash"))

    def _why(self, status: Json) -> str:
        """What the analysis found, else what the Rollout says."""
        path = f"/apis/argoproj.io/v1alpha1/namespaces/{self.placement.namespace}/analysisruns"
        runs = self.placement.cluster.listed(path, {"rollouts-pod-template-hash": str(status.get("currentPodHash"))})
        for run in runs:
            found = run.get("status", {})
            if found.get("phase") in {"Failed", "Error"}:
                return " ".join([str(found.get("message", "its analysis failed")), *self._answers(found)])
        return str(status.get("message") or "it is Degraded")

    def _answers(self, status: Json) -> Iterator[str]:
        """Last words of the analysis's own pods, as the cluster keeps them."""
        for metric in status.get("metricResults", []):
            for measured in metric.get("measurements", []):
                job = measured.get("metadata", {}).get("job-name")
                pods = f"/api/v1/namespaces/{self.placement.namespace}/pods"
                for pod in self.placement.cluster.listed(pods, {"job-name": job}) if job else []:
                    for container in pod["status"].get("containerStatuses", []):
                        said = container.get("state", {}).get("terminated", {}).get("message", "")
                        if said:
                            yield f"({said.strip()[-_LINES:]})"

    def _back(self, before: dict[str, Any] | None, error: BaseException) -> None:
        """What served is asked for again, or nothing where nothing did. Said first: this may be the last that we do."""
        _log(f"Aborted: {error}")
        if before is None:
            self.placement.cluster.delete(self.placement.path)
            return
        self._ask(self._values(before, None))

    def _wait(self, seen: Callable[[], bool], seconds: float) -> None:
        self._seen = "nothing yet"
        until = time.monotonic() + seconds
        while not seen():
            if time.monotonic() > until:
                message = (
                    f"Not done within {seconds:.0f} s, last seen: {self._seen}; what served before goes on serving."
                )
                raise RejectedError(message)
            time.sleep(_ROUND)

    @contextmanager
    def _timed(self, part: str) -> Iterator[None]:
        begun = time.monotonic()
        try:
            yield
        finally:
            self.seconds[part] = round(time.monotonic() - begun, 3)


def _asked_by(rollout: Json) -> str | None:
    """The run whose values Argo CD has applied."""
    found: str | None = rollout["metadata"].get("annotations", {}).get(names.LABEL_REQUEST)
    return found


def rolled_out(assigned: Assignment, rollout: Rollout, built: Mapping[str, Any]) -> None:
    """Writes out/outputs: url, service, digest, commit, revision, settings, and the seconds of each part."""
    if assigned.request.name != rollout.placement.name:
        message = "A rollout is of the application that the request names."
        raise StepError(message)
    outputs = rollout.roll_out()
    build = {"build": built["seconds"]} if built.get("built") else {}
    outputs["seconds"] = build | rollout.seconds
    tools.left(assigned.work, {names.OUTPUT_OUTPUTS: json.dumps(outputs)})


def _log(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - the step's log
