"""Hostile strings, sent past the API: from the event's encoding to files that Terraform and Ansible wrote."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from idp.events.wire import wire
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
