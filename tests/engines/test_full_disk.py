"""What the disk does not take: whoever waits for it is told, and nothing is lost of the rest."""

import asyncio
import errno
import gc
import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from idp.engines.local import hosting
from idp.engines.local.store import Journal, Store
from idp.engines.protocol import EngineUnavailableError
from tests.engines.conftest import Engines
from tests.engines.rendered import dag, shell, task, workflow_template
from tests.engines.watching import ended, published, runs_now, until

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


async def test_who_does_not_wait_for_a_slow_disk_finds_the_run_when_asking_again(
    engines: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    create, room, asked = Store.create, threading.Event(), []

    def slowly(self: Store, run: str, workflow: Mapping[str, Any]) -> None:
        asked.append(run)
        assert room.wait(20)
        create(self, run, workflow)

    monkeypatch.setattr(Store, "create", slowly)
    async with engines(workflow_template(shell("provision", "true"))) as engine:
        for _ in range(2):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await published(engine)
        assert await engine.run("r") is None
        room.set()
        async with asyncio.timeout(20):
            while not (tmp_path / "data/runs/r").exists():  # noqa: ASYNC110 - a thread does not tell
                await asyncio.sleep(0.01)
        await published(engine)
        assert (await until(engine, lambda seen: seen.finished)).phase == "Succeeded"
        await published(engine)
    assert asked == ["r"]
    assert [run.name for run in (tmp_path / "data/runs").iterdir()] == ["r"]


async def test_a_slow_disk_that_is_full_tells_everyone_who_waits_and_is_asked_again(
    engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = threading.Event()

    def slowly(*_: object) -> None:
        assert room.wait(20)
        no_space()

    async with engines(workflow_template(shell("provision", "true"))) as engine:
        with monkeypatch.context() as full:
            full.setattr(Store, "create", slowly)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await published(engine)
            waiting = [asyncio.create_task(published(engine)) for _ in range(2)]
            await asyncio.sleep(0)
            room.set()
            for told in await asyncio.gather(*waiting, return_exceptions=True):
                assert isinstance(told, EngineUnavailableError)
        assert (await ended(engine)).phase == "Succeeded"


@pytest.mark.parametrize("fault", [False, True])
async def test_closing_waits_for_a_run_that_is_being_made(
    engines: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, fault: bool
) -> None:
    create, room = Store.create, threading.Event()

    def slowly(self: Store, run: str, workflow: Mapping[str, Any]) -> None:
        assert room.wait(20)
        if fault:
            no_space()
        create(self, run, workflow)

    monkeypatch.setattr(Store, "create", slowly)
    async with engines(workflow_template({"name": "gate", "suspend": {}}, dag(task("gate")))) as engine:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await published(engine)
        asyncio.get_running_loop().call_later(0.1, room.set)
    gc.collect()  # an error that nobody was told of would be a warning now
    assert (tmp_path / "data/runs/r/journal").exists() is not fault
    async with engines() as engine:
        assert (await engine.run("r") is None) is fault


async def test_a_folder_without_a_whole_line_hinders_no_other_run(
    engines: Engines, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = tmp_path / "data/runs"
    for name, text in (("empty", ""), ("torn", '{"workflow":{')):
        (runs / name).mkdir(parents=True)
        (runs / name / "journal").write_text(text)
    (runs / "none").mkdir()
    (runs / "file").touch()
    async with engines(workflow_template(shell("provision", "true"))) as engine:
        said = capsys.readouterr().out
        assert (await ended(engine)).phase == "Succeeded"
    assert said.count("run_left_aside") == 4
    assert f"{runs}/torn" in said
    assert (runs / "torn/journal").read_text() == '{"workflow":{'


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
