"""Every error as a problem (RFC 9457), also the framework's own."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import orjson
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException

from idp.api.methods import allowed
from idp.errors import FieldError, IdpError, InvalidError

_log = structlog.get_logger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
TYPES: Final = "urn:idp:problem:"
"""Start of a problem's `type`; what follows is an error's slug."""


class FieldProblem(BaseModel):
    """One thing wrong with one field."""

    model_config = ConfigDict(extra="forbid")

    pointer: str = Field(description="JSON pointer into the body; of a query or header parameter, its name.")
    detail: str


class Problem(BaseModel):
    """RFC 9457: what happened, what is known, the next move."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "type": f"{TYPES}invalid",
                    "title": "Invalid request",
                    "status": 422,
                    "detail": "The request is not valid; nothing is stored.",
                    "instance": "urn:idp:call:01jd0000000000000000000000",
                    "errors": [{"pointer": "/cpu", "detail": "Input should be less than or equal to 64"}],
                }
            ]
        },
    )

    type: str = Field(description="Stable, for machines.")
    title: str
    status: int
    detail: str
    instance: str = Field(description="This very call; the log knows it by the same id.")
    errors: list[FieldProblem]


def problem(
    status: int, slug: str, title: str, detail: str, *, errors: Sequence[FieldError] = (), call: str = ""
) -> Response:
    """The answer; never more than these words."""
    body = {
        "type": f"{TYPES}{slug}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": f"urn:idp:call:{call}",
        "errors": [{"pointer": error.pointer, "detail": error.detail} for error in errors],
    }
    return Response(orjson.dumps(body), status, media_type=MEDIA_TYPE, headers=_HEADERS.get(status))


def install(app: FastAPI) -> None:
    """Answer every error of ours and of the framework with a problem."""
    app.add_exception_handler(IdpError, _ours)
    app.add_exception_handler(RequestValidationError, _parameters)
    app.add_exception_handler(HTTPException, _http)


def field_errors(details: Sequence[ErrorDetails] | Sequence[Any], *, skip: int = 0) -> list[FieldError]:
    """Pydantic's findings, each with a JSON pointer; `skip` leading parts of the location are not the body's."""
    return [FieldError(pointer(detail["loc"][skip:]), detail["msg"]) for detail in details]


def pointer(location: Sequence[str | int]) -> str:
    """RFC 6901. Pydantic's `[key]`, said of a key that is itself wrong, is left out."""
    parts = (str(part) for part in location if part != "[key]")
    return "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in parts)


def unexpected(call: str) -> Response:
    """What a bug answers: nothing of it is shown, its traceback is in the log under the call's id."""
    detail = "Something broke that should not; whether the call had an effect is not known. The log has the reason."
    return problem(500, "internal", "Internal error", detail, call=call)


_HEADERS: Final[Mapping[int, Mapping[str, str]]] = {
    401: {"WWW-Authenticate": "Bearer"},
    503: {"Retry-After": "2"},
}


async def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, IdpError)  # noqa: S101 - as installed
    call = _call(request)
    if error.status == HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("call_failed", exc_info=error)
        return unexpected(call)
    errors = error.errors if isinstance(error, InvalidError) else ()
    return problem(error.status, error.slug, error.title, str(error), errors=errors, call=call)


async def _parameters(request: Request, error: Exception) -> Response:
    """Of path, query and headers; a body is read by idp.api.bodies."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as installed
    errors = [
        FieldError(str(detail["loc"][-1]), f"{detail['msg']} (in the {detail['loc'][0]})") for detail in error.errors()
    ]
    detail = f"{', '.join(sorted({each.pointer for each in errors}))}: not valid; nothing is stored."
    return problem(422, "invalid", "Invalid request", detail, errors=errors, call=_call(request))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as installed
    status = HTTPStatus(error.status_code)
    slug = status.phrase.lower().replace(" ", "-")
    details = {
        404: f"There is nothing at {request.url.path[:200]}. GET /openapi.json tells what there is.",
        405: f"{request.method[:20]} is not possible here.",
    }
    answer = problem(status.value, slug, status.phrase, details.get(status, f"{error.detail}."), call=_call(request))
    answer.headers.update(error.headers or {})
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        answer.headers["Allow"] = allowed(request.app, request.url.path) or answer.headers["Allow"]
    return answer


def _call(request: Request) -> str:
    call: str = request.scope["state"]["call"]
    return call
