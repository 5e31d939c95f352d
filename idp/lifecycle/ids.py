"""Ids of requests: lower-case ULIDs, legal in a DNS label, which sort in the order they were made.

Own code, as it is a dozen lines: python-ulid does not promise an order within one millisecond, and listings and cursors need it.
"""

import os
import re
import time
from collections.abc import Callable
from typing import Final

from idp import names

ID_PATTERN: Final = names.REQUEST_ID

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_RANDOM_BITS: Final = 80
_PATTERN: Final = re.compile(ID_PATTERN)


def milliseconds() -> int:
    """Since 1970."""
    return time.time_ns() // 1_000_000


def written(text: str) -> bool:
    """Whether this can be an id at all."""
    return _PATTERN.fullmatch(text) is not None


class Ids:
    """Makes ids, each greater than the one before, even if the clock stands still or goes back."""

    def __init__(self, clock: Callable[[], int] = milliseconds) -> None:
        self._clock = clock
        self._last = 0

    def __call__(self) -> str:
        """The next id: 48 bits of time, 80 random ones; within one millisecond, the last one plus a little."""
        fresh = self._clock() << _RANDOM_BITS | int.from_bytes(os.urandom(10))
        if fresh >> _RANDOM_BITS <= self._last >> _RANDOM_BITS:
            fresh = self._last + 1 + int.from_bytes(os.urandom(4))
        self._last = fresh
        return _text(fresh)


def _text(value: int) -> str:
    """Crockford's base 32: 26 letters of five bits."""
    return "".join(_ALPHABET[value >> shift & 31] for shift in range(125, -1, -5))


next_id: Final = Ids()
"""The process's own: its order is what listings rely on."""
