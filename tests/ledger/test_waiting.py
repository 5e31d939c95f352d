"""The newest waits for a busy resource; whose change a request carries decides on it as little as who asked."""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from idp.errors import ConflictError, ForbiddenError
from idp.ledger.migrations import known
from idp.ledger.protocol import Ledger, OpenRequestError
from idp.ledger.records import Change, Decision, RequestPhase, RequestRecord
from idp.ledger.sqlite import SqliteLedger
from idp.ledger.sqlite.connecting import writer
from idp.ledger.sqlite.migrating import migrate
from tests.ledger.conftest import Reopen
from tests.ledger.samples import START, Clock, acceptance, request_record, resource_key

pytestmark = pytest.mark.anyio


def deployment(number: int, **more: Any) -> RequestRecord:
    plain = request_record(number, "perform", key=resource_key(), capability="deployments", requester="(app)")
    return replace(plain, **more)


async def asks(ledger: Ledger, request: RequestRecord, queue: str | None = "dev") -> RequestRecord:
    return (await ledger.accept(acceptance(request, may_wait_in=queue))).request


async def ends(ledger: Ledger, request: RequestRecord, phase: RequestPhase = "succeeded") -> None:
    assert await ledger.change(Change(request=request.id, history=((phase, {}),), phase=phase, outbox="stop"))  # type: ignore[arg-type]  # every such phase is a kind


async def kinds(ledger: Ledger, request: RequestRecord) -> list[str]:
    return [entry.kind for entry in await ledger.history(request.id)]


async def told(ledger: Ledger) -> list[tuple[str, str]]:
    rows = await ledger.due(START + timedelta(days=1), lease_seconds=0, limit=100)
    return sorted((row.request, row.action) for row in rows)


@pytest.fixture
async def ready(ledger: Ledger) -> None:
    made = request_record(0)
    await ledger.accept(acceptance(made))
    await ends(ledger, made)
    for row in await ledger.due(START, lease_seconds=0, limit=10):
        await ledger.closed(row.request, row.action)


@pytest.mark.usefixtures("ready")
async def test_the_newest_waits_and_comes_when_the_resource_is_free(ledger: Ledger) -> None:
    running = await asks(ledger, deployment(1))
    old, new = await asks(ledger, deployment(2)), await asks(ledger, deployment(3))

    assert (running.waits_in, old.waits_in, new.waits_in) == (None, "dev", "dev")
    assert await told(ledger) == [(running.id, "publish")]
    superseded = await ledger.request(old.id)
    assert superseded
    assert (superseded.phase, superseded.waits_in, superseded.finished_at) == ("cancelled", None, START)
    assert superseded.message == f"Superseded by request {new.id}, which is newer. It was waiting: nothing was changed."
    accepted, waiting, cancelled = await ledger.history(old.id)
    assert (accepted.kind, waiting.kind, cancelled.kind) == ("accepted", "waiting", "cancelled")
    assert waiting.data == {"behind": running.id, "superseded": []}
    assert cancelled.data["superseded_by"] == new.id
    assert (await ledger.history(new.id))[1].data == {"behind": running.id, "superseded": [old.id]}

    await ends(ledger, running, "failed")

    first = await ledger.request(new.id)
    resource = await ledger.resource(resource_key())
    assert first
    assert resource
    assert (first.phase, first.waits_in, resource.open_request) == ("accepted", None, new.id)
    assert (await ledger.history(new.id))[-1].data == {"after": running.id}
    assert (new.id, "publish") in await told(ledger)
    await ends(ledger, first)
    resource = await ledger.resource(resource_key())
    assert resource
    assert resource.open_request is None


@pytest.mark.usefixtures("ready")
async def test_queues_do_not_supersede_each_other_and_come_in_their_order(ledger: Ledger) -> None:
    running = await asks(ledger, deployment(1))
    staging, dev = await asks(ledger, deployment(2), "staging"), await asks(ledger, deployment(3), "dev")
    newer = await asks(ledger, deployment(4), "staging")

    order = []
    for _ in range(3):
        resource = await ledger.resource(resource_key())
        assert resource
        order.append(resource.open_request)
        found = await ledger.request(resource.open_request or "")
        assert found
        await ends(ledger, found)

    assert order == [running.id, dev.id, newer.id]
    assert (await kinds(ledger, staging))[-1] == "cancelled"


@pytest.mark.usefixtures("ready")
async def test_without_a_queue_a_busy_resource_refuses(ledger: Ledger) -> None:
    await asks(ledger, deployment(1))
    with pytest.raises(OpenRequestError):
        await asks(ledger, deployment(2), None)


@pytest.mark.usefixtures("ready")
async def test_one_that_waits_has_no_run_no_permit_and_leaves_the_resource_when_it_is_cancelled(ledger: Ledger) -> None:
    running = await asks(ledger, deployment(1))
    waiting = await asks(ledger, deployment(2))

    assert await ledger.permit(waiting.id, "uid", step="build", digest="d") is None
    assert await ledger.change(Change(request=waiting.id, history=(("started", {}),), phase="running")) is None
    await ends(ledger, waiting, "cancelled")

    resource = await ledger.resource(resource_key())
    assert resource
    assert resource.open_request == running.id
    assert await told(ledger) == [(running.id, "publish")]
    await ends(ledger, running)
    assert await kinds(ledger, waiting) == ["accepted", "waiting", "cancelled"]


async def test_who_waits_for_what_is_never_made_is_cancelled(ledger: Ledger) -> None:
    making = request_record(0)
    await ledger.accept(acceptance(making))
    waiting = await asks(ledger, deployment(1))

    await ends(ledger, making, "cancelled")

    found = await ledger.request(waiting.id)
    assert found
    assert (found.phase, found.waits_in) == ("cancelled", None)
    assert found.message == "environments payments/checkout, for which it waited, is removed."


@pytest.mark.usefixtures("ready")
async def test_a_restart_keeps_who_waits(reopen: Reopen, ledger: Ledger) -> None:
    running, waiting = await asks(ledger, deployment(1)), await asks(ledger, deployment(2))
    await ledger.close()
    again = reopen()
    await again.open()
    try:
        await ends(again, running)
        assert await kinds(again, waiting) == ["accepted", "waiting", "admitted"]
    finally:
        await again.close()


@pytest.mark.usefixtures("ready")
async def test_of_a_hundred_at_once_one_runs_and_the_last_waits(ledger: Ledger) -> None:
    requests = [deployment(number) for number in range(1, 101)]
    await asyncio.gather(*(asks(ledger, each) for each in requests))
    found = [await ledger.request(each.id) for each in requests]
    assert [each.phase for each in found if each] == ["accepted", *["cancelled"] * 98, "accepted"]
    assert found[-1]
    assert found[-1].waits_in == "dev"


@pytest.mark.usefixtures("ready")
async def test_two_servers_that_end_and_cancel_at_once_do_not_block_each_other(reopen: Reopen, ledger: Ledger) -> None:
    if isinstance(ledger, SqliteLedger):
        return  # one process at a time; the other store is where two meet
    other = reopen()
    await other.open()
    try:
        for number in range(1, 40, 2):
            running, waiting = await asks(ledger, deployment(number)), await asks(other, deployment(number + 1))
            await asyncio.gather(ends(ledger, running), ends(other, waiting, "cancelled"))
            resource = await ledger.resource(resource_key())
            assert resource
            assert resource.open_request is None
    finally:
        await other.close()


@pytest.mark.usefixtures("ready")
async def test_who_supersedes_carries_what_the_superseded_carried(ledger: Ledger) -> None:
    await asks(ledger, deployment(1))
    await asks(ledger, deployment(2, carriers=("ann",)))
    newest = await asks(ledger, deployment(3, carriers=("ben",)))
    assert newest.carriers == ("ann", "ben")
    assert (await ledger.history(newest.id))[0].data["carriers"] == ["ann", "ben"]


MAIN = {"source": "branch:main"}
NEWER_HEAD = "^A newer head of this branch was filed meanwhile; nothing is stored.$"


@pytest.mark.usefixtures("ready")
async def test_an_older_head_that_arrives_later_does_not_supersede_the_newer_one(ledger: Ledger) -> None:
    running = await asks(ledger, deployment(1, **MAIN))
    newer = await asks(ledger, deployment(4, **MAIN))
    for queue in ("dev", "staging"):
        with pytest.raises(ConflictError, match=NEWER_HEAD):
            await asks(ledger, deployment(3, **MAIN), queue)
    assert await ledger.request(deployment(3).id) is None
    assert await ledger.request(newer.id) == newer
    await ends(ledger, running)
    assert await kinds(ledger, newer) == ["accepted", "waiting", "admitted"]


@pytest.mark.usefixtures("ready")
async def test_nor_does_it_run_behind_the_newer_one_or_after_it(ledger: Ledger) -> None:
    newer = await asks(ledger, deployment(4, **MAIN))
    with pytest.raises(ConflictError, match=NEWER_HEAD):
        await asks(ledger, deployment(3, **MAIN))
    await ends(ledger, newer)
    with pytest.raises(ConflictError, match=NEWER_HEAD):
        await asks(ledger, deployment(3, **MAIN))
    assert (await asks(ledger, deployment(5, **MAIN))).waits_in is None


@pytest.mark.usefixtures("ready")
async def test_heads_that_arrive_together_are_told_apart_too(ledger: Ledger) -> None:
    first, newer, older = await asyncio.gather(
        *(asks(ledger, deployment(number, **MAIN)) for number in (1, 4, 3)), return_exceptions=True
    )
    assert isinstance(older, ConflictError)
    assert isinstance(first, RequestRecord)
    assert isinstance(newer, RequestRecord)
    assert newer.waits_in == "dev"


@pytest.mark.parametrize("source", ["branch:dev", "pull:4", None])
@pytest.mark.usefixtures("ready")
async def test_another_source_minds_no_newer_head(ledger: Ledger, source: str | None) -> None:
    await asks(ledger, deployment(1, **MAIN))
    newer = await asks(ledger, deployment(4, **MAIN))
    older = await asks(ledger, deployment(3, source=source))
    assert older.waits_in == "dev"
    assert (await kinds(ledger, newer))[-1] == "cancelled"


@pytest.mark.usefixtures("ready")
async def test_nor_does_the_same_source_for_another_resource(ledger: Ledger) -> None:
    await asks(ledger, deployment(4, **MAIN))
    other = request_record(2, key=resource_key("other"))
    await ledger.accept(acceptance(other))
    await ends(ledger, other)
    assert (await asks(ledger, deployment(3, key=other.key, **MAIN))).waits_in is None


def decision(request: RequestRecord, by: str, *known_as: str) -> Change:
    made = Decision(
        request=request.id,
        by=by,
        verdict="approve",
        digest="d",
        comment="",
        at=START,
        known_as=frozenset(known_as),
    )
    return Change(
        request=request.id,
        history=(("approved", {"by": by}),),
        phase="running",
        approved_digest="d",
        decision=made,
        outbox="resume",
    )


@pytest.mark.parametrize("by", ["ann@acme.test", "Ann@Acme.test"])
@pytest.mark.usefixtures("ready")
async def test_whose_change_it_carries_does_not_decide(ledger: Ledger, by: str) -> None:
    request = await asks(ledger, deployment(1, approval="required", carriers=("ann@acme.test", "ben")))
    with pytest.raises(ForbiddenError, match=rf"carries a change of {by}"):
        await ledger.change(decision(request, by))
    assert await ledger.decisions(request.id) == []
    assert await ledger.change(decision(request, "cid", "cid@acme.test", "(team:shop)"))
    (stored,) = await ledger.decisions(request.id)
    assert stored.known_as == {"cid@acme.test", "(team:shop)"}


@pytest.mark.parametrize("known_as", ["ann@acme.test", "(team:payments)"])
@pytest.mark.usefixtures("ready")
async def test_nor_does_who_goes_by_such_a_name_or_is_in_such_a_team(ledger: Ledger, known_as: str) -> None:
    carriers = ("(team:payments)", "ann@acme.test")
    request = await asks(ledger, deployment(1, approval="required", carriers=carriers))
    with pytest.raises(ForbiddenError, match="carries a change of cid, or may"):
        await ledger.change(decision(request, "cid", "cid", known_as))
    assert await ledger.decisions(request.id) == []


async def test_the_database_itself_refuses_who_carries(tmp_path: Path, clock: Clock) -> None:
    """Whatever a later version of this code forgets. PostgreSQL's twin is in tests/ledger/postgresql/test_writing.py."""
    ledger = SqliteLedger(tmp_path / "ledger.db", now=clock)
    await ledger.open()
    request = (await ledger.accept(acceptance(request_record(0, approval="required")))).request
    second = replace(request_record(1, key=resource_key("other"), approval="required"), carriers=("ben",))
    await ledger.accept(acceptance(second))
    await ledger.close()
    insert = "INSERT INTO decision (request, requester, by, verdict, digest, comment, at) VALUES (?, 'ann', 'Ben', 'approve', '', '', '')"
    with closing(writer(tmp_path / "ledger.db")) as connection:
        connection.execute(insert, (request.id,))
        with pytest.raises(sqlite3.IntegrityError, match="nobody decides on a change of their own"):
            connection.execute(insert, (second.id,))
        insert = insert.replace("at)", "at, known_as)").replace("'Ben'", "'cid'").replace("'')", "'', ?)")
        with pytest.raises(sqlite3.IntegrityError, match="nobody decides on a change of their own"):
            connection.execute(insert, (second.id, '["cid@acme.test", "ben"]'))
        connection.execute(insert, (second.id, '["cid@acme.test", "(team:shop)"]'))


async def test_a_ledger_of_the_first_version_goes_on(tmp_path: Path, clock: Clock) -> None:
    path = tmp_path / "ledger.db"
    with closing(writer(path)) as connection:
        migrate(connection, known("idp.ledger.sqlite")[:1])
        connection.execute(
            "INSERT INTO resource VALUES ('environments', 'payments', 'checkout', 'dev', 'platform', 'ready', 'removed', 1,"
            " '{}', NULL, '{}', NULL, NULL, NULL, 't', 't')".replace("'t'", "'2026-01-31T12:00:00.000000+00:00'")
        )
        connection.execute(
            "INSERT INTO request VALUES ('01k', 'environments-01k', 'environments', 'provision', 'environments',"
            " 'payments', 'checkout', 'dev', 'ann', 'none', NULL, 'r', '{}', 't', '', NULL, '', NULL, 'accepted', NULL, 0,"
            " NULL, NULL, NULL, NULL, NULL, '', NULL)".replace("'t'", "'2026-01-31T12:00:00.000000+00:00'")
        )
        connection.execute(
            "INSERT INTO history VALUES ('01k', 1, 'accepted', '2026-01-31T12:00:00.000000+00:00', '{\"rule\": \"r\"}')"
        )
        connection.execute("UPDATE resource SET open_request = '01k'")
    ledger = SqliteLedger(path, now=clock)
    await ledger.open()
    old = await ledger.request("01k")
    assert old
    assert (old.carriers, old.source, old.waits_in) == ((), None, None)
    waiting = await asks(ledger, deployment(1))
    await ends(ledger, old)
    assert await kinds(ledger, old) == ["accepted", "succeeded"]
    assert await kinds(ledger, waiting) == ["accepted", "waiting", "admitted"]
    await ledger.close()
