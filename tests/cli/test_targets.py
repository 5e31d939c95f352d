"""What names a request, and what a resource."""

from typing import Any

import click
import pytest

from idp.cli.targets import REQUEST, RESOURCE, TARGET

ID = "01kaxxxxxxxxxxxxxxxxxxxxxx"
THING = "environments/payments/checkout"


@pytest.mark.parametrize(
    ("kind", "text", "fits"),
    [
        (REQUEST, ID, True),
        (REQUEST, THING, False),
        (REQUEST, ID[:-1], False),
        (REQUEST, f"{ID}\n", False),
        (REQUEST, "../me", False),
        (RESOURCE, THING, True),
        (RESOURCE, ID, False),
        (RESOURCE, "environments/payments", False),
        (RESOURCE, "environments/payments/..", False),
        (RESOURCE, "environments/payments/a?b", False),
        (TARGET, ID, True),
        (TARGET, THING, True),
        (TARGET, "nothing", False),
    ],
)
def test_only_what_names_one_is_taken(kind: Any, text: str, fits: bool) -> None:  # noqa: FBT001 - a table's column
    if fits:
        assert kind.convert(text, None, None) == text
    else:
        with pytest.raises(click.BadParameter):
            kind.convert(text, None, None)
