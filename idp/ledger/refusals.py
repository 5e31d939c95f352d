"""What an acceptance, a decision or a permit may violate: pure, for every store, checked inside its transaction."""

from dataclasses import dataclass

from idp import names
from idp.errors import ConflictError, ForbiddenError, NotFoundError, PreconditionError
from idp.ledger.protocol import KeyReusedError, OpenRequestError, QuotaError, ResourceExistsError
from idp.ledger.records import Acceptance, Change, Forgetting, RequestRecord, ResourceKey, ResourceRecord
from idp.ledger.transitions import locks


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What the store holds of all that an acceptance touches; a count it did not ask for is 0."""

    before: ResourceRecord | None
    """The request's own resource."""
    needed: tuple[ResourceRecord | None, ...]
    """What `must_be_ready` names, in its order."""
    others: int
    """Resources of the same capability and team that are not removed, the request's own left out."""
    inhabitants: int
    """Resources not removed that live in the request's environment."""
    placed: tuple[ResourceRecord, ...] = ()
    """Placements of a resource that is to go."""
    newest_of_source: str | None = None
    """Id of the newest request that the request's own source asked for."""


def replayed(first: RequestRecord, again: RequestRecord) -> RequestRecord:
    """The first request of an Idempotency-Key. Raises KeyReusedError when `again` asks for something else."""
    if _wish(first) != _wish(again):
        message = (
            f"Idempotency-Key {again.idempotency_key!r} was used by {again.requester} for another body, in request"
            f" {first.id}; nothing is stored. Send the first body again, or a new key."
        )
        raise KeyReusedError(message)
    return first


def refuse_violation(acceptance: Acceptance, standing: Standing) -> None:
    """Raises OpenRequestError, ResourceExistsError, PreconditionError, QuotaError or ConflictError."""
    for each in (standing.before, *standing.placed):
        _refuse_second_open_request(acceptance, each)
    _refuse_older_head(acceptance.request, standing.newest_of_source)
    _refuse_other_generation(acceptance, standing.before)
    _refuse_missing(acceptance, standing)
    _refuse_extended(acceptance, standing.before)
    _refuse_inhabited(acceptance, standing.inhabitants)
    _refuse_too_many(acceptance, standing.others)


def refuse_forgetting(forgetting: Forgetting, resource: ResourceRecord | None, inhabitants: int) -> ResourceRecord:
    """The resource that may be forgotten. Raises NotFoundError, OpenRequestError or ConflictError."""
    if resource is None or resource.status == "removed":
        message = f"There is no {_titled(forgetting.key)} to forget."
        raise NotFoundError(message)
    if resource.open_request:
        raise _open_request(resource)
    if forgetting.refuse_while_inhabited and inhabitants:
        raise _inhabited(forgetting.key, inhabitants)
    return resource


def refuse_own_decision(change: Change, request: RequestRecord) -> None:
    """Raises ForbiddenError: nobody decides on a request of their own, nor on one that carries their change."""
    if change.decision is None:
        return
    if change.decision.by == request.requester:
        message = f"{request.requester} asked for request {request.id} and cannot decide on it; another person must."
        raise ForbiddenError(message)
    if {change.decision.by.lower(), *change.decision.known_as}.intersection(request.carriers):
        message = f"Request {request.id} carries a change of {change.decision.by}, or may; another person must decide."
        raise ForbiddenError(message)


def permitted(request: RequestRecord, run_uid: str, digest: str) -> bool:
    """Whether this run may change the world now, and what `digest` says of it."""
    if not request.open or request.verb == "inspect" or request.run_uid not in {None, run_uid} or request.waits_in:
        return False
    return request.approval == "none" or request.approved_digest == digest


def _wish(request: RequestRecord) -> tuple[object, ...]:
    return request.capability, request.verb, request.key, request.body_sha256


def _titled(key: ResourceKey) -> str:
    if names.is_placed(key.capability):
        return f"placement {key.team}/{key.name}"
    return f"{key.capability} {key.team}/{key.name}"


def _refuse_second_open_request(acceptance: Acceptance, before: ResourceRecord | None) -> None:
    if before and before.open_request and locks(acceptance.request) and acceptance.may_wait_in is None:
        raise _open_request(before)


def _open_request(resource: ResourceRecord) -> OpenRequestError:
    return OpenRequestError(
        f"{_titled(resource.key)} has an open request, {resource.open_request}; nothing is stored."
        " Wait until it is finished, or cancel it."
    )


def _refuse_older_head(request: RequestRecord, newest: str | None) -> None:
    """Ids say in which order the heads were looked at; the requests may arrive in another."""
    if newest is not None and newest > request.id:
        message = "A newer head of this branch was filed meanwhile; nothing is stored."
        raise ConflictError(message)


def _refuse_other_generation(acceptance: Acceptance, before: ResourceRecord | None) -> None:
    expected, key = acceptance.expected_generation, acceptance.request.key
    standing = before.generation if before and before.status != "removed" else 0
    if expected is None or expected == standing:
        return
    if expected == 0:
        message = f"{_titled(key)} is already there; nothing is stored. Change it with PUT, or choose another name."
        raise ResourceExistsError(message)
    message = f"{_titled(key)} is at generation {standing}, not {expected}; nothing is stored. Read it again."
    raise PreconditionError(message)


def _refuse_missing(acceptance: Acceptance, standing: Standing) -> None:
    request = acceptance.request
    comes_to_be = acceptance.resource is not None and request.verb != "deprovision"
    if not comes_to_be and (standing.before is None or standing.before.status == "removed"):
        message = f"There is no {_titled(request.key)} to {request.verb}; nothing is stored."
        raise ConflictError(message)
    for key, needed in zip(acceptance.must_be_ready, standing.needed, strict=True):
        if needed is None or needed.status in {"removed", "removing"}:
            message = (
                f"{_titled(key)} is {needed.status if needed else 'not there'}; nothing is stored. Provision it first."
            )
            raise ConflictError(message)


def _refuse_extended(acceptance: Acceptance, before: ResourceRecord | None) -> None:
    if acceptance.expired_at is None or before is None:
        return
    if before.expires_at is None or before.expires_at > acceptance.expired_at:
        message = f"{_titled(before.key)} was extended meanwhile; nothing is stored."
        raise ConflictError(message)


def _refuse_inhabited(acceptance: Acceptance, inhabitants: int) -> None:
    if acceptance.refuse_while_inhabited and inhabitants:
        raise _inhabited(acceptance.request.key, inhabitants)


def _inhabited(key: ResourceKey, inhabitants: int) -> ConflictError:
    return ConflictError(f"{inhabitants} resources live in {_titled(key)}; nothing is stored. Remove them first.")


def _refuse_too_many(acceptance: Acceptance, others: int) -> None:
    if acceptance.quota is not None and others + 1 > acceptance.quota:
        key = acceptance.request.key
        message = (
            f"Team {key.team} has {others} {key.capability} and may have {acceptance.quota}; nothing is stored."
            " Remove one, or ask the owner for more."
        )
        raise QuotaError(message)
