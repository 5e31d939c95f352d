"""What the corpus does to tools that are used without care: it must bite, or the tests that it does nothing show nothing.

One control for each class of texts; those that need a cluster are in tests/cluster/injection/test_controls.py. A text that
does nothing by itself is named, with the reason.
"""

import ctypes
import html
import json
import os
import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import pytest
import yaml

from idp.events.wire import wire
from idp.runner.terraform_program import LIBRARY, terraform_environment
from tests.runner import corpus

CLASSES = frozenset(
    {
        "terraform",
        "jinja",
        "shell",
        "quotes",
        "yaml",
        "blanks",
        "controls",
        "nul",
        "lookalikes",
        "unicode",
        "not-composed",
        "json-like",
    }
)
"""Those with a control here."""

BRACES_ALONE = {"}}"}
"""Closes nothing."""


def test_plain_json_has_what_argo_and_kubernetes_look_for_and_ours_does_not() -> None:
    found = re.compile(r"\{\{|\$\(|\{%")
    for text in [*corpus.ARGO, *corpus.KUBERNETES, "{% if %}"]:
        assert found.search(json.dumps([text])) or text in BRACES_ALONE, text
        assert not found.search(wire({"a": {"b": [text]}})), text


def test_terraform_evaluates_what_is_pasted_into_its_code(tmp_path: Path) -> None:
    for text in corpus.TERRAFORM:
        assert told_by_terraform(tmp_path, text) != json.dumps(text), text


def test_terraform_composes_what_is_not_composed(tmp_path: Path) -> None:
    for text in corpus.NOT_COMPOSED:
        assert told_by_terraform(tmp_path, text) != f'"{text}"', text


def told_by_terraform(folder: Path, text: str) -> str:
    """What its console says of the text between quotes; its error where it takes offence."""
    environment = os.environ | terraform_environment(os.environ, folder)
    line = '"' + text.replace('"', '\\"') + '"\n'
    told = subprocess.run(
        [*LIBRARY, "console"], cwd=folder, input=line, env=environment, capture_output=True, text=True, check=False
    )
    return (told.stdout or told.stderr).strip()


def test_ansible_evaluates_variables_that_nobody_marked_as_unsafe(tmp_path: Path) -> None:
    texts = {f"text_{number}": text for number, text in enumerate(["harmless", *corpus.JINJA])}
    (tmp_path / "plain.json").write_text(json.dumps(texts))
    playbook(tmp_path, *texts)
    variables("-e", "@plain.json", folder=tmp_path)
    assert is_there(tmp_path / "text_0", texts.pop("text_0"))
    quiet = {"!unsafe x", "$ANSIBLE_VAULT;1.1;AES256\n6162"}
    """Words of YAML and of whole files: the next test."""
    for name, text in texts.items():
        assert not is_there(tmp_path / name, text) or text in quiet, text
    assert (tmp_path / "fired").exists()


def test_ansible_obeys_what_is_pasted_into_its_files(tmp_path: Path) -> None:
    (tmp_path / "text.yml").write_text("text: !unsafe x")
    playbook(tmp_path, "text")
    variables("-e", "@text.yml", folder=tmp_path)
    assert is_there(tmp_path / "text", "x")
    (tmp_path / "text.yml").write_text("$ANSIBLE_VAULT;1.1;AES256\n6162")
    assert "vault" in variables("-e", "@text.yml", folder=tmp_path)


def playbook(folder: Path, *names: str) -> None:
    """One that writes each variable to a file of its name."""
    write = [
        {"ansible.builtin.copy": {"content": f"{{{{ {name} }}}}", "dest": str(folder / name)}, "ignore_errors": True}
        for name in names
    ]
    play = {"hosts": "localhost", "gather_facts": False, "tasks": write}
    (folder / "playbook.yml").write_text(json.dumps([play]))


def variables(*given: str, folder: Path) -> str:
    """What ansible-playbook said."""
    program = (
        sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", "-c", "local",
        "-e", f"ansible_python_interpreter={sys.executable}", *given, "playbook.yml",
    )  # fmt: skip
    done = subprocess.run(program, cwd=folder, check=False, capture_output=True, text=True)
    return done.stdout + done.stderr


def is_there(file: Path, text: str) -> bool:
    return file.exists() and file.read_text() == text


def test_a_shell_evaluates_what_is_pasted_into_a_command(tmp_path: Path) -> None:
    for number, text in enumerate(corpus.SHELL):
        folder = tmp_path / str(number)
        folder.mkdir()
        said = [shell(folder, f"{word} {text}") for word in ("echo", "printf")]
        assert (folder / "fired").exists() or said != [f"{text}\n", text], text


def shell(folder: Path, command: str) -> str:
    return subprocess.run(["sh", "-c", command], cwd=folder, check=False, capture_output=True, text=True).stdout


def test_folding_after_a_check_makes_what_the_check_looked_for() -> None:
    bites = {*corpus.ARGO, *corpus.KUBERNETES, *corpus.SHELL, *corpus.JINJA}
    for text in corpus.LOOKALIKES:
        folded = unicodedata.normalize("NFKC", "".join(sign for sign in text if unicodedata.category(sign) != "Cf"))
        assert text not in bites
        assert folded in bites, text


Reader = Callable[[str], object]


def in_quotes(text: str) -> object:
    return json.loads(f'["{text}"]')[0]


def in_a_shells_quotes(text: str) -> object:
    return shell(Path("/"), f"printf %s '{text}'")


def in_a_heredoc(text: str) -> object:
    return shell(Path("/"), f"cat {text}\n")


def in_yaml(text: str) -> object:
    return yaml.safe_load(f"text: {text}\n")["text"]


def as_yaml(text: str) -> object:
    return yaml.safe_load(text)


def as_json(text: str) -> object:
    return json.loads(f"[{text}]")[0]


def as_a_c_string(text: str) -> object:
    return ctypes.create_string_buffer(text.encode()).value.decode()


def as_ascii(text: str) -> object:
    return text.encode("ascii", "replace").decode()


def with_a_byte_order(text: str) -> object:
    return text.encode().decode("utf-8-sig")


@pytest.mark.parametrize(
    ("kind", "careless"),
    [
        ("quotes", [in_quotes, in_a_shells_quotes, in_a_heredoc, html.unescape]),
        ("yaml", [in_yaml, as_yaml]),
        ("blanks", [in_yaml, str.strip, with_a_byte_order]),
        ("controls", [in_yaml, in_quotes, str.strip]),
        ("nul", [as_a_c_string]),
        ("unicode", [as_ascii]),
        ("json-like", [as_json]),
    ],
)
def test_a_careless_reader_changes_or_refuses_every_text(kind: str, careless: Sequence[Reader]) -> None:
    quiet = {"y", "1e3", "0o14"}
    """Words of Go's YAML: tests/cluster/injection."""
    for text in corpus.CLASSES[kind]:
        assert any(changes(reader, text) for reader in careless) or text in quiet, repr(text)


def changes(reader: Reader, text: str) -> bool:
    with suppress(ValueError, yaml.YAMLError):
        return reader(text) != text
    return True
