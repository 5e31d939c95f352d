"""Accepts until it is killed: `python -m tests.ledger.sqlite.accepting_process <path> <first number>`, one id a line."""

import asyncio
import sys
from pathlib import Path

from idp.ledger.sqlite import SqliteLedger
from tests.ledger.samples import acceptance, request_record, resource_key

CALLERS = 8


async def main(path: Path, first: int) -> None:
    ledger = SqliteLedger(path)
    await ledger.open()

    async def call(caller: int) -> None:
        for number in range(first + caller, first + 1_000_000, CALLERS):
            request = request_record(number, key=resource_key(f"n{number}"), idempotency_key=f"key {number}")
            accepted = await ledger.accept(acceptance(request))
            sys.stdout.write(f"{accepted.request.id}\n")
            sys.stdout.flush()

    await asyncio.gather(*(call(caller) for caller in range(CALLERS)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
