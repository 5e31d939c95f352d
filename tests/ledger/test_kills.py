"""A server that is killed in the middle of its work has lost nothing that it acknowledged."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from idp.ledger.clock import utc_now
from idp.ledger.protocol import Ledger
from idp.ledger.records import Page
from tests.ledger.postgresql import server
from tests.ledger.samples import acceptance, request_record, resource_key
from tests.ledger.stores import STORES

pytestmark = pytest.mark.anyio

KILLS = 3


def ids_until_killed(store: str, folder: Path, first: int, lines: int) -> list[str]:
    """Acknowledged ids; the process is killed after about so many, in the middle of its work."""
    command = [sys.executable, "-m", "tests.ledger.accepting_process", store, str(folder), str(first)]
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2]), "IDP_TEST_POSTGRES": server.database()}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout
        ids = [process.stdout.readline() for _ in range(lines)]
        process.send_signal(signal.SIGKILL)
        ids += process.stdout.readlines()
    return [line.strip() for line in ids if line.endswith("\n")]


async def refuse_halves(ledger: Ledger, stored: list[str]) -> None:
    """All or nothing: each that is there, acknowledged or not, has its row, its history and its resource."""
    assert (await ledger.backlog())[0] == len(stored)
    for id_ in stored:
        assert [entry.kind for entry in await ledger.history(id_)] == ["accepted"]
    resources = await ledger.resources(Page(limit=100_000), capability="environments")
    assert sorted(each.open_request or "" for each in resources) == sorted(stored)


@pytest.mark.parametrize("store", sorted(STORES))
async def test_what_was_acknowledged_before_a_kill_is_there_once(tmp_path: Path, store: str) -> None:
    acknowledged: list[str] = []
    for kill in range(KILLS):
        acknowledged += ids_until_killed(store, tmp_path, kill * 1_000_000, 100 + 37 * kill)
    assert len(acknowledged) >= KILLS * 100
    assert len(acknowledged) == len(set(acknowledged))
    ledger = STORES[store](tmp_path, utc_now)
    await ledger.open()
    if store == "postgresql":
        await server.settled(tmp_path)
    stored = [each.id for each in await ledger.requests(Page(limit=100_000))]
    assert set(acknowledged) <= set(stored)
    await refuse_halves(ledger, stored)
    in_doubt = sorted(set(stored) - set(acknowledged))
    for id_ in [*in_doubt, *acknowledged[-5:]]:
        number = int(id_[3:])
        again = request_record(number + 500_000, key=resource_key(f"n{number}"), idempotency_key=f"key {number}")
        replayed = await ledger.accept(acceptance(again))
        assert (replayed.replayed, replayed.request.id) == (True, id_)
    assert len(await ledger.requests(Page(limit=100_000))) == len(stored)
    await ledger.close()
