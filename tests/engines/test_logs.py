"""Logs: line by line, while they grow, and no line without an end."""

import asyncio
from pathlib import Path

import pytest

from idp.engines.local.logs import LONGEST_LINE, lines

pytestmark = pytest.mark.anyio


async def read(log: Path, *, over: bool = True, follow: bool = True) -> list[str]:
    return [line async for line in lines(log, lambda: over, follow=follow)]


@pytest.mark.parametrize(
    ("contents", "expected"),
    [
        (b"", []),
        (b"a\nb\n", ["a", "b"]),
        (b"a\n\nb", ["a", "", "b"]),
        (b"a\r\n", ["a\r"]),
        ("é\u2028x\n".encode(), ["é\u2028x"]),
        (b"\xff\n", ["\ufffd"]),
        (b"x" * (2 * LONGEST_LINE + 3) + b"\ny", ["x" * LONGEST_LINE, "x" * LONGEST_LINE, "xxx", "y"]),
    ],
)
async def test_lines_are_split_at_their_ends_and_at_the_longest_length(
    tmp_path: Path, contents: bytes, expected: list[str]
) -> None:
    (tmp_path / "log").write_bytes(contents)
    assert await read(tmp_path / "log") == expected
    assert await read(tmp_path / "log", over=False, follow=False) == expected


async def test_a_step_that_said_nothing_has_no_lines(tmp_path: Path) -> None:
    assert await read(tmp_path / "none") == []
    assert await read(tmp_path / "none", over=False, follow=False) == []


async def test_who_follows_gets_what_comes_and_whole_lines(tmp_path: Path) -> None:
    log, over, got = tmp_path / "log", False, []

    async def follow() -> None:
        async for line in lines(log, lambda: over, follow=True):
            got.append(line)  # noqa: PERF401 - looked at while it grows

    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        group.create_task(follow())
        await asyncio.sleep(0.15)
        with log.open("ab", buffering=0) as file:
            for piece in (b"a", b"b\nhal", b"f", b"\nlast"):
                file.write(piece)
                await asyncio.sleep(0.15)
            while len(got) < 2:  # noqa: ASYNC110 - a plain list
                await asyncio.sleep(0.01)
            assert got == ["ab", "half"]
            over = True
    assert got == ["ab", "half", "last"]
