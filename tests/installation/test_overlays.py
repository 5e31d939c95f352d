"""What is written by hand beside the rendered manifests fits them."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from idp import names
from idp.catalog import CATALOG
from idp.render.objects import objects
from idp.settings import ServerSettings
from tests.installation.schemas import errors

ROOT = Path(__file__).parents[2]
FOLDERS = [ROOT / "infra/argo", ROOT / "infra/overlays/azure", *sorted((ROOT / "tests/cluster/overlays").iterdir())]
RENDERED = [thing for group in objects(CATALOG, "idp.catalog:CATALOG").values() for thing in group]

Object = dict[str, Any]


def identity(thing: Object) -> tuple[str, str, str]:
    metadata = thing.get("metadata", {})
    return thing["kind"], metadata.get("namespace", ""), metadata.get("name", "")


BY_IDENTITY = {identity(thing): thing for thing in RENDERED}


def read(file: Path) -> list[Object]:
    return list(yaml.safe_load_all(file.read_text()))


def kustomization(folder: Path) -> Object:
    (found,) = read(folder / "kustomization.yaml")
    return dict(found)


def added(folder: Path) -> list[Object]:
    """Objects that are not in manifests/."""
    return [
        thing
        for resource in kustomization(folder)["resources"]
        if resource.endswith(".yaml")
        for thing in read(folder / resource)
    ]


def patches(folder: Path) -> list[Object]:
    """Parts of objects that are there."""
    found = kustomization(folder).get("patches", [])
    texts = [
        (folder / each["path"]).read_text() if "path" in each else each["patch"]
        for each in found
        if "target" not in each
    ]
    return [thing for text in texts for thing in yaml.safe_load_all(text)]


PATCHES = [(folder.name, thing) for folder in FOLDERS for thing in patches(folder)]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_file_of_an_overlay_is_used(folder: Path) -> None:
    found = kustomization(folder)
    used = {*found["resources"], *(each["path"] for each in found.get("patches", []) if "path" in each)}

    assert {file.name for file in folder.glob("*.yaml")} - {"kustomization.yaml"} == {
        each for each in used if each.endswith(".yaml")
    }


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_what_an_overlay_adds_satisfies_its_schema(folder: Path) -> None:
    found = [error for thing in added(folder) for error in errors(thing)]
    if folder.name == "argo":  # parts of objects that are there already, applied by the server
        found = [error for error in found if "is a required property" not in error]

    assert found == []


@pytest.mark.parametrize(("overlay", "patch"), PATCHES, ids=[f"{name}-{thing['kind']}" for name, thing in PATCHES])
def test_a_patch_changes_what_is_there(overlay: str, patch: Object) -> None:
    thing = BY_IDENTITY[identity(patch)]

    assert set(patch.get("data", {})) <= set(thing.get("data", {}))
    if patch["kind"] == "Deployment":
        (changed,), (there,) = (each["spec"]["template"]["spec"]["containers"] for each in (patch, thing))
        assert changed["name"] == there["name"]
        known = {f"IDP_{name.upper()}" for name in ServerSettings.model_fields}
        assert {each["name"] for each in changed["env"]} <= known | {each["name"] for each in there["env"]}
    assert overlay in ("azure", "one-node", "harness-applications"), "the others have none of their own"


def test_the_smaller_bus_is_the_same_but_for_its_size() -> None:
    (small,) = [thing for name, thing in PATCHES if thing["kind"] == "EventBus" and name == "one-node"]
    of_both = (each["spec"]["jetstream"]["streamConfig"] for each in (small, BY_IDENTITY[identity(small)]))
    small_stream, stream = (yaml.safe_load(each) for each in of_both)

    assert small_stream | {"replicas": 3, "maxBytes": stream["maxBytes"]} == stream
    assert small_stream["replicas"] == small["spec"]["jetstream"]["replicas"] == 1


def test_the_issuer_of_tests_runs_in_the_image_of_the_api() -> None:
    (deployment,) = [
        each
        for each in added(ROOT / "tests/cluster/overlays/one-node")
        if identity(each) == ("Deployment", "idp", "issuer")
    ]

    assert deployment["spec"]["template"]["spec"]["containers"][0]["image"] == CATALOG.images.api


def test_azure_has_a_certificate_for_the_host_of_the_ingress() -> None:
    (ingress,) = [thing for name, thing in PATCHES if name == "azure" and thing["kind"] == "Ingress"]

    assert ingress["spec"]["tls"] == [{"hosts": [names.host(names.API, CATALOG.domain)]}]


def test_azure_signs_in_to_its_ledger_by_identity_and_not_by_a_secret() -> None:
    (api,) = [thing for name, thing in PATCHES if name == "azure" and thing["kind"] == "Deployment"]
    template = api["spec"]["template"]

    assert template["metadata"]["labels"] == {"azure.workload.identity/use": "true"}
    assert {"name": "IDP_LEDGER_SIGN_IN", "value": "azure"} in template["spec"]["containers"][0]["env"]


def test_azure_gives_every_run_the_identity_of_its_steps() -> None:
    (patch,) = [
        yaml.safe_load(each["patch"])
        for each in kustomization(ROOT / "infra/overlays/azure")["patches"]
        if each.get("target") == {"kind": "WorkflowTemplate"}
    ]
    templates = [thing for thing in RENDERED if thing["kind"] == "WorkflowTemplate"]

    assert patch == [
        {"op": "add", "path": "/spec/podMetadata", "value": {"labels": {"azure.workload.identity/use": "true"}}}
    ]
    assert templates
    for template in templates:
        assert "podMetadata" not in template["spec"], "it would be replaced"
        template["spec"]["podMetadata"] = patch[0]["value"]
        assert list(errors(template)) == []
        del template["spec"]["podMetadata"]


def test_azure_brings_every_other_secret_that_the_manifests_refer_to() -> None:
    secrets = {
        (each["metadata"]["namespace"], each["spec"]["target"]["name"], each["spec"]["data"][0]["secretKey"])
        for each in added(ROOT / "infra/overlays/azure")
    }

    assert secrets == {
        (names.NAMESPACE_API, names.EVENT_SOURCE_SECRET, "token"),
        (names.NAMESPACE_EVENTS, names.EVENT_SOURCE_SECRET, "token"),
        (names.NAMESPACE_API, names.HOOKS_SECRET, "key"),
    }
