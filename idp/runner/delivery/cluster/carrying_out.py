"""The steps of applications on a cluster, each by its name."""

from typing import Any, Literal

from idp import names
from idp.applications import ApplicationRequest, Deployment, SettingsChange
from idp.errors import StepError
from idp.runner import tools
from idp.runner.assignment import Assignment
from idp.runner.delivery import configuring
from idp.runner.delivery.building import image_of
from idp.runner.delivery.cluster import registering
from idp.runner.delivery.cluster.building import build, forget
from idp.runner.delivery.cluster.client import cluster
from idp.runner.delivery.cluster.records import Application
from idp.runner.delivery.cluster.rolling import Rollout, rolled_out
from idp.runner.delivery.cluster.signing_in import repository
from idp.runner.delivery.revisions import resettled, revision
from idp.runner.delivery_settings import DeliverySettings
from idp.steps import Build, Delivery, Registration, Settings


def application(assigned: Assignment) -> Application:
    """That of the request. Raises StepError where the cluster is not told how to deliver."""
    told, request = settings(assigned), assigned.request
    return Application(
        cluster=cluster(assigned.target.environment.get("K8S_AUTH_KUBECONFIG")),
        repository=repository(told.registry, f"{request.team}/{request.name}"),
        team=request.team,
        name=request.name,
        states=assigned.target.backend.get("namespace", names.NAMESPACE_STATE),
        scratch=assigned.work / "images",
    )


def settings(assigned: Assignment) -> DeliverySettings:
    """Raises StepError."""
    if assigned.target.delivery is None:
        message = (
            "Applications are not delivered by this installation: set the member `delivery` of IDP_TARGET_SETTINGS"
            " (docs/guides/from-a-repository-to-production.md)."
        )
        raise StepError(message)
    return assigned.target.delivery


def carried_out(assigned: Assignment, step: Delivery, state: Literal["present", "absent"], found: Application) -> None:
    """One step, once it is permitted. Raises StepError."""
    told, request = settings(assigned), assigned.request
    if isinstance(step, Registration) and state == "absent":
        forget(found, told)
        registering.deregister(found)
    elif isinstance(step, Registration) and isinstance(request, ApplicationRequest):
        registering.register(found, request, told)
    elif isinstance(step, Settings) and isinstance(request, SettingsChange):
        configuring.configure(found, request, assigned.settings.run)
    elif isinstance(step, Build) and isinstance(request, Deployment):
        build(assigned, request, found, told)
    elif isinstance(request, (Deployment, SettingsChange)):
        _roll_out(assigned, request, found, told)
    else:
        message = f"{step.name} is no step for what {assigned.capability.name} carries."
        raise StepError(message)


def _roll_out(
    assigned: Assignment, request: Deployment | SettingsChange, found: Application, told: DeliverySettings
) -> None:
    placement, run = found.placement(request.environment), assigned.settings.run
    built: dict[str, Any] = {}
    if isinstance(request, Deployment):
        built = tools.outputs_given(assigned.settings.built)
        image = found.image(str(built["digest"])) if "digest" in built else image_of(request, found)
        if image is None:
            message = f"There is no image of {request.commit}: the step before builds it; ask again."
            raise StepError(message)
        planned = revision(image, request.application, placement.settings, run)
    else:
        wanted, before = placement.settings_of(run), placement.serving
        if wanted is None:
            message = "The settings that the step before wrote are not there; ask again."
            raise StepError(message)
        if before is None:
            configuring.left_for_later(assigned, wanted)
            return
        planned = resettled(before, wanted, run)
    by_digest = f"{told.registry.name}/{found.team}/{found.name}@{planned['digest']}"
    runner, identity = assigned.settings.image, assigned.target.workload_identity
    rollout = Rollout(placement, planned, by_digest, runner, assigned.domain, told, identity)
    rolled_out(assigned, rollout, built)
