"""The tables are written by hand, from the design: they judge the code."""

from dataclasses import replace
from typing import Any

import pytest

from idp.capability import Verb
from idp.ledger.records import RequestPhase, ResourceRecord, ResourceStatus
from idp.ledger.transitions import resource_accepted, resource_after, resource_permitted
from tests.ledger.samples import START, Clock, request_record, resource_record

OLD = {"team": "payments", "name": "checkout", "cpu": 1, "environment": "home"}
NEW = {"team": "payments", "name": "checkout", "cpu": 2, "environment": "other"}


def resource(status: ResourceStatus, **fields: Any) -> ResourceRecord:
    request = request_record(1, spec=NEW)
    plain = replace(
        resource_record(request, environment="other"),
        status=status,
        was="ready",
        generation=4,
        applied_spec=OLD,
        outputs={"host": "h"},
        open_request=request.id,
    )
    return replace(plain, **fields)


@pytest.mark.parametrize(
    ("verb", "before", "after", "generation"),
    [
        ("provision", None, "provisioning", 1),
        ("provision", "removed", "provisioning", 5),
        ("provision", "ready", "changing", 5),
        ("provision", "drifted", "changing", 5),
        ("provision", "failed", "changing", 5),
        ("deprovision", "ready", "removing", 4),
        ("deprovision", "drifted", "removing", 4),
        ("deprovision", "failed", "removing", 4),
    ],
)
def test_what_an_accepted_request_makes_of_its_resource(
    verb: Verb, before: ResourceStatus | None, after: ResourceStatus, generation: int
) -> None:
    request = request_record(1, verb, spec=NEW)
    stands = resource(before, open_request=None) if before else None
    accepted = resource_accepted(request, resource_record(request), stands)
    assert (accepted.status, accepted.generation) == (after, generation)
    assert accepted.was == (before or "removed")


@pytest.mark.parametrize(
    ("verb", "status", "was", "permitted", "phase", "after"),
    [
        # provision of a new one
        ("provision", "provisioning", "removed", True, "succeeded", "ready"),
        ("provision", "provisioning", "removed", False, "succeeded", "ready"),
        ("provision", "provisioning", "removed", True, "failed", "failed"),
        ("provision", "provisioning", "removed", False, "failed", "failed"),
        ("provision", "provisioning", "removed", False, "rejected", "removed"),
        ("provision", "provisioning", "removed", False, "cancelled", "removed"),
        ("provision", "provisioning", "removed", True, "cancelled", "failed"),
        # provision of one that is there
        ("provision", "changing", "ready", True, "succeeded", "ready"),
        ("provision", "changing", "ready", True, "failed", "failed"),
        ("provision", "changing", "ready", False, "failed", "failed"),
        ("provision", "changing", "ready", False, "rejected", "ready"),
        ("provision", "changing", "drifted", False, "cancelled", "drifted"),
        ("provision", "changing", "failed", False, "cancelled", "failed"),
        ("provision", "changing", "ready", True, "cancelled", "failed"),
        # removal
        ("deprovision", "removing", "ready", True, "succeeded", "removed"),
        ("deprovision", "removing", "ready", True, "failed", "failed"),
        ("deprovision", "removing", "ready", False, "rejected", "ready"),
        ("deprovision", "removing", "drifted", False, "cancelled", "drifted"),
        ("deprovision", "removing", "ready", True, "cancelled", "failed"),
        # an action leaves the status alone
        ("perform", "ready", "removed", True, "succeeded", "ready"),
        ("perform", "drifted", "removed", True, "failed", "drifted"),
        ("perform", "failed", "removed", False, "cancelled", "failed"),
    ],
)
def test_what_a_finished_request_makes_of_its_resource(
    *,
    verb: Verb,
    status: ResourceStatus,
    was: ResourceStatus,
    permitted: bool,
    phase: RequestPhase,
    after: ResourceStatus,
) -> None:
    request = replace(request_record(1, verb, spec=NEW), phase=phase, permitted=permitted)
    finished = resource_after(request, resource(status, was=was), START)
    assert finished.status == after
    assert finished.open_request is None


@pytest.mark.parametrize(
    ("status", "open_request", "phase", "changes", "after"),
    [
        ("ready", None, "succeeded", 2, "drifted"),
        ("ready", None, "succeeded", 0, "ready"),
        ("drifted", None, "succeeded", 0, "ready"),
        ("drifted", None, "succeeded", 1, "drifted"),
        ("ready", None, "failed", 2, "ready"),
        ("ready", None, "cancelled", None, "ready"),
        ("ready", "an action", "succeeded", 2, "ready"),
        ("changing", "a change", "succeeded", 2, "changing"),
        ("provisioning", "a change", "succeeded", 2, "provisioning"),
        ("removing", "a removal", "succeeded", 2, "removing"),
        ("failed", None, "succeeded", 0, "failed"),
        ("removed", None, "succeeded", 1, "removed"),
    ],
)
def test_what_an_inspection_makes_of_its_resource(
    status: ResourceStatus, open_request: str | None, phase: RequestPhase, changes: int | None, after: ResourceStatus
) -> None:
    request = replace(request_record(1, "inspect"), phase=phase, changes=changes)
    inspected = resource_after(request, resource(status, open_request=open_request), START)
    assert inspected.status == after
    assert inspected.open_request == open_request


def test_success_makes_the_spec_the_applied_one_and_brings_the_outputs() -> None:
    request = replace(request_record(1, spec=NEW), phase="succeeded", outputs={"host": "new"})
    finished = resource_after(request, resource("changing"), Clock().forward(1))
    assert (finished.applied_spec, finished.outputs) == (NEW, {"host": "new"})
    assert finished.updated_at == Clock().forward(1)


def test_success_without_outputs_keeps_those_there_are() -> None:
    """Nothing was to be changed, so nothing ran that has outputs."""
    request = replace(request_record(1, spec=NEW), phase="succeeded")
    assert resource_after(request, resource("changing"), START).outputs == {"host": "h"}


def test_a_change_that_never_came_true_leaves_spec_and_home_as_they_were() -> None:
    request = replace(request_record(1, spec=NEW), phase="rejected")
    back = resource_after(request, resource("changing"), START)
    assert (back.spec, back.environment, back.applied_spec) == (OLD, "home", OLD)


def test_going_back_to_what_was_never_applied_keeps_the_spec() -> None:
    request = replace(request_record(1, spec=NEW), phase="cancelled")
    back = resource_after(request, resource("changing", was="failed", applied_spec=None), START)
    assert (back.status, back.spec, back.environment) == ("failed", NEW, "other")


def test_a_tombstone_keeps_nothing_that_could_still_hold() -> None:
    request = replace(request_record(1, "deprovision", spec=NEW), phase="succeeded", permitted=True)
    gone = resource_after(request, resource("removing"), START)
    assert (gone.applied_spec, gone.outputs, gone.environment, gone.expires_at) == (None, {}, None, None)
    assert (gone.spec, gone.generation) == (NEW, 4)


def test_only_a_provision_makes_its_spec_true_when_it_is_permitted() -> None:
    for verb, applied in (("provision", NEW), ("deprovision", OLD), ("perform", OLD)):
        request = request_record(1, verb, spec=NEW)  # type: ignore[arg-type]  # a tuple forgets the literals
        assert resource_permitted(request, resource("changing")).applied_spec == applied
