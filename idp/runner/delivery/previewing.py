"""What a delivery step would change: the text that an approver decides on. Changes nothing."""

import difflib
import json

from idp.applications import ApplicationRequest, Deployment, SettingsChange
from idp.runner.delivery import configuring
from idp.runner.delivery.building import image_of
from idp.runner.delivery.kept import KeptApplication
from idp.runner.delivery.revisions import difference, resettled, revision


def registration(application: KeptApplication, request: ApplicationRequest, *, undone: bool) -> tuple[int, str]:
    """How many changes, and which."""
    if undone:
        return _removal(application)
    before, after = application.record, request.model_dump(mode="json")
    if before == after:
        return 0, "The application is registered as asked."
    return 1, _as_diff(before, after, request.name)


def deployment(application: KeptApplication, request: Deployment, run: str) -> tuple[int, str]:
    """The difference between what serves and what would. Raises StepError where the image is named and not there."""
    placement = application.placement(request.environment)
    before = placement.revision(placement.desired["serving"])
    image = image_of(request, application)
    planned = image or {"commit": request.commit, "digest": "of an image that is to be built"}
    after = revision(planned, request.application, placement.settings, run)
    where = f"{request.team}/{request.name} in {request.environment}"
    text = difference(before, after, where)
    if not text and placement.settled:
        return 0, f"{where} is served as asked: {request.version} is {after['digest']}."
    built = "" if image else f"{request.commit} of {request.application.repository} is built first.\n"
    return 1, built + (text or f"{where} has something else than what passed last, which is asked for again.")


def settings(application: KeptApplication, request: SettingsChange, run: str) -> tuple[int, str]:
    """The difference in settings, number and all. Raises StepError where they may not be."""
    placement = application.placement(request.environment)
    before, after = placement.settings, configuring.planned(application, request)
    where = f"{request.team}/{request.name} in {request.environment}"
    if {name: before[name] for name in after} == after:
        return 0, f"{where} has these settings: {before['number']}."
    number = placement.newest_settings + 1
    shown = placement.revision(placement.desired["serving"]) or {"settings": before}
    return 1, difference(shown, resettled(shown, {**after, "number": number}, run), where)


def drift(application: KeptApplication, request: ApplicationRequest, *, tended: bool) -> tuple[int, str]:
    """What is not as it was registered, or does not serve though it should."""
    changes, text = registration(application, request, undone=False)
    found = [text] if changes else []
    for environment, placement in application.placements.items():
        wanted, seen = placement.desired["serving"], placement.seen
        backend = seen["backends"].get(str(wanted), {})
        if wanted is not None and not (tended and backend.get("state") == "up"):
            found.append(f"Revision {wanted} does not serve in {environment}.")
        elif not placement.settled:
            found.append(f"Something else than revision {wanted}, which passed last, is in {environment}.")
    return len(found), "\n".join(found)


def _removal(application: KeptApplication) -> tuple[int, str]:
    if not application.exists:
        return 0, "There is nothing to remove."
    served = ", ".join(application.placements) or "none"
    return 1, f"All of it goes: {application.images} images, and what serves in these environments: {served}."


def _as_diff(before: dict[str, object] | None, after: dict[str, object], name: str) -> str:
    old = [] if before is None else json.dumps(before, indent=2, sort_keys=True).splitlines()
    new = json.dumps(after, indent=2, sort_keys=True).splitlines()
    return "\n".join(difflib.unified_diff(old, new, f"{name} as it is", f"{name} as asked", lineterm=""))
