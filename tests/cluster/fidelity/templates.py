"""The rendered templates, fit for the table's runs: another namespace and image, and deadlines cut short where a row says so."""

import copy
from pathlib import Path
from typing import Any

import yaml

from tests.cluster.fidelity.table import Case

Manifest = dict[str, Any]

RENDERED = Path(__file__).parents[3] / "manifests"


def rendered(file: str) -> list[Manifest]:
    """The objects of one file below manifests/."""
    return list(yaml.safe_load_all((RENDERED / file).read_text(encoding="utf-8")))


def template(case: Case, *, step_seconds: int, run_seconds: int) -> Manifest:
    """The capability's WorkflowTemplate; the one deadline that the row is about is shortened."""
    [whole] = rendered(f"runs/templates/{case.capability}.yaml")
    if case.what == "hangs":
        name = case.kinds[case.who].template
        inner = next(found for found in whole["spec"]["templates"] if found["name"] == name)
        assert inner["activeDeadlineSeconds"] > step_seconds
        inner["activeDeadlineSeconds"] = step_seconds
    elif case.what == "outlasts the run":
        whole["spec"]["activeDeadlineSeconds"] = run_seconds
    return whole


def elsewhere(manifest: Manifest, namespace: str) -> Manifest:
    """The object in another namespace."""
    moved = copy.deepcopy(manifest)
    moved["metadata"]["namespace"] = namespace
    for subject in moved.get("subjects", []):
        subject["namespace"] = namespace
    return moved


def with_image(whole: Manifest, image: str) -> Manifest:
    """The WorkflowTemplate with another image in every step."""
    changed = copy.deepcopy(whole)
    for found in changed["spec"]["templates"]:
        if "container" in found:
            found["container"]["image"] = image
    return changed
