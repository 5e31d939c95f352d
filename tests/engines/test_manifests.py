"""What is loaded, what is listed, and that everything else is refused by its name: mutants of the rendered manifests."""

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from idp.engines.local.errors import ManifestError
from idp.engines.local.inert import INERT, KINDS
from idp.engines.local.manifests import Manifests, load
from tests.engines.rendered import (
    Manifest,
    dag,
    event_source,
    output,
    outputs,
    parameter,
    program,
    sensor,
    shell,
    task,
    workflow_template,
    written,
)

RENDERED = Path(__file__).parents[2] / "manifests"

FREE = re.compile(r"(metadata\.(labels|annotations)|\.data|resource\.metadata|^data)$")
"""Objects whose keys are names, not fields. Labels that a trigger sets are names, too."""
NAMES = re.compile(r"^spec\.webhook$")
"""Keys are names and values are objects: an unknown name is a new webhook, which then lacks its fields."""


def objects() -> list[Manifest]:
    return [manifest for file in sorted(RENDERED.rglob("*.yaml")) for manifest in yaml.safe_load_all(file.read_text())]


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every object inside a manifest, by its path."""
    if isinstance(value, dict):
        yield path
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from places(inner, (*path, key))


def dotted(path: tuple[str | int, ...]) -> str:
    return re.sub(r"\.\[", "[", ".".join(f"[{part}]" if isinstance(part, int) else part for part in path))


def inert(path: tuple[str | int, ...]) -> bool:
    """Inside of something that has no effect here."""
    fields = {field for found in INERT.values() for field in found} - {"name", "image"}
    return any(part in fields for part in path)


def refused(folder: Path, *manifests: Manifest) -> ManifestError:
    with pytest.raises(ManifestError) as caught:
        load(written(folder, *manifests))
    return caught.value


def test_the_rendered_manifests_are_carried_out_as_they_are() -> None:
    found = load(RENDERED)
    assert sorted(found.templates) == sorted(path.strip("/") for path in found.endpoints)
    assert {"environments", "storage", "configurations"} <= set(found.templates)
    assert set(found.config_maps) == {"runner"}
    assert {kind for kind, _, _ in found.unused} <= {*KINDS, "ConfigMap"}
    assert all(reason for _, _, reason in found.unused)


def test_an_unknown_field_in_any_object_is_refused_by_its_path() -> None:
    known = {"EventSource", "Sensor", "WorkflowTemplate", "ConfigMap"}
    templates = load(RENDERED).templates
    count = 0
    for manifest in objects():
        for path in places(manifest) if manifest["kind"] in known else ():
            if inert(path) or FREE.search(dotted(path)):
                continue
            mutant = copy.deepcopy(manifest)
            place: Any = mutant
            for part in path:
                place = place[part]
            place["surprise"] = {"endpoint": "/x"} if NAMES.search(dotted(path)) else "x"
            found = Manifests(templates={} if manifest["kind"] == "WorkflowTemplate" else templates)
            with pytest.raises(ManifestError) as caught:  # noqa: PT012 - one act in two halves
                found.add("mutant.yaml", mutant)
                found.check()
            assert caught.value.path in (f"{dotted(path)}.surprise".strip("."), "spec.webhook.surprise.method")
            count += 1
    print(f"{count} mutants, each refused by its path")  # noqa: T201 - what the test is worth
    assert count > 400


@pytest.mark.parametrize(
    ("manifest", "path"),
    [
        ({"kind": "CronWorkflow", "apiVersion": "argoproj.io/v1alpha1"}, "kind"),
        ({"kind": "Workflow", "apiVersion": "argoproj.io/v1alpha1"}, "kind"),
        ({"kind": "Sensor", "apiVersion": "argoproj.io/v2"}, "kind"),
        ({"apiVersion": "v1"}, "kind"),
        ({"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "x"}, "data": {"a": 1}}, "data"),
        ({"kind": "ConfigMap", "apiVersion": "v1", "metadata": {}, "data": {}}, "metadata.name"),
        ({"kind": "ConfigMap", "apiVersion": "v1", "metadata": []}, "metadata"),
    ],
)
def test_other_kinds_and_broken_objects_are_refused(tmp_path: Path, manifest: Manifest, path: str) -> None:
    (tmp_path / "one.yaml").write_text(yaml.safe_dump(manifest))
    with pytest.raises(ManifestError) as caught:
        load(tmp_path)
    assert (caught.value.file, caught.value.path) == ("one.yaml", path)


@pytest.mark.parametrize(
    ("text", "fault"), [("a: [", "is no YAML"), ("just words", "must be an object"), ("- a\n", "must be an object")]
)
def test_what_is_no_manifest_is_refused(tmp_path: Path, text: str, fault: str) -> None:
    (tmp_path / "one.yaml").write_text(text)
    with pytest.raises(ManifestError, match=fault):
        load(tmp_path)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="render the manifests first"):
        load(tmp_path / "none")


def test_two_of_a_name_are_refused(tmp_path: Path) -> None:
    written(tmp_path / "a", workflow_template(shell("x", "true")))
    written(tmp_path / "b", workflow_template(shell("x", "true")))
    with pytest.raises(ManifestError, match="'things' is there twice"):
        load(tmp_path)


def test_empty_documents_are_nothing(tmp_path: Path) -> None:
    (tmp_path / "one.yml").write_text("---\n---\n")
    assert load(tmp_path).templates == {}


# ---- Sensors


def mutated(**changes: Any) -> Manifest:
    whole = sensor("things", parameters=["a"])
    place = whole["spec"]["triggers"][0]
    for name, value in changes.items():
        *path, last = name.split("__")
        inner = place
        for part in path:
            inner = inner[int(part)] if part.isdecimal() else inner[part]
        inner[last] = value
    return whole


@pytest.mark.parametrize(
    ("change", "path", "fault"),
    [
        ({"template__conditions": "a && b"}, "spec.triggers[0].template.conditions", "must be one of the dependencies"),
        ({"template__http": {}}, "spec.triggers[0].template.http", "does not carry out"),
        ({"template__k8s__operation": "patch"}, "spec.triggers[0].template.k8s.operation", "carries out create"),
        ({"rateLimit": {}}, "spec.triggers[0].rateLimit", "does not carry out"),
        (
            {"template__k8s__parameters__0__operation": "append"},
            "spec.triggers[0].template.k8s.parameters[0].operation",
            "does not carry",
        ),
        (
            {"template__k8s__parameters__0__src__useRawData": True},
            "spec.triggers[0].template.k8s.parameters[0].src.useRawData",
            "not carry",
        ),
        (
            {"template__k8s__parameters__0__src__dataTemplate": "x"},
            "spec.triggers[0].template.k8s.parameters[0].src.dataTemplate",
            "not carry",
        ),
        (
            {"template__k8s__parameters__0__src__dependencyName": "x"},
            "spec.triggers[0].template.k8s.parameters[0].src.dependencyName",
            "must be",
        ),
        (
            {"template__k8s__parameters__0__src__dataKey": "body.*"},
            "spec.triggers[0].template.k8s.parameters[0].src.dataKey",
            "reads keys",
        ),
        (
            {"template__k8s__parameters__0__src__dataKey": 'body.#(a=="b")'},
            "spec.triggers[0].template.k8s.parameters[0].src.dataKey",
            "no #(...)",
        ),
        (
            {"template__k8s__parameters__0__dest": "spec.arguments.parameters.7.value"},
            "spec.triggers[0].template.k8s.parameters[0].dest",
            "nulls",
        ),
        (
            {"template__k8s__parameters__0__dest": 'spec.arguments.parameters.#(name=="b").value'},
            "spec.triggers[0].template.k8s.parameters[0].dest",
            "silently",
        ),
        (
            {"template__k8s__parameters__0__dest": "spec.templates"},
            "spec.triggers[0].template.k8s.source.resource.spec.templates",
            "not carry",
        ),
        (
            {"template__k8s__parameters__0__dest": "spec.podSpecPatch"},
            "spec.triggers[0].template.k8s.source.resource.spec.podSpecPatch",
            "not",
        ),
        (
            {"template__k8s__parameters__0__dest": "metadata.generateName"},
            "spec.triggers[0].template.k8s.source.resource.metadata.generateName",
            "not",
        ),
        (
            {"template__k8s__source__resource__kind": "Pod"},
            "spec.triggers[0].template.k8s.source.resource.kind",
            "carries out Workflow",
        ),
        (
            {"template__k8s__source__resource__spec__workflowTemplateRef__name": "other"},
            "spec.triggers[0].template.k8s.source.resource.spec.workflowTemplateRef.name",
            "there is no WorkflowTemplate",
        ),
    ],
)
def test_a_trigger_does_only_what_is_known(tmp_path: Path, change: dict[str, Any], path: str, fault: str) -> None:
    error = refused(tmp_path, mutated(**change), workflow_template(shell("provision", "true"), parameters=("a",)))
    assert error.path == path
    assert fault in str(error)


def test_a_sensor_with_one_dependency_needs_no_condition(tmp_path: Path) -> None:
    whole = sensor("things", parameters=[])
    del whole["spec"]["triggers"][0]["template"]["conditions"]
    assert (
        load(written(tmp_path, whole, workflow_template(shell("x", "true")))).sensors[0].triggers[0].dependency
        == "things"
    )


def test_an_endpoint_takes_post_alone(tmp_path: Path) -> None:
    source = event_source("things")
    source["spec"]["webhook"]["things"]["method"] = "GET"
    assert refused(tmp_path, source).path == "spec.webhook.things.method"


def test_a_key_of_an_event_may_be_a_place_in_a_list() -> None:
    assert parameter("a", "list.0", "metadata.name")["src"]["dataKey"] == "body.list.0"


# ---- WorkflowTemplates: what does not fit together


CONTAINER = {"image": "x", "command": ["true"]}


def with_output(name: str = "a") -> Manifest:
    return program(name, "pass", outputs=outputs(output("text", globalName="text"), artifacts=("file",)))


def environment(value: str) -> Manifest:
    return {"name": "a", "container": CONTAINER | {"env": [{"name": "X", "value": value}]}}


@pytest.mark.parametrize(
    ("templates", "spec", "path", "fault"),
    [
        ([shell("a", "x")], {"entrypoint": "b"}, "spec.entrypoint", "no template 'b'"),
        ([shell("a", "x")], {"onExit": "b"}, "spec.onExit", "no template 'b'"),
        ([dag(task("a"))], {}, "spec.templates[provision].dag.tasks[a].template", "is no template of a container"),
        (
            [dag(task("a", template="inner")), dag(name="inner")],
            {},
            "spec.templates[provision].dag.tasks[a].template",
            "is no template of",
        ),
        ([shell("a", "x"), dag(task("a", "b"))], {}, "spec.templates[provision].dag.tasks[a].depends", "no task 'b'"),
        (
            [shell("a", "x"), dag(task("a", "a"))],
            {},
            "spec.templates[provision].dag.tasks[a].depends",
            "waits for itself",
        ),
        ([shell("a", "x"), dag(task("a", "a &"))], {}, "spec.templates[1].dag.tasks[0].depends", "cannot be read"),
        ([shell("a", "x"), dag(task("a"), task("a"))], {}, "spec.templates[provision].dag.tasks", "same name"),
        (
            [shell("onExit", "x"), dag(task("onExit"))],
            {},
            "spec.templates[provision].dag.tasks[onExit].name",
            "exit handler",
        ),
        (
            [shell("a", "x"), dag(task("a", withItems=[1]))],
            {},
            "spec.templates[1].dag.tasks[0].withItems",
            "does not carry out",
        ),
        (
            [shell("a", "x"), dag(task("a", continueOn={}))],
            {},
            "spec.templates[1].dag.tasks[0].continueOn",
            "does not carry out",
        ),
        (
            [shell("a", "x"), dag(task("a"), dependencies=[])],
            {},
            "spec.templates[1].dependencies",
            "does not carry out",
        ),
        (
            [shell("a", "x"), dag(task("a", when="{{=1}} == 1"))],
            {},
            "spec.templates[1].dag.tasks[0].when",
            "expressions",
        ),
        (
            [shell("a", "x"), dag(task("a", when="{{tasks.b.status}} == 1"))],
            {},
            "spec.templates[provision].dag.tasks[a]",
            "refers to nothing",
        ),
        (
            [shell("a", "x"), dag(task("a", when="{{workflow.status}} == 1"))],
            {},
            "spec.templates[provision].dag.tasks[a]",
            "refers to nothing",
        ),
        (
            [shell("a", "x"), dag(task("a", when="{{item}} == 1"))],
            {},
            "spec.templates[provision].dag.tasks[a]",
            "refers to nothing",
        ),
        (
            [shell("a", "x"), dag(task("a", arguments={"parameters": [{"name": "b", "value": "c"}]}))],
            {},
            "spec.templates[provision].dag.tasks[a].arguments.parameters[b]",
            "has no such input",
        ),
        (
            [shell("a", "x", inputs={"parameters": [{"name": "b"}]}), dag(task("a"))],
            {},
            "spec.templates[provision].dag.tasks[a].arguments.parameters",
            "'b' is not supplied",
        ),
        (
            [program("a", "x", inputs={"artifacts": [{"name": "b", "path": "/work/b"}]}), dag(task("a"))],
            {},
            "spec.templates[provision].dag.tasks[a].arguments.artifacts",
            "'b' is not supplied",
        ),
        (
            [
                with_output(),
                program("b", "x", inputs={"artifacts": [{"name": "f", "path": "/work/b"}]}),
                dag(
                    task("a"),
                    task(
                        "b",
                        "a",
                        arguments={"artifacts": [{"name": "f", "from": "{{tasks.a.outputs.artifacts.other}}"}]},
                    ),
                ),
            ],
            {},
            "spec.templates[provision].dag.tasks[b].arguments.artifacts[f].from",
            "is no artifact of a task before",
        ),
        (
            [
                shell("a", "x", inputs={"parameters": [{"name": "b"}]}),
                dag(task("a", arguments={"parameters": [{"name": "b"}]})),
            ],
            {},
            "spec.templates[1].dag.tasks[0].arguments.parameters[0].value",
            "is missing",
        ),
        ([environment("{{workflow.parameters.none}}")], {}, "spec.templates[a].container", "refers to nothing"),
        ([environment("{{inputs.parameters.none}}")], {}, "spec.templates[a].container", "refers to nothing"),
        ([environment("{{= 1 + 1}}")], {}, "spec.templates[0].container.env[0].value", "expressions"),
        ([environment("{{workflow.outputs.parameters.text}}")], {}, "spec.templates[a].container", "refers to nothing"),
        ([{"name": "a"}], {}, "spec.templates[0]", "exactly one of"),
        ([shell("a", "x") | {"suspend": {}}], {}, "spec.templates[0]", "exactly one of"),
        ([{"name": "a", "script": {}}], {}, "spec.templates[0]", "exactly one of"),
        ([{"name": "a", "container": {"image": "x"}}], {}, "spec.templates[0].container.command", "must be given"),
        (
            [{"name": "a", "container": CONTAINER | {"command": "true"}}],
            {},
            "spec.templates[0].container.command",
            "must be a list",
        ),
        (
            [{"name": "a", "container": CONTAINER | {"lifecycle": {}}}],
            {},
            "spec.templates[0].container.lifecycle",
            "does not carry out",
        ),
        (
            [{"name": "a", "container": CONTAINER | {"workingDir": "/x"}}],
            {},
            "spec.templates[a].container.workingDir",
            "in no volume",
        ),
        (
            [{"name": "a", "container": CONTAINER | {"env": [{"name": "A", "valueFrom": {}}]}}],
            {},
            "spec.templates[0].container.env[0].valueFrom",
            "does not",
        ),
        (
            [{"name": "a", "container": CONTAINER | {"volumeMounts": [{"name": "x", "mountPath": "/x"}]}}],
            {},
            "spec.templates[0].container.volumeMounts",
            "no volume 'x'",
        ),
        ([shell("a", "x", outputs=outputs(output("b")))], {}, "spec.templates[a]", "/work/out/b is in no volume"),
        (
            [{"name": "a", "suspend": {}, "activeDeadlineSeconds": 1}],
            {},
            "spec.templates[0].activeDeadlineSeconds",
            "containers alone",
        ),
        (
            [{"name": "a", "suspend": {}, "retryStrategy": {}}],
            {},
            "spec.templates[0].retryStrategy",
            "containers alone",
        ),
        ([dag(outputs=outputs(output("b")))], {}, "spec.templates[0].outputs", "containers alone"),
        ([{"name": "a", "suspend": {"duration": "soon"}}], {}, "spec.templates[0].suspend.duration", "is no duration"),
        (
            [shell("a", "x", retryStrategy={"limit": "many"})],
            {},
            "spec.templates[0].retryStrategy.limit",
            "whole number",
        ),
        ([shell("a", "x", retryStrategy={"limit": -1})], {}, "spec.templates[0].retryStrategy.limit", "whole number"),
        (
            [shell("a", "x", retryStrategy={"retryPolicy": "OnTransientError"})],
            {},
            "spec.templates[0].retryStrategy.retryPolicy",
            "carries out",
        ),
        (
            [shell("a", "x", retryStrategy={"backoff": {}})],
            {},
            "spec.templates[0].retryStrategy.backoff.duration",
            "is missing",
        ),
        (
            [shell("a", "x", retryStrategy={"expression": "x"})],
            {},
            "spec.templates[0].retryStrategy.expression",
            "does not carry out",
        ),
        ([shell("a", "x", activeDeadlineSeconds=True)], {}, "spec.templates[0].activeDeadlineSeconds", "whole number"),
        ([shell("a", "x", name_=1)], {}, "spec.templates[0].name_", "does not carry out"),
        ([shell("a", "x")], {"podSpecPatch": "a: b"}, "spec.podSpecPatch", "JSON object"),
        (
            [shell("a", "x")],
            {"podSpecPatch": '{"hostNetwork": true}'},
            "spec.podSpecPatch.hostNetwork",
            "does not carry out",
        ),
        ([shell("a", "x")], {"hooks": {}}, "spec.hooks", "does not carry out"),
        ([shell("a", "x")], {"parallelism": 1}, "spec.parallelism", "does not carry out"),
        (
            [shell("a", "x")],
            {"synchronization": {"mutexes": [{}]}},
            "spec.synchronization.mutexes[0].name",
            "is missing",
        ),
        (
            [shell("a", "x")],
            {"synchronization": {"mutexes": [{"name": "{{x}}"}]}},
            "spec.synchronization.mutexes",
            "refers to nothing",
        ),
        (
            [shell("a", "x")],
            {"synchronization": {"semaphores": []}},
            "spec.synchronization.semaphores",
            "does not carry out",
        ),
        ([shell("a", "x")], {"volumes": [{"name": "x", "secret": {}}]}, "spec.volumes[0].projected", "is missing"),
        (
            [shell("a", "x")],
            {"volumes": [{"name": "x", "projected": {"sources": [{"serviceAccountToken": {"path": "{{x}}"}}]}}]},
            "spec.volumes[0].projected.sources[0].serviceAccountToken.path",
            "fills in no",
        ),
        (
            [shell("a", "x")],
            {"volumes": [{"name": "x", "projected": {"sources": []}}]},
            "spec.volumes[0].projected.sources",
            "must be one",
        ),
        ([shell("a", "x")], {"templates": {}}, "spec.templates", "must be a list"),
        ([{"container": CONTAINER}], {}, "spec.templates[0].name", "is missing"),
        ([{"name": ["a"], "container": CONTAINER}], {}, "spec.templates[0].name", "must be a text"),
        (
            [program("a", "x", outputs={"artifacts": [{"name": "b", "path": "/work/b"}]})],
            {},
            "spec.templates[0].outputs.artifacts[0].archive",
            "missing",
        ),
        (
            [
                program(
                    "a",
                    "x",
                    outputs={
                        "artifacts": [{"name": "b", "path": "/work/b", "optional": "yes", "archive": {"none": {}}}]
                    },
                )
            ],
            {},
            "spec.templates[0].outputs.artifacts[0].optional",
            "true or false",
        ),
    ],
)
def test_a_template_that_does_not_fit_together_is_refused(
    tmp_path: Path, templates: list[Manifest], spec: Manifest, path: str, fault: str
) -> None:
    error = refused(tmp_path, workflow_template(*templates, **spec))
    assert error.path == path, error
    assert fault in str(error)
    assert str(error).startswith("workflowtemplate-things.yaml: ")


def test_references_to_what_is_there_are_taken(tmp_path: Path) -> None:
    everything = (
        "{{workflow.name}} {{workflow.uid}} {{workflow.namespace}} {{workflow.parameters.p}} {{ inputs.parameters.q }}"
    )
    user = program(
        "b",
        "x",
        inputs={
            "parameters": [{"name": "q", "default": 5}, {"name": "r", "value": True}],
            "artifacts": [{"name": "f", "path": "/work/f"}],
        },
        outputs=outputs(output("o"), artifacts=("g",)),
        container={
            "args": [
                everything,
                "{{inputs.artifacts.f.path}} {{outputs.artifacts.g.path}} {{outputs.parameters.o.path}}",
            ]
        },
    )
    given = {
        "parameters": [{"name": "q", "value": "{{tasks.a.status}}"}],
        "artifacts": [{"name": "f", "from": "{{tasks.a.outputs.artifacts.file}}"}],
    }
    bye = shell("bye", "{{workflow.status}} {{workflow.outputs.parameters.text}}")
    whole = workflow_template(
        with_output(), user, dag(task("a"), task("b", "a", arguments=given)), bye, parameters=("p",), onExit="bye"
    )
    assert load(written(tmp_path, whole)).templates
