"""Every error the platform raises on purpose.

    IdpError
    ├── DefinitionError        a capability or catalogue cannot be; the platform engineer's move
    ├── RefusedError           the caller's move; nothing was stored
    │   ├── UnauthenticatedError   401  who is asking is not known
    │   ├── ForbiddenError         403  known, and may not
    │   ├── NotFoundError          404
    │   ├── ConflictError          409  the world is not in the state this needs
    │   ├── PreconditionError      412  changed since it was read (If-Match)
    │   └── InvalidError           422  the values themselves
    ├── UnavailableError       503  nobody's fault: the same call may go through later
    └── StepError              a step of a run failed; its message is what the request's history shows

Each knows its HTTP status and a stable `slug` (the last part of the problem's `type`). A message says what happened
with the value, what is known, and the next move.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one field. `pointer` is a JSON pointer into the body (RFC 6901)."""

    pointer: str
    detail: str


class IdpError(Exception):
    """Base of all; `status` is the HTTP answer, `slug` names the kind of problem for machines."""

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "internal"
    title: ClassVar[str] = "Internal error"


class DefinitionError(IdpError):
    """A capability, step or catalogue that cannot be; raised when it is made."""

    slug = "definition"
    title = "Impossible definition"


class RefusedError(IdpError):
    """The request was refused and nothing was stored."""

    status = 400
    slug = "refused"
    title = "Refused"


class UnauthenticatedError(RefusedError):
    """No bearer token, or one that does not hold."""

    status = 401
    slug = "unauthenticated"
    title = "Not signed in"


class ForbiddenError(RefusedError):
    """The caller is known and may not do this."""

    status = 403
    slug = "forbidden"
    title = "Not allowed"


class NotFoundError(RefusedError):
    """There is no such thing, or none that the caller may know of."""

    status = 404
    slug = "not-found"
    title = "Not found"


class ConflictError(RefusedError):
    """The thing is not in the state this needs: an open request, a used key, a full quota."""

    status = 409
    slug = "conflict"
    title = "Conflict"


class PreconditionError(RefusedError):
    """The thing changed since the caller read it."""

    status = 412
    slug = "precondition-failed"
    title = "Changed meanwhile"


class InvalidError(RefusedError):
    """The values cannot be accepted; `errors` names each field."""

    status = 422
    slug = "invalid"
    title = "Invalid request"

    def __init__(self, message: str, errors: Sequence[FieldError] = ()) -> None:
        """`errors` may be empty when no single field is at fault."""
        super().__init__(message)
        self.errors = tuple(errors)


class UnavailableError(IdpError):
    """The same call may go through later; whether this one had an effect is unknown unless the message says so."""

    status = 503
    slug = "unavailable"
    title = "Unavailable"


class StepError(IdpError):
    """A step of a run failed in a way that is understood."""

    slug = "step-failed"
    title = "Step failed"
