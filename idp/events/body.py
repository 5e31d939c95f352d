"""The body of an event: one JSON object with fixed keys, all of them always there.

The Sensor reads `body.<key>`; a key that is missing fails its trigger, so that nothing is ever made up.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from idp.events.wire import REQUEST_LIMIT, wire


@dataclass(frozen=True, kw_only=True, slots=True)
class EventBody:
    """What the EventSource is told about one accepted request. All but `request` are strings."""

    id: str
    run: str
    """The Workflow's name (`idp.names.run`)."""
    capability: str
    resource: str
    """`idp.names.resource`: what the run locks."""
    verb: str
    team: str
    requester: str
    approval: str
    """`none` or `required`."""
    issued_at: str
    """RFC 3339."""
    traceparent: str
    """W3C Trace Context, or empty."""
    request: Mapping[str, Any]
    """The validated request, defaults filled in."""

    def encoded(self) -> bytes:
        """The body as it is posted: the same bytes each time. Raises InvalidError for a request that is too long."""
        wire(self.request, limit=REQUEST_LIMIT)
        return wire(asdict(self), limit=_LIMIT).encode("ascii")


KEYS: Final = tuple(field.name for field in fields(EventBody))
"""Every key of the body."""

NOT_CARRIED: Final = frozenset({"capability", "issued_at", "traceparent"})
"""Keys that no Sensor reads: the capability is the trigger's own; the others are for who looks at the event."""

_LIMIT: Final = REQUEST_LIMIT + 8 * 1024
