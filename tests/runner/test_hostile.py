"""Hostile strings, sent past the API: from the event's encoding to files that Terraform and Ansible wrote."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from idp.events.wire import wire
from idp.runner.terraform_program import LIBRARY, terraform_environment
from tests.runner import corpus, echo
from tests.runner.steps import Run


@pytest.fixture
def echoing(run: Callable[..., Run], tmp_path: Path) -> Callable[..., Run]:
    folder = echo.infra(tmp_path)

    def made(**request: object) -> Run:
        one = run("echoes", **request)
        one.settings = {"IDP_CATALOG": "tests.runner.echo:CATALOG", "IDP_INFRA": str(folder)}
        return one

    return made


def _written(folder: Path) -> list[str]:
    return [file.read_bytes().decode() for file in sorted(folder.iterdir())]


def test_every_string_arrives_byte_by_byte(echoing: Callable[..., Run]) -> None:
    named = {f"{number} {text}": text for number, text in enumerate(corpus.LEGAL)}
    one = echoing(texts=corpus.LEGAL + corpus.NUL, named=named, text="{{ 1+1 }}${x}$(id)")
    told = [*corpus.LEGAL, *corpus.NUL, "{{ 1+1 }}${x}$(id)"]

    looked = one.look("provision")
    variables = json.loads((looked.work / "terraform.tfvars.json").read_text())
    assert variables["texts"] == told[:-1]
    assert variables["named"] == named

    applied = one.change(looked, "apply", "echoes").done()
    assert _written(one.cloud / "world" / "terraform") == [text for text in told if "\x00" not in text]
    outputs = json.loads(applied.left("outputs"))
    assert outputs == {"texts": told, "named": named}

    small = wire({"texts": corpus.JINJA})
    one.playbook("playbook-echo", "present", IDP_OUTPUTS=small).done()
    written = one.cloud / "world" / "ansible"
    assert json.loads((written / "all.json").read_text()) == {
        "texts": told,
        "named": named,
        "outputs": {"texts": corpus.JINJA},
    }
    assert (written / "text").read_bytes() == b"{{ 1+1 }}${x}$(id)"
    assert not list(one.folder.rglob("fired"))


def test_30_kib_arrive_too(echoing: Callable[..., Run]) -> None:
    text = "{{x}}$(y)${z}" * 30
    text += "a" * (30 * 1024 - len(text))
    one = echoing(text=text)
    assert len(wire(one.request)) < 32 * 1024
    one.provisioned()
    assert _written(one.cloud / "world" / "terraform") == [text]


def test_outputs_too_long_for_the_next_step_are_said(
    echoing: Callable[..., Run], capfd: pytest.CaptureFixture[str]
) -> None:
    one = echoing(text="{" * 6000)
    one.change(one.look("provision"), "apply", "echoes").done(1)
    assert "at most 32768 fit" in capfd.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize("text", corpus.NOT_COMPOSED)
def test_what_terraform_would_change_is_refused_by_name(
    echoing: Callable[..., Run], text: str, capfd: pytest.CaptureFixture[str]
) -> None:
    for request, path in (
        ({"text": text}, "text"),
        ({"texts": ["a", text]}, "texts[1]"),
        ({"named": {text: ""}}, "named."),
    ):
        echoing(**request).step("look", "echoes", "provision").done(1)
        assert f"idp: The request's {path}" in capfd.readouterr().err.splitlines()[-1]


def test_half_a_character_is_refused(echoing: Callable[..., Run], capfd: pytest.CaptureFixture[str]) -> None:
    step = echoing().step("look", "echoes", "provision")
    step.environment["IDP_REQUEST"] = '{"team":"payments","name":"checkout","text":"\\ud800"}'
    step.done(1)
    assert "idp: The request is none that echoes takes: body: Invalid JSON" in capfd.readouterr().err


@pytest.mark.parametrize("name", ["__ansible_unsafe", "__ansible_vault", "__ansible_type"])
def test_keys_that_ansible_keeps_for_itself_are_refused(
    echoing: Callable[..., Run], name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    one = echoing(named={name: "{{ lookup('pipe', 'touch fired') }}"})
    one.playbook("playbook-echo", "present").done(1)
    assert "idp: The request.named has a key that starts with __ansible" in capfd.readouterr().err


# What the corpus does where nobody takes care: it must bite, or the tests above show nothing.


def test_argo_and_kubernetes_would_find_something_in_plain_json_and_do_not_in_ours() -> None:
    found = re.compile(r"\{\{|\$\(|\{%")
    for text in [*(text for text in corpus.ARGO if text != "}}"), *corpus.KUBERNETES, "{% if %}"]:
        assert found.search(json.dumps([text])), text
        assert not found.search(wire({"a": {"b": [text]}})), text


def test_terraform_evaluates_what_is_pasted_into_its_code(tmp_path: Path) -> None:
    (tmp_path / "main.tf").write_text(
        'output "x" { value = "${1+1}" }\noutput "y" { value = "%{if true}fired%{endif}" }'
    )
    environment = os.environ | terraform_environment(os.environ, tmp_path)
    subprocess.run([*LIBRARY, "apply", "-auto-approve"], cwd=tmp_path, check=True, env=environment, capture_output=True)
    state = json.loads((tmp_path / "terraform.tfstate").read_text())
    assert {name: output["value"] for name, output in state["outputs"].items()} == {"x": 2, "y": "fired"}


def test_ansible_evaluates_and_converts_what_is_not_marked_as_ours_is(tmp_path: Path) -> None:
    playbook = [
        {
            "hosts": "localhost",
            "gather_facts": False,
            "tasks": [{"ansible.builtin.debug": {"msg": "{{ plain }} {{ yaml | type_debug }}"}}],
        }
    ]
    (tmp_path / "playbook.yml").write_text(json.dumps(playbook))
    fired = f"{{{{ lookup('pipe', 'touch {tmp_path}/fired; echo evaluated') }}}}"
    (tmp_path / "plain.json").write_text(json.dumps({"plain": fired}))
    (tmp_path / "marked.yml").write_text('yaml: !unsafe "yes"')
    said = subprocess.run(
        [
            sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", "-c", "local",
            "-e", "@plain.json", "-e", "@marked.yml", "playbook.yml",
        ],
        cwd=tmp_path, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert "evaluated bool" in said.stdout, "YAML's own mark turns the text yes into true"
    assert (tmp_path / "fired").exists()


def test_a_shell_evaluates_what_is_pasted_into_a_command(tmp_path: Path) -> None:
    for number, text in enumerate(corpus.SHELL[:5]):
        folder = tmp_path / str(number)
        folder.mkdir()
        subprocess.run(["sh", "-c", f"echo {text}"], cwd=folder, check=False, capture_output=True)
        assert (folder / "fired").exists(), text
