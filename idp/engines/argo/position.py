"""How far someone is who watches: what comes next, and when to give up."""

import random
import time
from typing import Final

LIST_AGAIN_SECONDS: Final = 900.0
"""When a watch ends and the last list is older: what a watch did not tell is seen then at the latest."""
PATIENCE_SECONDS: Final = 60.0
"""How long watches may fail before the caller hears of it. An API server that starts refuses in many ways, 403 among them."""
PAUSE_SECONDS: Final = 0.2
"""At most, between two watches, so that a server that ends them at once is not asked in a busy loop."""
LONGEST_PAUSE_SECONDS: Final = 5.0


class Position:
    """`version` is that of the last thing seen; empty before the first list and where the server remembers it no more."""

    def __init__(self) -> None:
        self.version = ""
        self._failures = 0
        self._listed = 0.0
        self._worked = time.monotonic()

    @property
    def list_first(self) -> bool:
        """Whether everything is to be listed before the next watch."""
        return not self.version or time.monotonic() - self._listed > LIST_AGAIN_SECONDS

    def listed(self, version: str) -> None:
        """Everything was, as it stood at this version."""
        self._listed = time.monotonic()
        self.moved(version)

    def moved(self, version: str) -> None:
        """All up to this version was seen."""
        self.version = version
        self.went_well()

    def went_well(self) -> None:
        """A watch told something, or ended in good order."""
        self._failures = 0
        self._worked = time.monotonic()

    def failed(self) -> bool:
        """A call did; whether that is to be borne."""
        self._failures += 1
        return bool(self.version) and time.monotonic() - self._worked < PATIENCE_SECONDS

    def pause(self) -> float:
        """Seconds until the next call, with full jitter."""
        longest = min(PAUSE_SECONDS * 2.0 ** min(self._failures, 16), LONGEST_PAUSE_SECONDS)
        return random.uniform(0, longest)  # noqa: S311 - no secret
