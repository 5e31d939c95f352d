"""What the disk does not take: whoever waits for it is told, and nothing is lost of the rest."""

import asyncio
import errno
import json
import os
from pathlib import Path

import pytest

from idp.engines.local import hosting
from idp.engines.local.store import Journal, Store
from idp.engines.protocol import EngineUnavailableError
from tests.engines.conftest import Engines
from tests.engines.rendered import dag, shell, task, workflow_template
from tests.engines.watching import published, runs_now, until

pytestmark = pytest.mark.anyio


def no_space(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def on_disk(folder: Path, run: str) -> str:
    """The run's phase as its journal has it, if it has one."""
    records = map(json.loads, (folder / f"data/runs/{run}/journal").read_bytes().splitlines())
    return ["", *(str(record["run"]["phase"]) for record in records if "run" in record)][-1]


async def test_a_decision_is_told_to_be_lost_and_can_be_repeated(
    engines: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with engines(workflow_template({"name": "gate", "suspend": {}}, dag(task("gate")))) as engine:
        await published(engine)
        await until(engine, runs_now("gate"))
    async with engines() as engine:
        with monkeypatch.context() as full:
            full.setattr(Journal, "flush", no_space)
            for _ in range(2):
                with pytest.raises(EngineUnavailableError, match=r"decided about the run r could not .*No space"):
                    await engine.stop("r")
        assert on_disk(tmp_path, "r") == "Running"
        await engine.stop("r")
        assert on_disk(tmp_path, "r") == "Failed"


async def test_what_happened_is_written_when_there_is_room_again(
    engines: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosting, "_WRITE_AGAIN_SECONDS", 0.02)
    code = f"while ! test -e {tmp_path}/go; do sleep 0.02; done"
    async with engines(workflow_template(shell("provision", code))) as engine:
        for name in ("one", "two"):
            await published(engine, name)
            await until(engine, runs_now(name), name)
        with monkeypatch.context() as full:
            full.setattr(Journal, "flush", no_space)
            (tmp_path / "go").touch()
            for name in ("one", "two"):
                await until(engine, lambda seen: seen.finished, name)
            await asyncio.sleep(0.2)
        async with asyncio.timeout(20):
            while {on_disk(tmp_path, name) for name in ("one", "two")} != {"Succeeded"}:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0.01)


def test_a_run_that_is_written_piece_by_piece_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:7]))
    store = Store(tmp_path)
    store.create("r", {"name": "longer than seven bytes"})
    assert list(store.load()) == [[{"workflow": {"name": "longer than seven bytes"}}]]


def test_what_waits_for_room_does_not_grow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "journal").touch()
    journal = Journal(tmp_path / "journal")
    with monkeypatch.context() as full:
        full.setattr(os, "write", no_space)
        for _ in range(3):
            journal.note({"run": "r"})
            with pytest.raises(OSError, match="No space"):
                journal.flush()
    journal.flush()
    journal.close()
    assert (tmp_path / "journal").read_text() == '{"run":"r"}\n'
