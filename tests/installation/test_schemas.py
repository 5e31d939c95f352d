"""Everything rendered satisfies what reads it: strict schemas of Argo and of Kubernetes."""

import copy
from typing import Any

import pytest

from idp.catalog import CATALOG
from idp.render.objects import objects
from tests.installation.judging import workflow
from tests.installation.schemas import OTHERS, errors

RENDERED = {
    path: each for path, each in objects(CATALOG, "idp.catalog:CATALOG").items() if path != "kustomization.yaml"
}
BY_KIND: dict[str, Any] = {thing["kind"]: thing for group in RENDERED.values() for thing in group}


@pytest.mark.parametrize("path", RENDERED)
def test_every_rendered_object_satisfies_its_schema(path: str) -> None:
    assert [error for thing in RENDERED[path] for error in errors(thing)] == []


@pytest.mark.parametrize("kind", sorted(BY_KIND))
def test_the_schema_of_every_kind_refuses_what_it_does_not_know(kind: str) -> None:
    thing = copy.deepcopy(BY_KIND[kind])
    (thing["spec"] if isinstance(thing.get("spec"), dict) else thing)["unheardOf"] = 1

    assert any("unheardOf" in error for error in errors(thing))


def test_the_workflow_of_the_tables_satisfies_its_schema() -> None:
    assert list(errors(workflow())) == []


def test_no_kind_is_left_out() -> None:
    kinds = {thing["kind"] for group in objects(CATALOG, "idp.catalog:CATALOG").values() for thing in group}

    assert kinds - set(BY_KIND) == set(OTHERS)
