"""What a request's steps wrote: one step's lines, or all of them in order."""

import time
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse

from idp.api import bodies
from idp.api.answers import Answers, answers
from idp.api.identity import Held, signed_in
from idp.api.parts import Parts, Served
from idp.api.streaming import LONGEST_SECONDS, paced
from idp.api.strictly import Strictly
from idp.errors import IdpError, NotFoundError
from idp.ledger.records import HistoryEntry, RequestRecord
from idp.lifecycle import visible

router = APIRouter(prefix="/v1/requests/{id}/logs", tags=["requests"], dependencies=[Depends(signed_in)])

_UNSTARTED = frozenset({"Pending", "Skipped", "Omitted"})
_HEADERS = {"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}
_LINES: Answers = {200: {"description": "Lines of text.", "content": {"text/plain": {"schema": {"type": "string"}}}}}


@router.get(
    "",
    operation_id="requests-logs",
    summary="What its steps wrote; without `step`, all of them in order, each line with its step's name",
    responses=answers(401, 404, ok=_LINES),
    dependencies=[Depends(Strictly("step", "follow")), Depends(bodies.none)],
)
async def logs(
    parts: Served,
    held: Held,
    id: str,  # noqa: A002 - the path's word
    step: Annotated[str | None, Query(pattern=r"^[a-z][a-z0-9-]{0,62}$", description="`look`, say.")] = None,
    follow: Annotated[bool, Query(description="Go on with what comes, to the end.")] = False,  # noqa: FBT002 - a query parameter
) -> Response:
    """As text."""
    found = await visible.request(parts.ledger, held.caller, id)
    if step and not follow:
        lines = await _known(parts.engine.logs(found.run, step, follow=False))
    else:
        lines = _steps(parts, found, step, follow=follow)
    return StreamingResponse(_bytes(lines, parts, held.expires_at), media_type="text/plain", headers=_HEADERS)


async def _known(lines: AsyncIterator[str]) -> AsyncIterator[str]:
    """The same lines, once the first is there: an unknown step must be a 404, not an empty log. Raises NotFoundError."""
    first = [line async for line in _first(lines)]
    return _chained(first, lines)


async def _first(lines: AsyncIterator[str]) -> AsyncIterator[str]:
    with suppress(StopAsyncIteration):
        yield await anext(lines)


async def _chained(first: list[str], rest: AsyncIterator[str]) -> AsyncIterator[str]:
    for line in first:
        yield line
    async for line in rest:
        yield line


async def _steps(parts: Parts, request: RequestRecord, only: str | None, *, follow: bool) -> AsyncIterator[str]:
    """Lines of the steps in the order in which they began, each with its step's name unless there is but one."""
    async for step in _begun(parts, request, follow=follow):
        if only not in {None, step}:
            continue
        try:
            async for line in parts.engine.logs(request.run, step, follow=follow):
                yield line if only else f"{step} | {line}"
        except NotFoundError:
            continue  # a gate writes nothing; and an old log may be gone
        except IdpError as error:
            yield f"{step} | (the log ends here: {error})"
            return


async def _begun(parts: Parts, request: RequestRecord, *, follow: bool) -> AsyncIterator[str]:
    seen: set[str] = set()
    async for entry in _entries(parts, request, follow=follow):
        if entry.kind != "step" or entry.data["phase"] in _UNSTARTED:
            continue
        step: str = entry.data["step"]
        if step not in seen:
            seen.add(step)
            yield step


async def _entries(parts: Parts, request: RequestRecord, *, follow: bool) -> AsyncIterator[HistoryEntry]:
    if follow:
        async for entry in parts.ledger.follow(request.id):
            yield entry
        return
    for entry in await parts.ledger.history(request.id):
        yield entry


async def _bytes(lines: AsyncIterator[str], parts: Parts, until: float) -> AsyncIterator[bytes]:
    """Until the caller's token ends too, in seconds since 1970."""
    ends = time.monotonic() + min(until - time.time(), LONGEST_SECONDS)
    async for line in paced(lines, ends=ends, pause=LONGEST_SECONDS, stopping=parts.stopping):
        if line is not None:
            yield line.encode(errors="replace") + b"\n"
