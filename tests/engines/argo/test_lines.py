from collections.abc import AsyncIterator

import pytest

from idp.engines.argo.executor import written_by_the_step
from idp.engines.argo.lines import lines

pytestmark = pytest.mark.anyio


async def chunks(*given: bytes) -> AsyncIterator[bytes]:
    for each in given:
        yield each


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ((), []),
        ((b"a\nb\n",), [b"a", b"b"]),
        ((b"a", b"b", b"\n", b"c"), [b"ab", b"c"]),
        ((b"a\n", b"\n", b"b"), [b"a", b"", b"b"]),
        ((b"a\r\n",), [b"a\r"]),
        ((b"12345678", b"9\n"), [b"1234", b"5678", b"9"]),
        ((b"1234\n5\n",), [b"1234", b"5"]),
        ((b"1234", b"\n5"), [b"1234", b"5"]),
        ((b"12345\n6\n",), [b"1234", b"5", b"6"]),
    ],
)
async def test_lines_whatever_the_chunks(given: tuple[bytes, ...], found: list[bytes]) -> None:
    assert [line async for line in lines(chunks(*given), longest=4)] == found


async def test_without_a_limit_a_line_is_as_long_as_it_is() -> None:
    assert [line async for line in lines(chunks(b"x" * 100_000, b"y\n"))] == [b"x" * 100_000 + b"y"]


EXITED = 'time="2026-11-26T18:06:10.917Z" level=info msg="sub-process exited" argo=true error="<nil>"'
SAVED = 'time="2026-11-26T18:08:37.385Z" level=info msg="/work/x -> /var/run/argo/x" argo=true'
CAPTURED = 'time="2024-03-29T06:40:25 UTC" level=info msg="capturing logs" argo=true'
LATER = 'time=2026-11-26T18:06:10.917Z level=INFO msg="sub-process exited" argo=true error=<nil>'
LAST = "Error: exit status 3"


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ([], []),
        (["a", EXITED, SAVED], ["a"]),
        (["a", "b", EXITED, LAST], ["a", "b"]),
        ([LAST, EXITED, LAST], [LAST]),
        (["a", LAST], ["a", LAST]),
        (["a", LATER, LAST], ["a"]),
        ([EXITED, "from a child of the step"], ["from a child of the step"]),
        (["argo=true", f"x {EXITED}"], ["argo=true", f"x {EXITED}"]),
    ],
)
async def test_the_executors_lines_are_not_the_steps(written: list[str], told: list[str]) -> None:
    async def log() -> AsyncIterator[str]:
        for line in written:
            yield line

    assert [line async for line in written_by_the_step(log())] == told
