from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from idp import fields

# Written by hand from the rules of Kubernetes, Azure and POSIX.
TABLE: list[tuple[Any, list[str], list[str]]] = [
    (
        fields.TeamName,
        ["ab", "payments", "team2", "a" * 20],
        ["", "a", "2team", "pay-ments", "Payments", "a" * 21, "payments\n", "päyments", " payments"],
    ),
    (
        fields.ResourceName,
        ["a", "check-out", "a1", "a" * 30],
        ["", "-a", "a-", "1a", "a.b", "a_b", "A", "a" * 31, "a\n", "\uff41"],
    ),
    (
        fields.StorageContainerName,
        ["abc", "0ab", "a-b-c", "a" * 63],
        ["ab", "-ab", "ab-", "a--b", "ABC", "a.b", "a" * 64, "$root"],
    ),
    (fields.SettingName, ["A", "LOG_LEVEL", "A1_"], ["", "log", "1A", "_A", "A-B", "A" * 64, "A\n"]),
    (fields.SettingValue, ["", "debug", "https://x.y/z,a=b+c@d:1", "a b"], ["a\n", "${x}", "{{x}}", "a'b", "a;b", "é"]),
]


@pytest.mark.parametrize(
    ("kind", "value"), [(kind, value) for kind, good, _ in TABLE for value in good], ids=lambda v: repr(v)[:30]
)
def test_a_legal_value_is_taken_as_it_is(kind: Any, value: str) -> None:
    assert TypeAdapter(kind).validate_python(value) == value


@pytest.mark.parametrize(
    ("kind", "value"), [(kind, value) for kind, _, bad in TABLE for value in bad], ids=lambda v: repr(v)[:30]
)
def test_an_illegal_value_is_refused(kind: Any, value: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(value)


@pytest.mark.parametrize("kind", [kind for kind, _, _ in TABLE])
@given(
    prefix=st.text(max_size=3),
    bad=st.sampled_from("{}$%<>&\"'`\\\n\r\t\x00\x7f\u2028;|*?()[]#!~^"),
    tail=st.text(max_size=3),
)
def test_no_type_takes_a_character_that_some_tool_evaluates(kind: Any, prefix: str, bad: str, tail: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(prefix + bad + tail)
