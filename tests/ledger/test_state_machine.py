"""Whatever is done in whatever order, the ledger holds what a dictionary would."""

import asyncio
import shutil
import tempfile
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

import pytest
from hypothesis import HealthCheck, assume, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from idp.capability import Verb
from idp.errors import ConflictError, ForbiddenError, NotFoundError
from idp.ledger.protocol import KeyReusedError, Ledger, OpenRequestError, ResourceExistsError
from idp.ledger.records import (
    OPEN_PHASES,
    Change,
    Decision,
    Forgetting,
    OutboxAction,
    OutboxRow,
    Page,
    RequestPhase,
    RequestRecord,
    ResourceStatus,
)
from tests.ledger.samples import Clock, acceptance, request_record, resource_key
from tests.ledger.stores import STORES, Store

T = TypeVar("T")

NAMES = st.sampled_from(["a", "b"])
PEOPLE = st.sampled_from(["ann", "ben"])
CARRIERS = st.frozensets(st.sampled_from(["ann", "ben", "cid"]), max_size=2)
QUEUES = st.sampled_from([None, "q1", "q2"])
UIDS = st.sampled_from(["u1", "u2"])
DIGESTS = st.sampled_from(["d1", "d2"])
VERBS = st.sampled_from(get_args(Verb))
ANY = st.integers(min_value=0, max_value=10_000)
LEASE = 60
EXAMPLES = {"sqlite": 40, "postgresql": 10}
"""A question to PostgreSQL is a round trip, and each step asks for everything."""


@dataclass
class Asked:
    record: RequestRecord
    phase: RequestPhase = "accepted"
    uid: str | None = None
    permitted: bool = False
    approved: str | None = None
    queue: str | None = None
    """Where it waits."""
    carriers: frozenset[str] = frozenset()
    kinds: list[str] = field(default_factory=lambda: ["accepted"])

    @property
    def open(self) -> bool:
        return self.phase in OPEN_PHASES


@dataclass
class Thing:
    status: ResourceStatus = "removed"
    was: ResourceStatus = "removed"
    generation: int = 0
    open: str | None = None
    applied: int | None = None
    """The `cpu` of the spec that may be true."""


class Model(RuleBasedStateMachine):
    store: Store

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp())
        self.clock = Clock()
        self.asked: list[Asked] = []
        self.things: dict[str, Thing] = {"a": Thing(), "b": Thing()}
        self.outbox: set[tuple[str, OutboxAction]] = set()
        self.taken: list[OutboxRow] = []
        self.start()

    def start(self) -> None:
        self.ledger: Ledger = self.store(self.folder, self.clock)
        self.does(self.ledger.open())

    def does(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def teardown(self) -> None:
        self.does(self.ledger.close())
        self.runner.close()
        shutil.rmtree(self.folder)

    def one(self, number: int) -> Asked:
        return self.asked[number % len(self.asked)]

    @rule(name=NAMES, verb=VERBS, requester=PEOPLE, carriers=CARRIERS, approval=st.booleans(), queue=QUEUES)
    def accept(
        self, name: str, verb: Verb, requester: str, carriers: frozenset[str], queue: str | None, *, approval: bool
    ) -> None:
        number = len(self.asked)
        record = replace(
            request_record(
                number,
                verb,
                key=resource_key(name),
                requester=requester,
                approval="required" if approval else "none",
                idempotency_key=f"key {number}",
            ),
            carriers=tuple(sorted(carriers)),
        )
        thing = self.things[name]
        if verb == "perform" and thing.open and queue:
            assert self.does(self.ledger.accept(acceptance(record, may_wait_in=queue))).request.waits_in == queue
            self.queued(record, queue)
        elif verb != "inspect" and thing.open:
            with pytest.raises(OpenRequestError):
                self.does(self.ledger.accept(acceptance(record)))
        elif verb != "provision" and thing.status == "removed":
            with pytest.raises(ConflictError):
                self.does(self.ledger.accept(acceptance(record)))
        else:
            assert self.does(self.ledger.accept(acceptance(record))).request == record
            self.accepted(record, thing)

    def accepted(self, record: RequestRecord, thing: Thing) -> None:
        self.asked.append(Asked(record, carriers=frozenset(record.carriers)))
        self.outbox.add((record.id, "publish"))
        if record.verb == "inspect":
            return
        thing.open = record.id
        if record.verb == "provision":
            thing.generation += 1
            thing.was, thing.status = thing.status, "provisioning" if thing.status == "removed" else "changing"
        if record.verb == "deprovision":
            thing.was, thing.status = thing.status, "removing"

    def queued(self, record: RequestRecord, queue: str) -> None:
        new = Asked(record, queue=queue, carriers=frozenset(record.carriers), kinds=["accepted", "waiting"])
        for old in self.asked:
            if old.queue == queue and old.record.key == record.key:
                old.phase, old.queue = "cancelled", None
                old.kinds.append("cancelled")
                new.carriers |= old.carriers
        self.asked.append(new)

    def freed(self, name: str, thing: Thing) -> None:
        """Whoever waited longest is next; nobody where the thing is gone."""
        waiting = [each for each in self.asked if each.queue and each.record.key.name == name]
        for each in waiting[: None if thing.status == "removed" else 1]:
            each.queue = None
            if thing.status == "removed":
                each.phase = "cancelled"
                each.kinds.append("cancelled")
            else:
                thing.open = each.record.id
                each.kinds.append("admitted")
                self.outbox.add((each.record.id, "publish"))

    @rule(name=NAMES)
    def adopt(self, name: str) -> None:
        record = request_record(len(self.asked), key=resource_key(name))
        done = replace(record, phase="succeeded", finished_at=self.clock.at)
        wish, thing = acceptance(done, expected_generation=0), self.things[name]
        if thing.status == "removed":
            self.does(self.ledger.adopt(wish, reason="r"))
            self.asked.append(Asked(done, phase="succeeded", kinds=["adopted"]))
            thing.status, thing.was, thing.generation = "ready", "removed", thing.generation + 1
            thing.applied = record.spec["cpu"]
        else:
            with pytest.raises(OpenRequestError if thing.open else ResourceExistsError):
                self.does(self.ledger.adopt(wish, reason="r"))

    @rule(name=NAMES)
    def forget(self, name: str) -> None:
        wish = Forgetting(key=resource_key(name), by="oda", reason="r", state_key="s", refuse_while_inhabited=False)
        thing = self.things[name]
        if thing.status == "removed":
            with pytest.raises(NotFoundError):
                self.does(self.ledger.forget(wish))
        elif thing.open:
            with pytest.raises(OpenRequestError):
                self.does(self.ledger.forget(wish))
        else:
            self.does(self.ledger.forget(wish))
            thing.status, thing.applied = "removed", None
            made = [each for each in self.asked if each.record.key.name == name and each.record.verb == "provision"]
            made[-1].kinds.append("forgotten")

    @precondition(lambda self: self.asked)
    @rule(number=ANY, same=st.booleans())
    def repeat(self, number: int, *, same: bool) -> None:
        first = self.one(number).record
        assume(first.idempotency_key)
        again = request_record(
            9_000_000,
            first.verb,
            key=first.key,
            requester=first.requester,
            idempotency_key=first.idempotency_key,
            body_sha256=first.body_sha256 if same else "other",
        )
        if same:
            accepted = self.does(self.ledger.accept(acceptance(again)))
            assert (accepted.replayed, accepted.request.id) == (True, first.id)
        else:
            with pytest.raises(KeyReusedError):
                self.does(self.ledger.accept(acceptance(again)))

    @precondition(lambda self: self.asked)
    @rule(number=ANY, uid=UIDS, phase=st.sampled_from(["dispatched", "running", "awaiting-approval"]))
    def move(self, number: int, uid: str, phase: RequestPhase) -> None:
        asked = self.one(number)
        change = Change(
            request=asked.record.id,
            history=(("started", {}), ("step", {})),
            phase=phase,
            run_uid=uid,
            close_outbox=frozenset({"publish"}),
        )
        changed = self.does(self.ledger.change(change))
        assert (changed is not None) == (asked.open and asked.queue is None)
        if changed:
            asked.phase, asked.uid = phase, uid
            asked.kinds += ["started", "step"]
            self.outbox.discard((asked.record.id, "publish"))

    @precondition(lambda self: self.asked)
    @rule(number=ANY, by=PEOPLE, verdict=st.sampled_from(["approve", "reject"]), digest=DIGESTS)
    def decide(self, number: int, by: str, verdict: Literal["approve", "reject"], digest: str) -> None:
        asked = self.one(number)
        id_ = asked.record.id
        approves = verdict == "approve"
        change = Change(
            request=id_,
            history=(("approved" if approves else "rejected", {"by": by}),),
            phases=frozenset({"awaiting-approval"}),
            phase="running" if approves else "rejected",
            approved_digest=digest if approves else None,
            decision=Decision(request=id_, by=by, verdict=verdict, digest=digest, comment="", at=self.clock.at),
            outbox="resume" if approves else "stop",
        )
        if asked.phase != "awaiting-approval":
            assert self.does(self.ledger.change(change)) is None
        elif by == asked.record.requester or by in asked.carriers:
            with pytest.raises(ForbiddenError):
                self.does(self.ledger.change(change))
        else:
            assert self.does(self.ledger.change(change))
            asked.kinds.append("approved" if approves else "rejected")
            if approves:
                asked.phase, asked.approved = "running", digest
                self.outbox.add((id_, "resume"))
            else:
                self.finished(asked, "rejected")
                self.outbox.add((id_, "stop"))

    @precondition(lambda self: self.asked)
    @rule(number=ANY, uid=UIDS, digest=DIGESTS)
    def permit(self, number: int, uid: str, digest: str) -> None:
        asked = self.one(number)
        record = asked.record
        allowed = (
            asked.open
            and asked.queue is None
            and record.verb != "inspect"
            and asked.uid in {None, uid}
            and (record.approval == "none" or asked.approved == digest)
        )
        given = self.does(self.ledger.permit(record.id, uid, step="terraform", digest=digest))
        assert (given is not None) == allowed
        if allowed:
            asked.uid, asked.permitted = uid, True
            asked.kinds.append("permitted")
            self.outbox.discard((record.id, "publish"))
            if record.verb == "provision":
                self.things[record.key.name].applied = record.spec["cpu"]

    @precondition(lambda self: self.asked)
    @rule(number=ANY, phase=st.sampled_from(["succeeded", "failed", "cancelled"]))
    def finish(self, number: int, phase: Literal["succeeded", "failed", "cancelled"]) -> None:
        asked = self.one(number)
        change = Change(request=asked.record.id, history=((phase, {}),), phase=phase)
        assert (self.does(self.ledger.change(change)) is not None) == asked.open
        if asked.open:
            asked.kinds.append(phase)
            self.finished(asked, phase)

    def finished(self, asked: Asked, phase: RequestPhase) -> None:
        asked.phase = phase
        if asked.queue:
            asked.queue = None
            return
        self.settled(asked, phase)
        if asked.record.verb != "inspect":
            self.freed(asked.record.key.name, self.things[asked.record.key.name])

    def settled(self, asked: Asked, phase: RequestPhase) -> None:
        self.outbox -= {(asked.record.id, "publish"), (asked.record.id, "resume")}
        thing, verb = self.things[asked.record.key.name], asked.record.verb
        if verb == "inspect":
            if phase == "succeeded" and thing.open is None and thing.status == "drifted":
                thing.status = "ready"  # changes is None here: nothing drifted
            return
        thing.open = None
        if verb == "perform":
            return
        if phase == "succeeded":
            thing.status = "ready" if verb == "provision" else "removed"
            thing.applied = asked.record.spec["cpu"] if verb == "provision" else None
        elif phase == "failed" or asked.permitted:
            thing.status = "failed"
        else:
            thing.status = thing.was
            thing.applied = None if thing.status == "removed" else thing.applied

    @rule(limit=st.integers(min_value=1, max_value=5), seconds=st.sampled_from([0, LEASE]))
    def take(self, limit: int, seconds: int) -> None:
        now = self.clock.forward(seconds)
        if seconds:
            self.taken.clear()
        rows = self.does(self.ledger.due(now, lease_seconds=LEASE, limit=limit))
        held = {(row.request, row.action) for row in self.taken}
        found = {(row.request, row.action) for row in rows}
        assert found <= self.outbox - held
        assert len(rows) == len(found) == min(limit, len(self.outbox - held))
        self.taken += rows

    @precondition(lambda self: self.taken)
    @rule(number=ANY)
    def put_off(self, number: int) -> None:
        """Until now: it may come again at once."""
        row = self.taken.pop(number % len(self.taken))
        self.does(self.ledger.put_off(row, self.clock.at - timedelta(seconds=1)))

    @precondition(lambda self: self.taken)
    @rule(number=ANY)
    def close(self, number: int) -> None:
        row = self.taken.pop(number % len(self.taken))
        self.does(self.ledger.closed(row.request, row.action))
        self.outbox.discard((row.request, row.action))

    @rule()
    def restart(self) -> None:
        self.does(self.ledger.close())
        self.taken.clear()
        self.start()

    @invariant()
    def requests_are_as_modelled(self) -> None:
        stored = self.does(self.ledger.requests(Page(limit=1000)))
        assert [(each.id, each.phase, each.run_uid, each.permitted, each.approved_digest) for each in stored] == [
            (each.record.id, each.phase, each.uid, each.permitted, each.approved) for each in reversed(self.asked)
        ]
        assert [(each.waits_in, frozenset(each.carriers)) for each in stored] == [
            (each.queue, each.carriers) for each in reversed(self.asked)
        ]
        assert self.does(self.ledger.backlog())[0] == len(self.outbox)

    @invariant()
    def histories_are_whole(self) -> None:
        for asked in self.asked:
            history = self.does(self.ledger.history(asked.record.id))
            assert [each.kind for each in history] == asked.kinds
            assert [each.sequence for each in history] == list(range(1, len(history) + 1))

    @invariant()
    def resources_are_as_modelled(self) -> None:
        for name, thing in self.things.items():
            stored = self.does(self.ledger.resource(resource_key(name)))
            if stored is None:
                assert thing.generation == 0
                continue
            applied = stored.applied_spec and stored.applied_spec["cpu"]
            assert (stored.status, stored.generation, stored.open_request, applied) == (
                thing.status,
                thing.generation,
                thing.open,
                thing.applied,
            )


@pytest.mark.parametrize("store", sorted(STORES))
def test_the_ledger_holds_what_the_model_holds(store: str) -> None:
    machine = type("Machine", (Model,), {"store": staticmethod(STORES[store])})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES[store],
            stateful_step_count=40,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
