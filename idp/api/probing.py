"""Asks an application how it is: one GET, three seconds at the most."""

from typing import Final

import aiohttp

_SECONDS: Final = 3.0
_OK: Final = 400


async def probe(url: str) -> str:
    """`healthy`, or what is seen instead."""
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_SECONDS)) as session,
            session.get(url, allow_redirects=False) as answer,
        ):
            return "healthy" if answer.status < _OK else f"answers {answer.status}"
    except (aiohttp.ClientError, TimeoutError):
        return "gives no answer"
