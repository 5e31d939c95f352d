"""Registration: an AppProject and a record; undone, placements first, then images, then what says that they were there."""

import time
from typing import Final

from idp.applications import ApplicationRequest
from idp.errors import StepError
from idp.runner.delivery.cluster.manifests import app_project
from idp.runner.delivery.cluster.records import ARGO_CD, Application, configs, record
from idp.runner.delivery_settings import DeliverySettings

PREVIEW: Final = "-preview"
_END_SECONDS: Final = 300.0
_ROUND: Final = 1.0


def register(application: Application, request: ApplicationRequest, settings: DeliverySettings) -> None:
    """Where it may be deployed to; what serves goes on as it is until the next rollout."""
    if application.name.endswith(PREVIEW):
        message = (
            f"{application.name} ends in {PREVIEW}, as Services of candidates do on a cluster; choose another name."
        )
        raise StepError(message)
    environments = [each.environment for each in request.placements]
    # One that is no longer named goes on serving, and so goes on being allowed, until the application goes.
    wanted = sorted({*environments, *application.placements})
    project = app_project(application.team, application.name, wanted, settings)
    application.cluster.ensure(f"{ARGO_CD}/appprojects", project)
    document = request.model_dump(mode="json")
    kept = record(application.states, application.project, application.team, application.name, document)
    application.cluster.ensure(configs(application.states), kept)
    _log(f"Registered {request.repository} for {', '.join(environments)}")


def deregister(application: Application) -> None:
    """In this order: Argo CD needs the project to remove what it applied. Done again, it finds nothing to do."""
    for environment, placement in application.placements.items():
        application.cluster.delete(placement.path, propagation="Foreground")
        _wait_for_the_end(application, environment)
        _log(f"Nothing serves in {environment} any more")
    application.cluster.delete(f"{ARGO_CD}/appprojects/{application.project}")
    _log(f"{application.repository.remove()} images are removed")
    application.forget()
    _log("Its settings and its record are removed")


def _wait_for_the_end(application: Application, environment: str) -> None:
    placement, until = application.placement(environment), time.monotonic() + _END_SECONDS
    while placement.leave_off():
        if time.monotonic() > until:
            message = f"Argo CD did not remove what serves in {environment} within {_END_SECONDS:.0f} s; look at the Application {placement.delivered}, and ask again."
            raise StepError(message)
        time.sleep(_ROUND)


def _log(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - the step's log
