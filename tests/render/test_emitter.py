"""YAML that every reader takes for the same values. PyYAML reads it back here; `tests/cluster/test_yaml.py` has Go's reader."""

import re
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from idp.render.emitter import written

TAKEN_FOR_SOMETHING_ELSE = [
    "", " ", "~", "null", "Null", "y", "Y", "n", "yes", "No", "on", "OFF", "true", "False",
    "1", "-1", "+1", "0", "007", "0o14", "0x1f", "0b1", "1_000", "1e3", "1E3", "1234567e8", "1.0", ".5", "1.", ".inf", "-.Inf", ".nan",
    "1:30", "190:20:30", "2024-01-01", "2001-12-14t21:59:43.10-05:00", "=", "<<", "-", "--- a", "...", "? a", ": a",
    "a: b", "a #b", "#a", "&a", "*a", "!a", "|", ">", "%a", "@a", "`a", "[a", "{a", "]", "}", ",", "'a", '"a', "a:", "a :b", "a\\nb",
    "{{workflow.name}}", "$(X)", "a ", " a", "a\tb",
]  # fmt: skip
"""By one reader or another: Go's yaml.v2 and v3, sigs.k8s.io/yaml, PyYAML, YAML 1.1 and 1.2."""

PLAIN = [
    "a",
    "environments",
    "idp-runs",
    "argoproj.io/v1alpha1",
    "/work/out",
    "body.request",
    "ghcr.io/x/y:0.1.0",
    "ReadWriteOnce",
]

TEXTS = [
    *TAKEN_FOR_SOMETHING_ELSE, *PLAIN,
    "a\nb\n", "a\nb", "\na\n", "a\n\nb\n", "a \nb\n", " a\nb\n", "a\r\nb\n", "a\x00b", "\x7f", "\x85", "\u2028", "\ufeff", "é", "😀", "\ud7ff",
]  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30) | st.sampled_from(TEXTS),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8) | st.sampled_from(TEXTS), inner),
    max_leaves=12,
)


@pytest.mark.parametrize("text", TAKEN_FOR_SOMETHING_ELSE)
def test_a_text_that_some_reader_takes_for_something_else_is_quoted(text: str) -> None:
    (line,) = written([{"name": text}]).splitlines()
    assert re.fullmatch(r"""name: ('.*'|".*")""", line)
    assert yaml.safe_load(line) == {"name": text}


@pytest.mark.parametrize("text", PLAIN)
def test_a_plain_word_is_written_plainly(text: str) -> None:
    assert written([{"name": text}]) == f"name: {text}\n"


@given(st.dictionaries(st.text(max_size=8), VALUES, min_size=1))
def test_every_document_is_read_back_as_it_was(document: dict[str, Any]) -> None:
    text = written([document])
    assert yaml.safe_load(text) == document
    assert text == written([yaml.safe_load(text)]), "and written again to the same bytes"


def test_lines_of_text_are_a_block() -> None:
    assert written([{"a": "x: 1\ny: 2\n"}]) == "a: |\n  x: 1\n  y: 2\n"


def test_what_says_what_a_thing_is_comes_first_and_the_templates_last() -> None:
    document = {"spec": {"templates": [], "b": 1, "a": 2}, "kind": "X", "metadata": {}, "apiVersion": "v1"}
    assert written([document]).splitlines() == [
        "apiVersion: v1", "kind: X", "metadata: {}", "spec:", "  b: 1", "  a: 2", "  templates: []",
    ]  # fmt: skip


def test_a_list_that_is_there_twice_is_written_twice() -> None:
    twice = ["x"]
    assert written([{"a": twice, "b": twice}]) == "a:\n- x\nb:\n- x\n"


@pytest.mark.parametrize("value", [1.5, b"x", {1}, (1,), object()])
def test_what_no_object_has_is_refused(value: object) -> None:
    with pytest.raises(yaml.YAMLError):
        written([{"a": value}])


def test_a_process_where_hera_was_loaded_writes_the_same() -> None:
    before = written([{"a": text} for text in TEXTS])
    import hera.workflows  # noqa: F401, PLC0415 - it gives PyYAML other representers

    assert written([{"a": text} for text in TEXTS]) == before
