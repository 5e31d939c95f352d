"""Why `idp.workflows` uses Hera's constructors alone, and checks what comes out: each test passes while Hera 7.1.0 is so.

The day one fails, see whether the rule in `idp.workflows` that it stands for can go.
"""

import contextvars
import threading
import warnings

import pytest
import yaml
from hera.workflows import DAG, Container, Parameter, Task, WorkflowTemplate
from hera.workflows import models as m


def template(**given: object) -> WorkflowTemplate:
    return WorkflowTemplate(name="x", **given)  # type: ignore[arg-type]  # the point of some tests


def test_a_misspelt_field_of_a_model_is_dropped_silently() -> None:
    misspelt = m.PodGC(stratgy="OnPodSuccess")
    assert misspelt.model_dump(exclude_none=True) == {}


def test_a_field_of_the_workflow_is_never_validated() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert template(parallelism="lots").to_dict()["spec"]["parallelism"] == "lots"


def test_references_that_lead_nowhere_are_accepted() -> None:
    task = Task(name="a", template="none", depends="ghost.Succeeded", arguments={"z": "{{inputs.parameters.none}}"})
    written = template(templates=[DAG(name="main", tasks=[task])], on_exit="none").to_dict()
    assert written["spec"]["onExit"] == "none"


def test_two_templates_of_one_name_are_accepted() -> None:
    twice = [Container(name="c", image="i"), Container(name="c", image="j")]
    assert [each["name"] for each in template(templates=twice).to_dict()["spec"]["templates"]] == ["c", "c"]


def test_a_container_without_an_image_gets_one_that_nobody_named() -> None:
    written = template(templates=[Container(name="c")]).to_dict()
    assert written["spec"]["templates"][0]["container"]["image"] == "python:3.10"


def test_a_parameter_that_is_none_becomes_the_text_null() -> None:
    assert Parameter(name="p", value=None).value == "null"


def test_a_template_is_copied_when_it_is_attached() -> None:
    container = Container(name="c", image="old")
    with template() as made, DAG(name="main"):
        container(name="t")
    container.image = "new"
    images = [each["container"]["image"] for each in made.to_dict()["spec"]["templates"] if "container" in each]
    assert images == ["old"]


def test_threads_that_share_a_context_put_templates_into_each_others_workflows() -> None:
    def other() -> None:
        Container(name="stray", image="i")

    with template() as made:
        thread = threading.Thread(target=contextvars.copy_context().run, args=(other,))
        thread.start()
        thread.join()
        found = [each.name for each in made.templates]
    assert found == ["stray"]


@pytest.mark.parametrize("text", ["1e3", "0o14", "1234567e8"])
def test_its_yaml_has_plain_words_that_go_takes_for_numbers(text: str) -> None:
    written = template(templates=[Container(name="c", image="i", args=[text])]).to_yaml()
    assert f"- {text}\n" in written
    assert yaml.safe_load(written)["spec"]["templates"][0]["container"]["args"] == [text]
