"""Filing a request, or explaining what that would do: what all such routes share."""

import re
from typing import Annotated, Final

from fastapi import Depends, Header, Query, Request, Response

from idp.access.caller import Caller
from idp.api.answers import Answers, answers
from idp.api.identity import SignedIn
from idp.api.parts import Parts, Served
from idp.api.strictly import Strictly
from idp.api.views import ExplanationView, RequestView, answer, explanation_view, request_path, request_view
from idp.lifecycle.accept import accept
from idp.lifecycle.explain import explain
from idp.lifecycle.wishes import Wish

_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

FILED: Final[Answers] = answers(
    401,
    403,
    404,
    409,
    412,
    415,
    ok={
        200: {"model": ExplanationView, "description": "With `explain=true`: what would happen; nothing is stored."},
        202: {
            "model": RequestView,
            "description": "Accepted: the request is on the disk and will be carried out.",
            "headers": {
                "Location": {"description": "The request.", "schema": {"type": "string"}},
                "Retry-After": {"description": "Seconds until a look is worth it.", "schema": {"type": "string"}},
                "Idempotency-Replayed": {
                    "description": "`true` where an earlier call with this key had filed it.",
                    "schema": {"type": "string"},
                },
            },
        },
    },
)


class Desk:
    """Where one call files its wish."""

    def __init__(
        self,
        request: Request,
        parts: Served,
        caller: SignedIn,
        explain: Annotated[bool, Query(description="Only tell what would happen.")] = False,  # noqa: FBT002 - a query parameter
        idempotency_key: Annotated[
            str | None,
            Header(
                pattern=r"^[\x21-\x7e]{1,128}$",
                description="Any unique text; the same call with the same key is filed once.",
            ),
        ] = None,
    ) -> None:
        self.parts: Parts = parts
        self.caller: Caller = caller
        self.idempotency_key = idempotency_key
        self.traceparent = _traceparent(request)
        self._explain = explain

    async def file(self, wish: Wish) -> Response:
        """202 with the stored request, or the explanation."""
        if self._explain:
            return answer(
                explanation_view(
                    await explain(self.parts.ledger, self.caller, wish, repositories=self.parts.repositories)
                )
            )
        accepted = await accept(self.parts.ledger, self.caller, wish, repositories=self.parts.repositories)
        request = accepted.request
        headers = {"Location": request_path(request.id), "Retry-After": "1"}
        if accepted.replayed:
            headers["Idempotency-Replayed"] = "true"
        return answer(await request_view(self.parts, request), 202, headers)


Filing = Annotated[Desk, Depends(Desk)]
only_explain = Depends(Strictly("explain"))


def _traceparent(request: Request) -> str:
    given = request.headers.get("traceparent", "")
    return given if _TRACEPARENT.fullmatch(given) else ""
