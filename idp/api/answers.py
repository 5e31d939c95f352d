"""What each route may answer, for the OpenAPI document: problems are said once, here."""

from typing import Any, Final

from idp.api.problems import MEDIA_TYPE
from idp.api.views import View

Answers = dict[int | str, dict[str, Any]]

_PROBLEM: Final = {"content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}

_WORDS: Final = {
    400: "Not understood: no JSON, or a body where none is taken.",
    401: "No bearer token, or one that does not hold.",
    403: "Known, and not allowed.",
    404: "There is no such thing, or none that the caller may see.",
    409: "Not now: an open request, a full quota, a missing environment, …",
    412: "Changed since it was read (If-Match).",
    413: "The body is too long.",
    415: "The body is not declared as JSON.",
    422: "The values are not valid; `errors` names each field.",
    500: "A bug. Whether the call had an effect is not known.",
    503: "Not possible at the moment; try again.",
}

_ALWAYS: Final = (400, 413, 422, 500, 503)


def answers(*statuses: int, ok: Answers) -> Answers:
    """What goes well, these problems, and those that any call may meet."""
    problems: Answers = {
        status: {"description": _WORDS[status], **_PROBLEM} for status in sorted({*statuses, *_ALWAYS})
    }
    return ok | problems


def shown(view: type[View], words: str, *, status: int = 200, headers: dict[str, str] | None = None) -> Answers:
    """One answer with a body."""
    described: dict[str, Any] = {
        name: {"description": text, "schema": {"type": "string"}} for name, text in (headers or {}).items()
    }
    answer: dict[str, Any] = {"model": view, "description": words}
    return {status: answer | ({"headers": described} if described else {})}
