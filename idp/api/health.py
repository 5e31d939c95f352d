"""Whether the server lives and can work, and its figures. Open to all: nothing of a team is shown."""

from datetime import UTC, datetime
from typing import Literal

from fastapi import APIRouter, Depends, Response

from idp.api import bodies
from idp.api.answers import Answers, answers, shown
from idp.api.parts import Served
from idp.api.strictly import Strictly
from idp.api.views import View, answer

router = APIRouter(tags=["platform"], dependencies=[Depends(Strictly()), Depends(bodies.none)])

_METRICS: Answers = {
    200: {"description": "Prometheus' text format.", "content": {"text/plain": {"schema": {"type": "string"}}}}
}


class LiveView(View):
    """It answers."""

    status: Literal["live"] = "live"


class ReadyView(View):
    """It can work."""

    status: Literal["ready"] = "ready"


@router.get("/livez", operation_id="livez", summary="Does it answer?", responses=answers(ok=shown(LiveView, "Yes.")))
async def livez() -> Response:
    """No input or output."""
    return answer(LiveView())


@router.get(
    "/readyz",
    operation_id="readyz",
    summary="Can it store requests and check tokens?",
    responses=answers(ok=shown(ReadyView, "Yes.")),
)
async def readyz(parts: Served) -> Response:
    """Writes to the ledger."""
    await parts.ledger.ready()
    parts.identity.keys.current()
    return answer(ReadyView())


@router.get("/metrics", operation_id="metrics", summary="Figures for Prometheus", responses=answers(ok=_METRICS))
async def metrics(parts: Served) -> Response:
    """Calls, loops, and the outbox as it stands."""
    waiting, oldest = await parts.ledger.backlog()
    text = parts.measures.exposition(parts.counters, waiting=waiting, oldest=oldest, now=datetime.now(UTC))
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")
