"""Build: a Job, or ACR Tasks, makes the commit's image, each commit once, and its log is the step's."""

import json
import time
from typing import Any, Final

from idp import names
from idp.applications import Deployment
from idp.errors import StepError
from idp.runner import tools
from idp.runner.assignment import Assignment
from idp.runner.delivery.building import image_of
from idp.runner.delivery.cluster import tasks
from idp.runner.delivery.cluster.client import Cluster, Json
from idp.runner.delivery.cluster.manifests import BUILD_SECONDS, build_job, build_name
from idp.runner.delivery.cluster.records import Application
from idp.runner.delivery_settings import AzureRegistry, DeliverySettings

_JOBS: Final = f"/apis/batch/v1/namespaces/{names.NAMESPACE_BUILDS}/jobs"
_PODS: Final = f"/api/v1/namespaces/{names.NAMESPACE_BUILDS}/pods"
_ROUND: Final = 0.5
_GRACE: Final = 60.0
"""Seconds after the Job's own deadline in which it must say how it ended."""

EXITS: Final = {
    10: "{commit} of {repository} could not be fetched",
    11: "There is no {dockerfile} in this commit; name the right file in the application",
    12: "{dockerfile} does not build: the log says why",
    13: "The image was built, and the registry did not take it",
    14: "The image was built, and what it is made of could not be read",
}
"""What the builder's exit codes say: infra/images/builder/build-image."""


def build(assigned: Assignment, deployment: Deployment, application: Application, settings: DeliverySettings) -> None:
    """Writes out/image: digest, commit, whether it was built now, and the seconds it took. Raises StepError."""
    begun = time.monotonic()
    image, now = image_of(deployment, application), False
    if image is None:
        _built(assigned, deployment, application, settings)
        image, now = application.built(str(deployment.commit)), True
    if image is None:
        message = f"The build of {deployment.commit} succeeded and its image is not in the registry; ask again."
        raise StepError(message)
    seconds = round(time.monotonic() - begun, 3)
    said = {"digest": image["digest"], "commit": image["commit"], "built": now, "seconds": seconds}
    tools.left(assigned.work, {names.OUTPUT_IMAGE: json.dumps(said)})
    _log(f"{image['digest']} of {image['commit']}" + ("" if now else ", built before"))


def forget(application: Application, settings: DeliverySettings) -> None:
    """What is left of builds beside their images: Jobs go by themselves. Raises StepError."""
    if isinstance(settings.registry, AzureRegistry):
        builds = application.builds
        if builds:
            service = tasks.service(settings.registry)
            for name in builds:
                service.forget(name)
        _log(f"Builds that are forgotten: {len(builds)}")


def _built(assigned: Assignment, deployment: Deployment, application: Application, settings: DeliverySettings) -> None:
    """Raises StepError with what it failed at."""
    why: str | None
    if isinstance(settings.registry, AzureRegistry):
        why = _by_tasks(assigned, deployment, application, settings.registry, settings.builder)
    else:
        why = _by_job(assigned, deployment, application, settings)
    if why is not None:
        told = {
            "commit": str(deployment.commit),
            "repository": deployment.application.repository,
            "dockerfile": deployment.application.dockerfile,
        }
        message = f"{why.format(**told)}; no image was made, and what serves goes on serving."
        raise StepError(message)


def _by_tasks(
    assigned: Assignment, deployment: Deployment, application: Application, registry: AzureRegistry, builder: str
) -> str | None:
    """Why not, None where it succeeded. Whoever asks for the commit first has its request on the image."""
    commit = str(deployment.commit)
    name = build_name(deployment.team, deployment.name, commit)
    order = tasks.Order(
        team=deployment.team,
        application=deployment.name,
        repository=deployment.application.repository,
        dockerfile=deployment.application.dockerfile,
        commit=commit,
        request=application.first_to_build(name, assigned.settings.run),
        builder=builder,
    )
    ended = tasks.service(registry).build(name, order, lambda: application.built(commit) is not None)
    if ended.succeeded:
        return None
    return EXITS[ended.code] if ended.code in EXITS else _without_braces(f"The build failed: {ended.said}")


def _by_job(
    assigned: Assignment, deployment: Deployment, application: Application, settings: DeliverySettings
) -> str | None:
    """Why not, None where it succeeded; by a Job of ours, or by one that another run has started for the same commit."""
    cluster, commit = application.cluster, str(deployment.commit)
    name = build_name(deployment.team, deployment.name, commit)
    before = cluster.get(f"{_JOBS}/{name}")
    if before and _end(before):
        if application.built(commit) is not None:  # another run's, since we looked
            return None
        _forget(cluster, name, before)
    job = build_job(
        team=deployment.team,
        application=deployment.name,
        repository=deployment.application.repository,
        dockerfile=deployment.application.dockerfile,
        commit=commit,
        request=assigned.settings.run,
        settings=settings,
    )
    _log(f"Build {name} of {commit} " + ("started" if cluster.create(_JOBS, job) else "is under way already"))
    pod = _started(cluster, name)
    if pod:
        for line in cluster.log(f"{_PODS}/{pod}/log?container=build&follow=true"):
            _log(line)
    return None if _ended(cluster, name) else _why(cluster, name)


def _forget(cluster: Cluster, name: str, before: Json) -> None:
    """One that ended without an image is done again, its pods gone first. Another run may have done so already."""
    cluster.delete_as_read(f"{_JOBS}/{name}", before, propagation="Foreground")

    def look() -> bool | None:
        job = cluster.get(f"{_JOBS}/{name}")
        return job is None or job["metadata"]["uid"] != before["metadata"]["uid"] or None

    _until(look, _GRACE, f"the build {name} before to be gone")


def _started(cluster: Cluster, name: str) -> str | None:
    """The name of its pod once that has a log; None where the Job ended without."""

    def look() -> str | None:
        for pod in cluster.listed(_PODS, {"job-name": name}):
            if pod["status"].get("phase") in {"Running", "Succeeded", "Failed"}:
                found: str = pod["metadata"]["name"]
                return found
        job = cluster.get(f"{_JOBS}/{name}")
        return "" if job is None or _end(job) else None

    return _until(look, BUILD_SECONDS + _GRACE, f"the pod of build {name}") or None


def _ended(cluster: Cluster, name: str) -> bool:
    """Whether it succeeded."""

    def look() -> str | None:
        job = cluster.get(f"{_JOBS}/{name}")
        return "gone" if job is None else _end(job)

    found: str = _until(look, BUILD_SECONDS + _GRACE, f"build {name}")
    return found == "Complete"


def _end(job: Json) -> str | None:
    """`Complete` or `Failed`; None while it runs."""
    for condition in job.get("status", {}).get("conditions", []):
        if condition["type"] in {"Complete", "Failed"} and condition["status"] == "True":
            found: str = condition["type"]
            return found
    return None


def _why(cluster: Cluster, name: str) -> str:
    """By the builder's exit code, else by what the Job says."""
    for pod in cluster.listed(_PODS, {"job-name": name}):
        for status in pod["status"].get("containerStatuses", []):
            code = status.get("state", {}).get("terminated", {}).get("exitCode")
            if code in EXITS:
                return EXITS[code]
    job = cluster.get(f"{_JOBS}/{name}")
    conditions = job.get("status", {}).get("conditions", []) if job else []
    said = [each.get("message", "") for each in conditions if each["type"] == "Failed"]
    return _without_braces(f"The build failed: {' '.join(said) or 'its Job is gone'}")


def _without_braces(text: str) -> str:
    """They would be taken for a name's."""
    return text.replace("{", "(").replace("}", ")")


def _until(look: Any, seconds: float, what: str) -> Any:
    until = time.monotonic() + seconds
    while (found := look()) is None:
        if time.monotonic() > until:
            message = (
                f"Waited {seconds:.0f} s in vain for {what}; look at it in {names.NAMESPACE_BUILDS}, and ask again."
            )
            raise StepError(message)
        time.sleep(_ROUND)
    return found


def _log(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - the step's log
