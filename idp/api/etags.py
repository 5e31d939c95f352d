"""ETag and If-Match (RFC 9110): a resource's generation."""

import re
from typing import Annotated, Final

from fastapi import Header

_TAGS: Final = r'^\s*(\*|(W/)?"[\x21\x23-\x7e]*"(\s*,\s*(W/)?"[\x21\x23-\x7e]*")*)\s*$'
_TAG: Final = re.compile(r'(W/)?"([^"]*)"')

IfMatch = Annotated[
    str | None,
    Header(
        max_length=200,
        pattern=_TAGS,
        description='The ETag that was read, `"3"` say, or `*`; refused with 412 if it changed.',
    ),
]


def etag(generation: int) -> str:
    """A strong one."""
    return f'"{generation}"'


def generations(if_match: str | None) -> frozenset[int] | None:
    """Those that `if_match`, which is well formed, names; None where any will do. A weak or foreign tag names none."""
    if if_match is None or if_match.strip() == "*":
        return None
    strong = (tag[2] for tag in _TAG.finditer(if_match) if not tag[1])
    return frozenset(int(tag) for tag in strong if re.fullmatch(r"\d{1,18}", tag))
