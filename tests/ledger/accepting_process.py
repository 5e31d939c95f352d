"""Accepts until it is killed: `python -m tests.ledger.accepting_process <store> <folder> <first number>`, one id a line."""

import asyncio
import sys
from pathlib import Path

from idp.ledger.clock import utc_now
from tests.ledger.samples import acceptance, request_record, resource_key
from tests.ledger.stores import STORES

CALLERS = 8


async def main(store: str, folder: Path, first: int) -> None:
    ledger = STORES[store](folder, utc_now)
    await ledger.open()

    async def call(caller: int) -> None:
        for number in range(first + caller, first + 1_000_000, CALLERS):
            request = request_record(number, key=resource_key(f"n{number}"), idempotency_key=f"key {number}")
            accepted = await ledger.accept(acceptance(request))
            sys.stdout.write(f"{accepted.request.id}\n")
            sys.stdout.flush()

    await asyncio.gather(*(call(caller) for caller in range(CALLERS)))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))
