"""`when`, as govaluate has it: a table by hand."""

import pytest

from idp.engines.local import when


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'required' == 'required' && 2 != 0", True),
        ("'none' == 'required' && 2 != 0", False),
        ("0 != 0", False),
        ("2 != 0", True),
        ("10 > 9", True),
        ("'10' > '9'", False),
        ("1.5 <= 1.5", True),
        ("-1 < 0", True),
        ("1 >= 2 || 2 >= 1", True),
        ("!(1 == 1)", False),
        ("!true", False),
        ("true && !false", True),
        ("\"a b\" == 'a b'", True),
        ("'it\\'s' == \"it's\"", True),
        ("word == 'word'", True),
        ("true == true", True),
        ("'1' == 1", False),
        ("'1' != 1", True),
        ("1 == 1.0", True),
        ("(1 == 1) == true", True),
        ("false || true && false", False),
    ],
)
def test_it_holds_as_in_argo(text: str, expected: bool) -> None:  # noqa: FBT001 - a table's column
    assert when.holds(text) is expected


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("1", "Expected boolean evaluation for '1'"),
        ("'a'", "Expected boolean evaluation"),
        ("", "Unexpected end of expression"),
        ("1 ==", "Unexpected end of expression"),
        ("1 == 1 1", "Invalid token"),
        ("1 = 1", "Invalid token"),
        ("1 + 1 == 2", "Invalid token"),
        ("(1 == 1", "Unbalanced parenthesis"),
        ("1 == )", "Invalid token"),
        ("1 && 2", "cannot be used with a logical operator"),
        ("1 < 'a'", "cannot be used with the comparator"),
        ("true < false", "cannot be used with the comparator"),
        ("'a' == 'b", "Invalid token"),
        ("12a == 1", "Invalid token"),
    ],
)
def test_what_is_no_condition_says_so(text: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        when.holds(text)
