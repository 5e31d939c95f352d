"""Request bodies: read as JSON, refused where two readers might read them differently, validated by the noun's own model."""

import json
from collections.abc import Iterator
from typing import Any, Final, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from idp.api.problems import field_errors, pointer
from idp.errors import FieldError, InvalidError, RefusedError

M = TypeVar("M", bound=BaseModel)

_JSON_ERROR: Final = "json_invalid"


class MalformedError(RefusedError):
    """No JSON at all."""

    slug = "malformed"
    title = "Not JSON"


class MediaTypeError(RefusedError):
    """A body of another kind."""

    status = 415
    slug = "media-type"
    title = "Not JSON"


async def read(request: Request, model: type[M]) -> M:
    """The body as `model`, strictly. Raises MediaTypeError, MalformedError, InvalidError."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        message = f"The body is {kind[:80] or 'of no named kind'}; send JSON with the header `Content-Type: application/json`."
        raise MediaTypeError(message)
    text = await request.body()
    try:
        found = model.model_validate_json(text)
    except ValidationError as error:
        raise _refusal(error) from error
    _refuse_repeated_keys(text)
    return found


async def none(request: Request) -> None:
    """For calls that take no body: one that is sent would be ignored, so it is refused."""
    if await request.body():
        message = f"{request.method} {request.url.path[:200]} takes no body; nothing is done."
        raise MalformedError(message)


def _refusal(error: ValidationError) -> RefusedError:
    details = error.errors(include_url=False, include_context=False, include_input=False)
    if details[0]["type"] == _JSON_ERROR:
        return MalformedError(f"The body is not JSON (RFC 8259, UTF-8): {details[0]['msg']}.")
    errors = field_errors(details)
    named = ", ".join(dict.fromkeys(each.pointer or "the body" for each in errors))
    return InvalidError(f"Not valid: {named[:500]}. Nothing is stored.", errors)


class _Object(dict[str, Any]):
    """A JSON object that remembers keys it was given twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        keys = [key for key, _ in pairs]
        self.repeated = [] if len(keys) == len(self) else sorted({key for key in keys if keys.count(key) > 1})


def _refuse_repeated_keys(text: bytes) -> None:
    """RFC 8259 leaves open which of two counts, so somebody who checks and somebody who acts may differ."""
    errors = [
        FieldError(pointer(location), "is there twice; say it once.")
        for location in _repeated(json.loads(text, object_pairs_hook=_Object), ())
    ]
    if errors:
        message = "The body names a field twice. Nothing is stored."
        raise InvalidError(message, errors)


def _repeated(value: Any, at: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    if isinstance(value, _Object):
        yield from ((*at, key) for key in value.repeated)
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield from _repeated(child, (*at, key))
