"""What a command is about: a request by its id, a resource by `CAPABILITY/TEAM/NAME`."""

import re
from typing import Any, Final

import click

_REQUEST: Final = re.compile(r"[0-9a-z]{26}", re.ASCII)
_RESOURCE: Final = re.compile(r"[a-z0-9-]+/[a-z0-9-]+/[a-z0-9-]+", re.ASCII)


class _Matching(click.ParamType[str]):
    def __init__(self, name: str, pattern: re.Pattern[str], wanted: str) -> None:
        self.name = name
        self._pattern = pattern
        self._wanted = wanted

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The text itself, if it is of this form."""
        if not self._pattern.fullmatch(value):
            self.fail(f"{value!r} is not {self._wanted}.", param, ctx)
        return str(value)


REQUEST: Final = _Matching("ID", _REQUEST, "a request's id (26 lower-case letters and digits)")
RESOURCE: Final = _Matching("RESOURCE", _RESOURCE, "a resource: write CAPABILITY/TEAM/NAME")
APPLICATION: Final = _Matching(
    "APPLICATION", re.compile(r"[a-z0-9-]+/[a-z0-9-]+", re.ASCII), "an application: write TEAM/NAME"
)
TARGET: Final = _Matching(
    "TARGET",
    re.compile(f"{_REQUEST.pattern}|{_RESOURCE.pattern}", re.ASCII),
    "a request's id, nor a resource written CAPABILITY/TEAM/NAME",
)
