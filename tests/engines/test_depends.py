"""`depends` against a table by hand, and against an evaluator so simple that it cannot be wrong."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.engines.local import depends
from idp.engines.protocol import Phase

PHASES: tuple[Phase, ...] = ("Succeeded", "Failed", "Error", "Skipped", "Omitted")
NAMES = {"Succeeded": "Succeeded", "Failed": "Failed", "Error": "Errored", "Skipped": "Skipped", "Omitted": "Omitted"}


@pytest.mark.parametrize(
    ("text", "phases", "expected"),
    [
        ("a", {"a": "Succeeded"}, True),
        ("a", {"a": "Skipped"}, True),
        ("a", {"a": "Failed"}, False),
        ("a", {"a": "Omitted"}, False),
        ("a", {"a": "Error"}, False),
        ("!a", {"a": "Failed"}, True),
        ("a.Errored", {"a": "Error"}, True),
        ("a.Failed", {"a": "Error"}, False),
        ("gate.Succeeded || gate.Skipped", {"gate": "Skipped"}, True),
        ("a && b || c", {"a": "Failed", "b": "Failed", "c": "Succeeded"}, True),
        ("a && (b || c)", {"a": "Failed", "b": "Failed", "c": "Succeeded"}, False),
        ("!a.Failed && b", {"a": "Succeeded", "b": "Succeeded"}, True),
        ("!(a.Failed && b)", {"a": "Failed", "b": "Failed"}, True),
        ("a-b.Succeeded&&c-1", {"a-b": "Succeeded", "c-1": "Skipped"}, True),
        ("!!a", {"a": "Succeeded"}, True),
    ],
)
def test_it_means_what_it_means_to_argo(text: str, phases: dict[str, Phase], expected: bool) -> None:  # noqa: FBT001 - a table's column
    assert depends.holds(depends.parsed(text), phases) is expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a &&",
        "a b",
        "(a",
        "a)",
        "&& a",
        "a.Daemoned",
        "a.AnySucceeded",
        "a.AllFailed",
        "a.succeeded",
        "a.",
        "a & b",
        "a == b",
        "()",
        "a_b",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(
        ValueError, match=re.escape(repr(text)) if "." not in text else "the embedded engine knows|cannot be read"
    ):
        depends.parsed(text)


def test_every_task_it_speaks_of_is_known() -> None:
    assert depends.tasks(depends.parsed("a && (!b.Failed || c.Skipped) || a")) == {"a", "b", "c"}


LEAVES = st.sampled_from(
    [f"{task}{result}" for task in "abc" for result in ("", *(f".{name}" for name in NAMES.values()))]
)
EXPRESSIONS = st.recursive(
    LEAVES,
    lambda inner: (
        st.tuples(inner, st.sampled_from(["&&", "||", " && ", " || "]), inner).map("".join)
        | inner.map("({})".format)
        | inner.map(lambda text: f"!({text})")
        | inner.map(lambda text: f"!{text}")
    ),
    max_leaves=12,
)


@given(EXPRESSIONS, st.fixed_dictionaries({task: st.sampled_from(PHASES) for task in "abc"}))
def test_it_agrees_with_pythons_own_evaluation(text: str, phases: dict[str, Phase]) -> None:
    def truth(match: re.Match[str]) -> str:
        phase = phases[match[1]]
        return str(NAMES[phase] == match[2] if match[2] else phase in ("Succeeded", "Skipped"))

    values = re.sub(r"\b([abc])\b(?:\.([A-Z][a-z]+))?", truth, text)
    python = values.replace("&&", " and ").replace("||", " or ").replace("!", " not ")
    expected = eval(python)  # noqa: S307 - of our own making
    assert depends.holds(depends.parsed(text), phases) is expected
