"""Asking again while the other side is away. Only for what may be asked twice."""

from collections.abc import Callable

import httpx2
from tenacity import (
    RetryError,
    Retrying,
    retry_if_exception_type,
    retry_if_result,
    stop_after_delay,
    wait_random_exponential,
)

from idp.entra import is_away


def answered(ask: Callable[[], httpx2.Response], *, seconds: float, longest_pause: float) -> httpx2.Response:
    """The first answer that does not say `is_away`, or the last one once the seconds are over.

    Raises what the last try did, a TransportError, where nobody was there in that time.
    """
    patiently = Retrying(
        retry=retry_if_exception_type(httpx2.TransportError)
        | retry_if_result(lambda found: is_away(found.status_code)),
        stop=stop_after_delay(seconds),
        wait=wait_random_exponential(multiplier=0.2, max=longest_pause),
    )
    try:
        answer: httpx2.Response = patiently(ask)
    except RetryError as over:
        answer = over.last_attempt.result()
    return answer
