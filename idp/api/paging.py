"""Lists in pages: an opaque cursor, and a Link to the next page (RFC 8288)."""

import base64
from collections.abc import Callable, Sequence
from typing import Annotated, Final, TypeVar

from fastapi import Query, Request

from idp.errors import FieldError, InvalidError
from idp.ledger.records import Page

T = TypeVar("T")

MOST: Final = 200
Limit = Annotated[int, Query(ge=1, le=MOST, description="At most so many.")]
Cursor = Annotated[
    str | None,
    Query(max_length=200, pattern=r"^[A-Za-z0-9_-]+$", description="From the Link header of the page before."),
]


def page(limit: int, cursor: str | None) -> Page:
    """One more than asked for, to know whether a next page is. Raises InvalidError."""
    return Page(before=_opened(cursor) if cursor is not None else None, limit=limit + 1)


def cut(
    found: Sequence[T], limit: int, mark: Callable[[T], str], request: Request
) -> tuple[Sequence[T], dict[str, str]]:
    """The page's items, and the headers that lead to the next one."""
    items = found[:limit]
    if len(found) <= limit:
        return items, {}
    following = request.url.include_query_params(cursor=_closed(mark(items[-1])))
    return items, {"Link": f'<{following.path}?{following.query}>; rel="next"'}


def _closed(mark: str) -> str:
    return base64.urlsafe_b64encode(mark.encode()).decode().rstrip("=")


def _opened(cursor: str) -> str:
    try:
        mark = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
        if mark.isprintable():
            return mark
    except ValueError:
        pass
    message = "The cursor is none of ours; begin again without it."
    raise InvalidError(message, [FieldError("cursor", message)])
