import asyncio
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from idp.ledger.migrations import Migration, known
from idp.ledger.postgresql import PostgresqlLedger
from idp.ledger.postgresql.connecting import Database, connections
from idp.ledger.postgresql.migrating import migrate
from idp.ledger.protocol import Ledger, LedgerUnavailableError
from idp.ledger.records import Change, Decision
from tests.ledger.postgresql import server
from tests.ledger.samples import START, acceptance, request_record
from tests.ledger.stores import postgresql

pytestmark = pytest.mark.anyio

_DECISION = "INSERT INTO decision (request, requester, by, verdict, digest, comment, at)"
_OUTBOX = "INSERT INTO outbox (request, action, lane, attempts, next_at, since)"


@pytest.fixture
async def filled(one: Ledger, database: asyncpg.Connection) -> asyncpg.Connection:
    """The database of a ledger with one decided request."""
    request = request_record(1, approval="required", idempotency_key="key")
    await one.accept(acceptance(request))
    word = Decision(request=request.id, by="olga", verdict="approve", digest="d", comment="", at=START)
    await one.change(Change(request=request.id, history=(("approved", {}),), decision=word))
    return database


async def test_a_database_that_is_not_there_is_named_without_its_password() -> None:
    ledger = PostgresqlLedger("postgresql://idp:secret@127.0.0.1:9/ledger?password=secret", patience=0)
    with pytest.raises(LedgerUnavailableError) as refused:
        await ledger.open()
    assert "database 127.0.0.1:9/ledger cannot be used (Connection refused)" in str(refused.value)
    assert "Start or mend it, or correct IDP_LEDGER_URL" in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("postgresql://127.0.0.1:port/ledger", "cannot be used"),
        ("postgresql://127.0.0.1/ledger?sslmode=perhaps", "sslmode"),
    ],
)
async def test_an_url_that_is_none_is_refused_at_once(url: str, complaint: str) -> None:
    with pytest.raises(LedgerUnavailableError, match=complaint):
        await asyncio.wait_for(PostgresqlLedger(url).open(), 20)


async def test_a_database_that_does_not_exist_is_refused_at_once(tmp_path: Path) -> None:
    before, _, after = server.url(tmp_path).partition("?")
    with pytest.raises(LedgerUnavailableError, match='database "nowhere" does not exist'):
        await asyncio.wait_for(PostgresqlLedger(f"{before.rpartition('/')[0]}/nowhere?{after}").open(), 20)


async def test_a_ledger_that_is_not_open_says_so(tmp_path: Path) -> None:
    ledger = postgresql(tmp_path)
    with pytest.raises(LedgerUnavailableError, match="is not open"):
        await ledger.request("any")
    with pytest.raises(LedgerUnavailableError, match="is not open"):
        await ledger.accept(acceptance(request_record(1)))
    await ledger.close()


async def test_whoever_asks_while_the_ledger_closes_learns_that(tmp_path: Path) -> None:
    await server.made(tmp_path)
    ledger = postgresql(tmp_path)
    await ledger.open()

    async def asking() -> None:
        while True:
            await ledger.request("any")

    askers = [asyncio.create_task(asking()) for _ in range(50)]
    await ledger.ready()
    await ledger.close()
    for refused in await asyncio.gather(*askers, return_exceptions=True):
        assert isinstance(refused, LedgerUnavailableError)
        assert "is not open" in str(refused)


async def test_what_is_acknowledged_is_on_the_disk_whatever_the_database_is_set_to(tmp_path: Path) -> None:
    await server.made(tmp_path)
    careless = f"{server.url(tmp_path)}&synchronous_commit=off&default_transaction_isolation=serializable"
    pool = await connections(Database(careless), most=1)
    assert await pool.fetchval("SHOW synchronous_commit") == "on"
    assert await pool.fetchval("SHOW default_transaction_isolation") == "read committed"
    await pool.close()


async def test_servers_that_start_together_migrate_once(tmp_path: Path, database: asyncpg.Connection) -> None:
    ledgers = [postgresql(tmp_path) for _ in range(5)]
    await asyncio.gather(*(ledger.open() for ledger in ledgers))
    numbers = [row["number"] for row in await database.fetch("SELECT number FROM migration ORDER BY number")]
    assert numbers == [each.number for each in known("idp.ledger.postgresql")]
    await ledgers[0].accept(acceptance(request_record(1)))
    assert await ledgers[-1].request(request_record(1).id) == request_record(1)
    await asyncio.gather(*(ledger.close() for ledger in ledgers))


async def test_a_newer_schema_is_refused(filled: asyncpg.Connection, tmp_path: Path) -> None:
    await filled.execute("INSERT INTO migration (number, name) VALUES (99, 'future')")
    with pytest.raises(LedgerUnavailableError, match=r"schema is at 99, and this version of idp knows it up to \d"):
        await postgresql(tmp_path).open()


def test_migrations_are_numbered_without_gaps() -> None:
    numbers = [each.number for each in known("idp.ledger.postgresql")]
    assert numbers == list(range(1, len(numbers) + 1))


async def test_only_missing_migrations_are_applied_and_a_failing_one_leaves_nothing(
    database: asyncpg.Connection,
) -> None:
    one = Migration(1, "one", "CREATE TABLE one (x int); INSERT INTO one VALUES (1);")
    two = Migration(2, "two", "CREATE TABLE two (x int); INSERT INTO one VALUES (2);")
    bad = Migration(3, "bad", "CREATE TABLE three (x int); INSERT INTO nowhere VALUES (3);")
    await migrate(database, (one,))
    await migrate(database, (one, two))
    with pytest.raises(asyncpg.UndefinedTableError, match="nowhere"):
        await migrate(database, (one, two, bad))
    tables = await database.fetch("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
    assert {name for (name,) in tables} == {"migration", "one", "two"}
    assert [x for (x,) in await database.fetch("SELECT x FROM one")] == [1, 2]
    assert [name for (name,) in await database.fetch("SELECT name FROM migration")] == ["one", "two"]


@pytest.mark.parametrize(
    ("sql", "complaint"),
    [
        (
            f"{_DECISION} SELECT request, requester, requester, verdict, digest, comment, at FROM decision",  # noqa: S608 - above
            "nobody_decides_on_a_request_of_their_own",
        ),
        (
            f"{_DECISION} SELECT request, 'someone', by, verdict, digest, comment, at FROM decision",  # noqa: S608 - above
            "foreign key",
        ),
        ("UPDATE decision SET by = 'pit'", "decision is never changed or removed"),
        ("DELETE FROM decision", "decision is never changed or removed"),
        ("TRUNCATE decision", "decision is never changed or removed"),
        ("INSERT INTO history SELECT request, 4, kind, at, data FROM history WHERE sequence = 2", "has no gaps"),
        ("INSERT INTO history SELECT request, 2, kind, at, data FROM history WHERE sequence = 1", "has no gaps"),
        ("INSERT INTO history SELECT 'nobody', 1, kind, at, data FROM history WHERE sequence = 1", "foreign key"),
        ("UPDATE history SET kind = 'failed'", "history is never changed or removed"),
        ("DELETE FROM history", "history is never changed or removed"),
        ("TRUNCATE history", "history is never changed or removed"),
        ("UPDATE request SET phase = 'done'", "check constraint"),
        ("UPDATE request SET phase = 'failed'", "check constraint"),
        ("UPDATE request SET permitted = true", "check constraint"),
        ("UPDATE request SET verb = 'destroy'", "check constraint"),
        ("UPDATE request SET approval = 'maybe'", "check constraint"),
        ("UPDATE request SET changes = -1", "check constraint"),
        ("UPDATE request SET key_name = 'elsewhere'", "foreign key"),
        ("DELETE FROM request", "foreign key"),
        ("UPDATE resource SET status = 'gone'", "check constraint"),
        ("UPDATE resource SET status = 'removed'", "check constraint"),
        ("UPDATE resource SET open_request = 'nobody'", "foreign key"),
        ("UPDATE outbox SET action = 'start'", "check constraint"),
        ("UPDATE outbox SET leased_by = 'me'", "check constraint"),
        (
            f"{_OUTBOX} SELECT request, action, lane, 0, next_at, since FROM outbox",  # noqa: S608 - above
            "unique",
        ),
        ("UPDATE outbox SET request = 'nobody'", "foreign key"),
    ],
)
async def test_the_database_itself_refuses(filled: asyncpg.Connection, sql: str, complaint: str) -> None:
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match=complaint):
        await filled.execute(sql)


@pytest.mark.parametrize(
    ("columns", "complaint"),
    [
        ({"id": "'two'", "run": "'two'", "idempotency_key": "'new'", "verb": "'perform'"}, "request_open"),
        ({"id": "'two'", "run": "'two'", "verb": "'inspect'"}, "request_requester_idempotency_key_key"),
        ({"id": "'two'", "idempotency_key": "'new'", "verb": "'inspect'"}, "request_run_key"),
    ],
    ids=["second open request", "second use of a key", "second request of a run"],
)
async def test_the_database_itself_refuses_a_second(
    filled: asyncpg.Connection, columns: dict[str, str], complaint: str
) -> None:
    every = await filled.fetch(
        "SELECT column_name FROM information_schema.columns"
        " WHERE table_name = 'request' AND table_schema = current_schema() ORDER BY ordinal_position"
    )
    values = ", ".join(columns.get(name, name) for (name,) in every)
    with pytest.raises(asyncpg.UniqueViolationError, match=complaint):
        await filled.execute(f"INSERT INTO request SELECT {values} FROM request")  # noqa: S608 - of the table above


async def test_the_database_itself_refuses_who_carries(one: Ledger, database: asyncpg.Connection) -> None:
    """Whatever a later version of this code forgets."""
    await one.accept(acceptance(replace(request_record(1, approval="required"), carriers=("ben",))))
    values = "VALUES ($1, 'ann', $2, 'approve', '', '', now())"
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="nobody decides on a change of their own"):
        await database.execute(f"{_DECISION} {values}", request_record(1).id, "Ben")
    insert = f"{_DECISION[:-1]}, known_as) {values[:-1]}, $3)"
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="nobody decides on a change of their own"):
        await database.execute(insert, request_record(1).id, "cid", '["cid@acme.test", "ben"]')
    await database.execute(insert, request_record(1).id, "cid", '["cid@acme.test", "(team:shop)"]')
    await database.execute(f"{_DECISION} {values}", request_record(1).id, "cid")
