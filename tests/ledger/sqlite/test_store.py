import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from idp.ledger.migrations import Migration, known
from idp.ledger.protocol import LedgerUnavailableError
from idp.ledger.records import Change, Decision
from idp.ledger.sqlite import SqliteLedger
from idp.ledger.sqlite.connecting import reader, writer
from idp.ledger.sqlite.migrating import migrate
from tests.ledger.samples import START, acceptance, request_record

pytestmark = pytest.mark.anyio


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    """A ledger with one decided request, closed."""
    path = tmp_path / "data" / "ledger.db"
    ledger = SqliteLedger(path)
    await ledger.open()
    request = request_record(1, approval="required", idempotency_key="key")
    await ledger.accept(acceptance(request))
    word = Decision(request=request.id, by="olga", verdict="approve", digest="d", comment="", at=START)
    await ledger.change(Change(request=request.id, history=(("approved", {}),), decision=word))
    await ledger.close()
    return path


async def test_a_second_process_is_refused_and_told_what_to_do(path: Path) -> None:
    code = (
        "import asyncio, sys, pathlib\n"
        "from idp.ledger.sqlite import SqliteLedger\n"
        "async def main():\n"
        "    ledger = SqliteLedger(pathlib.Path(sys.argv[1])); await ledger.open(); print('open', flush=True)\n"
        "    sys.stdin.read(); await ledger.close()\n"
        "asyncio.run(main())\n"
    )
    second = SqliteLedger(path)
    with subprocess.Popen(  # noqa: ASYNC220 - nothing else is to happen meanwhile
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout
        assert first.stdout.readline() == "open\n"
        with pytest.raises(LedgerUnavailableError, match=rf"in use by process {first.pid}; .* Stop that process"):
            await second.open()
        first.communicate("")
    await second.open()
    await second.close()


async def test_a_ledger_that_is_not_open_says_so(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "ledger.db")
    with pytest.raises(LedgerUnavailableError, match="is not open"):
        await ledger.request("any")
    with pytest.raises(LedgerUnavailableError, match="is not open"):
        await ledger.ready()
    await ledger.close()


async def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    path.write_bytes(b"Something else" * 1000)
    ledger = SqliteLedger(path)
    with pytest.raises(LedgerUnavailableError, match=r"cannot be opened \(file is not a database\)"):
        await ledger.open()
    assert path.read_bytes() == b"Something else" * 1000
    path.unlink()
    await ledger.open()
    await ledger.close()


async def test_a_folder_that_cannot_be_made_is_an_unavailable_ledger(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(LedgerUnavailableError, match="Mend it, or name another data folder"):
        await SqliteLedger(tmp_path / "file" / "ledger.db").open()


async def test_a_newer_schema_is_refused(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO migration (number, name) VALUES (99, 'future')")
        connection.commit()
    with pytest.raises(LedgerUnavailableError, match=r"schema is at 99, and this version of idp knows it up to \d"):
        await SqliteLedger(path).open()


async def test_opening_again_finds_what_was_stored(path: Path) -> None:
    ledger = SqliteLedger(path)
    await ledger.open()
    assert [each.kind for each in await ledger.history(request_record(1).id)] == ["accepted", "approved"]
    await ledger.close()


async def test_migrations_are_numbered_without_gaps() -> None:
    assert [each.number for each in known("idp.ledger.sqlite")] == list(range(1, len(known("idp.ledger.sqlite")) + 1))


async def test_only_missing_migrations_are_applied_and_a_failing_one_leaves_nothing(tmp_path: Path) -> None:
    one = Migration(1, "one", "CREATE TABLE one (x); INSERT INTO one VALUES (1);")
    two = Migration(2, "two", "CREATE TABLE two (x); INSERT INTO one VALUES (2);")
    bad = Migration(3, "bad", "CREATE TABLE three (x); INSERT INTO nowhere VALUES (3);")
    with closing(writer(tmp_path / "ledger.db")) as connection:
        migrate(connection, (one,))
        migrate(connection, (one, two))
        with pytest.raises(sqlite3.OperationalError, match="nowhere"):
            migrate(connection, (one, two, bad))
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
        assert tables == {"migration", "one", "two"}
        assert [tuple(row) for row in connection.execute("SELECT * FROM one")] == [(1,), (2,)]
        assert [row[0] for row in connection.execute("SELECT name FROM migration")] == ["one", "two"]


@pytest.mark.parametrize(
    ("sql", "complaint"),
    [
        (
            "INSERT INTO decision SELECT 9, request, requester, requester, verdict, digest, comment, at, known_as FROM decision",
            "nobody_decides_on_a_request_of_their_own",
        ),
        (
            "INSERT INTO decision SELECT 9, request, 'someone', by, verdict, digest, comment, at, known_as FROM decision",
            "FOREIGN KEY",
        ),
        ("UPDATE decision SET by = 'pit'", "a decision is never changed"),
        ("DELETE FROM decision", "a decision is never removed"),
        ("INSERT INTO history SELECT request, 4, kind, at, data FROM history WHERE sequence = 2", "has no gaps"),
        ("INSERT INTO history SELECT request, 2, kind, at, data FROM history WHERE sequence = 1", "has no gaps"),
        ("INSERT INTO history SELECT 'nobody', 1, kind, at, data FROM history WHERE sequence = 1", "FOREIGN KEY"),
        ("UPDATE history SET kind = 'failed'", "history is never changed"),
        ("DELETE FROM history", "history is never removed"),
        ("UPDATE request SET phase = 'done'", "CHECK"),
        ("UPDATE request SET phase = 'failed'", "CHECK"),
        ("UPDATE request SET permitted = 1", "CHECK"),
        ("UPDATE request SET verb = 'destroy'", "CHECK"),
        ("UPDATE request SET approval = 'maybe'", "CHECK"),
        ("UPDATE request SET changes = 'many'", "cannot store TEXT"),
        ("UPDATE request SET spec = '{'", "CHECK"),
        ("UPDATE request SET key_name = 'elsewhere'", "FOREIGN KEY"),
        ("DELETE FROM request", "FOREIGN KEY"),
        ("UPDATE resource SET status = 'gone'", "CHECK"),
        ("UPDATE resource SET status = 'removed'", "CHECK"),
        ("UPDATE resource SET open_request = 'nobody'", "FOREIGN KEY"),
        ("UPDATE outbox SET action = 'start'", "CHECK"),
        ("INSERT INTO outbox SELECT 9, request, action, lane, 0, next_at, NULL, since FROM outbox", "UNIQUE"),
        ("UPDATE outbox SET request = 'nobody'", "FOREIGN KEY"),
    ],
)
async def test_the_database_itself_refuses(path: Path, sql: str, complaint: str) -> None:
    with closing(writer(path)) as connection, pytest.raises(sqlite3.IntegrityError, match=complaint):
        connection.execute(sql)


@pytest.mark.parametrize(
    ("columns", "complaint"),
    [
        ({"id": "'two'", "run": "'two'", "idempotency_key": "'new'", "verb": "'perform'"}, "request.key_capability"),
        ({"id": "'two'", "run": "'two'", "verb": "'inspect'"}, "request.requester, request.idempotency_key"),
        ({"id": "'two'", "idempotency_key": "'new'", "verb": "'inspect'"}, "request.run"),
    ],
    ids=["second open request", "second use of a key", "second request of a run"],
)
async def test_the_database_itself_refuses_a_second(path: Path, columns: dict[str, str], complaint: str) -> None:
    with closing(writer(path)) as connection:
        every = [row["name"] for row in connection.execute("PRAGMA table_info(request)")]
        values = ", ".join(columns.get(name, name) for name in every)
        with pytest.raises(sqlite3.IntegrityError, match=f"UNIQUE constraint failed: {complaint}"):
            connection.execute(f"INSERT INTO request SELECT {values} FROM request")  # noqa: S608 - of the table above


async def test_the_reading_connection_cannot_write(path: Path) -> None:
    with closing(reader(path)) as connection, pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection.execute("DELETE FROM outbox")


async def test_a_reader_that_fails_is_an_unavailable_ledger(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "ledger.db")
    await ledger.open()
    ledger._reader = sqlite3.connect(":memory:")
    with pytest.raises(LedgerUnavailableError, match=r"could not be read \(no such table: request\)"):
        await ledger.request("any")
    ledger._reader.close()
    await ledger.close()
