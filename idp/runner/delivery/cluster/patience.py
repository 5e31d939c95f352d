"""Asking again while the other side is away. Only for what may be asked twice."""

from collections.abc import Callable
from typing import Final

import httpx2
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    retry_if_result,
    stop_after_delay,
    wait_random_exponential,
)

AWAY: Final = frozenset({408, 429, 500, 502, 503, 504})
"""Statuses that mean: not now."""


def answered(ask: Callable[[], httpx2.Response], *, seconds: float, longest_pause: float) -> httpx2.Response:
    """The first answer that is none of `AWAY`, or the last one once the seconds are over.

    Raises what the last try did, a TransportError, where nobody was there in that time.
    """
    patiently = Retrying(
        retry=retry_if_exception_type(httpx2.TransportError) | retry_if_result(lambda found: found.status_code in AWAY),
        stop=stop_after_delay(seconds),
        wait=wait_random_exponential(multiplier=0.2, max=longest_pause),
        retry_error_callback=_last,
    )
    answer: httpx2.Response = patiently(ask)
    return answer


def _last(call: RetryCallState) -> httpx2.Response:
    assert call.outcome  # noqa: S101 - a call that was made
    found: httpx2.Response = call.outcome.result()
    return found
