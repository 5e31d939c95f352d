"""Settings of a placement: numbered, validated by the schema that the served version brings, true with the next rollout."""

import json
from collections.abc import Mapping
from typing import Any, Final

from idp import names
from idp.applications import SettingsChange
from idp.errors import StepError
from idp.runner import tools
from idp.runner.assignment import Assignment
from idp.runner.delivery import schemas
from idp.runner.delivery.kept import KeptApplication, KeptPlacement

SCHEMA: Final = "settings.schema.json"
"""In the root of a repository that brings one."""


def planned(application: KeptApplication, change: SettingsChange) -> dict[str, Any]:
    """The settings as they would be. Raises StepError for a number that never was, and for what the schema refuses."""
    placement = application.placement(change.environment)
    base = _base(placement, change)
    values = _merged(base["values"], change.settings, [*change.remove, *change.secrets])
    secrets = _merged(base["secrets"], change.secrets, [*change.remove, *change.settings])
    revision = placement.revision(placement.desired["serving"])
    if revision:
        file = application.image_folder(revision["digest"]) / "tree" / SCHEMA
        schemas.refuse_misfits(file, values, secrets)
    return {"values": values, "secrets": secrets}


def configure(application: KeptApplication, change: SettingsChange, run: str) -> int:
    """Write them; the rollout of the same run takes them up. Their number."""
    placement = application.placement(change.environment)
    number = placement.add_settings({**planned(application, change), "request": run})
    print(f"Settings {number}: {json.dumps(placement.numbered_settings(number))}", flush=True)  # noqa: T201 - the step's log
    return number


def left_for_later(assigned: Assignment, settings: Mapping[str, Any]) -> None:
    """Where nothing serves yet: out/outputs has the settings alone."""
    outputs = {"settings": {name: settings[name] for name in ("number", "values", "secrets")}}
    tools.left(assigned.work, {names.OUTPUT_OUTPUTS: json.dumps(outputs)})
    print("Nothing serves yet; the first version will with these settings.", flush=True)  # noqa: T201 - the step's log


def _base(placement: KeptPlacement, change: SettingsChange) -> dict[str, Any]:
    if change.back_to is None:
        return placement.settings
    found = placement.numbered_settings(change.back_to)
    if found is None:
        message = (
            f"There are no settings {change.back_to} of {change.name} in {change.environment};"
            f" the newest are {placement.newest_settings}."
        )
        raise StepError(message)
    return found


def _merged(before: Mapping[str, str], new: Mapping[str, str], gone: list[str]) -> dict[str, str]:
    kept = {name: value for name, value in before.items() if name not in gone}
    return dict(sorted({**kept, **new}.items()))
