"""The runner's word `deliver`, and what look and inspect say of such steps."""

import json
from pathlib import Path
from typing import Any, Final, Literal

from idp.applications import ApplicationRequest, Deployment, SettingsChange
from idp.capability import Capability
from idp.errors import NotFoundError, StepError
from idp.runner.assignment import Assignment
from idp.runner.delivery import configuring, places, previewing, registering
from idp.runner.delivery.building import build, image_of
from idp.runner.delivery.cluster import carrying_out as on_the_cluster
from idp.runner.delivery.kept import KeptApplication
from idp.runner.delivery.revisions import resettled, revision
from idp.runner.delivery.rolling import Rollout, rolled_out
from idp.runner.processes import Processes
from idp.steps import DELIVERY, Build, Delivery, Registration, Settings
from idp.steps import Rollout as RolloutStep

_CLUSTERS: Final = frozenset({"kubernetes", "azure"})
"""The targets whose cluster serves."""


def delivers(capability: Capability) -> bool:
    """Whether its steps are carried out here."""
    return isinstance(capability.steps[0], DELIVERY)


def previewed(assigned: Assignment, *, undone: bool) -> tuple[int, str]:
    """How many changes the steps would make, and which. Raises StepError."""
    application = _kept(assigned)
    if isinstance(assigned.request, ApplicationRequest):
        return previewing.registration(application, assigned.request, undone=undone)
    if isinstance(assigned.request, SettingsChange):
        return previewing.settings(application, assigned.request, assigned.settings.run)
    return previewing.deployment(application, _deployment(assigned), assigned.settings.run)


def inspected(assigned: Assignment) -> tuple[int, str]:
    """What is not as it was asked for."""
    if assigned.target.name in _CLUSTERS:
        return previewing.drift(_kept(assigned), _application(assigned), tended=True)
    world, application = _places(assigned)
    return previewing.drift(application, _application(assigned), tended=world.is_tended())


def carried_out(
    assigned: Assignment, step_name: str, state: Literal["present", "absent"], processes: Processes
) -> None:
    """One step, once it is permitted. Raises StepError, NotFoundError."""
    step = _step(assigned.capability, step_name)
    if assigned.target.name in _CLUSTERS:
        on_the_cluster.carried_out(assigned, step, state, on_the_cluster.application(assigned))
        return
    world, application = _places(assigned)
    match step:
        case Registration() if state == "present":
            registering.register(application, _application(assigned))
        case Registration():
            registering.deregister(world, application)
        case Settings():
            configuring.configure(application, _change(assigned), assigned.settings.run)
        case Build():
            build(assigned, _deployment(assigned), application, processes)
        case RolloutStep():
            _roll_out(assigned, world, application)


def _roll_out(assigned: Assignment, world: places.World, application: places.Application) -> None:
    if isinstance(assigned.request, SettingsChange):
        _roll_out_settings(assigned, assigned.request, world, application)
        return
    deployment = _deployment(assigned)
    built = _built(assigned.settings.built)
    image = application.image(str(built.get("digest", ""))) or image_of(deployment, application)
    if image is None:
        message = f"There is no image of {deployment.commit}: the step before builds it; ask again."
        raise StepError(message)
    placement = application.placement(deployment.environment)
    planned = revision(image, deployment.application, placement.settings, assigned.settings.run)
    rolled_out(assigned, Rollout(world, placement, planned), built)


def _roll_out_settings(
    assigned: Assignment, change: SettingsChange, world: places.World, application: places.Application
) -> None:
    placement = application.placement(change.environment)
    settings = placement.settings_of(assigned.settings.run)
    if settings is None:
        message = "The settings that the step before wrote are not there; ask again."
        raise StepError(message)
    before = placement.revision(placement.desired["serving"])
    if before is None:
        configuring.left_for_later(assigned, settings)
        return
    rolled_out(assigned, Rollout(world, placement, resettled(before, settings, assigned.settings.run)), {})


def _change(assigned: Assignment) -> SettingsChange:
    if not isinstance(assigned.request, SettingsChange):
        message = f"Settings is a step of settings; {assigned.capability.name} carries no SettingsChange."
        raise StepError(message)
    return assigned.request


def _kept(assigned: Assignment) -> KeptApplication:
    return on_the_cluster.application(assigned) if assigned.target.name in _CLUSTERS else _places(assigned)[1]


def _places(assigned: Assignment) -> tuple[places.World, places.Application]:
    world = places.World(Path(assigned.target.variables["world_folder"]))
    return world, world.application(assigned.request.team, assigned.request.name)


def _application(assigned: Assignment) -> ApplicationRequest:
    if not isinstance(assigned.request, ApplicationRequest):
        message = f"Registration is a step of applications; {assigned.capability.name} is none of them."
        raise StepError(message)
    return assigned.request


def _deployment(assigned: Assignment) -> Deployment:
    if not isinstance(assigned.request, Deployment):
        message = f"Build and Rollout are steps of deployments; {assigned.capability.name} carries no Deployment."
        raise StepError(message)
    return assigned.request


def _step(capability: Capability, name: str) -> Delivery:
    for step in capability.steps:
        if step.name == name and isinstance(step, DELIVERY):
            return step
    message = f"Capability {capability.name} has no step {name!r} that delivers; it has {', '.join(s.name for s in capability.steps)}."
    raise NotFoundError(message)


def _built(text: str) -> dict[str, Any]:
    """What the build handed on."""
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        message = "IDP_BUILT is no JSON object; it must be what the build wrote."
        raise StepError(message)
    return found
