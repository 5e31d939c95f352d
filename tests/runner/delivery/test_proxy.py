"""The stable address of a placement, over real sockets."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest

from idp.runner.delivery.proxy import Backend, Proxy

pytestmark = pytest.mark.anyio

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def backend(number: int, answer: Answer | None = None) -> AsyncIterator[Backend]:
    """Answers each request with what it was asked, and its number."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        content = b"%d %s" % (number, head.split(b"\r\n")[0] + b"|" + await reader.readexactly(length))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(content), content))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer or echo, "127.0.0.1", 0)
    try:
        yield Backend(number, server.sockets[0].getsockname()[1])
    finally:
        server.close()


@asynccontextmanager
async def proxy() -> AsyncIterator[tuple[Proxy, int]]:
    found = Proxy()
    port = await found.listen(None)
    try:
        yield found, port
    finally:
        await found.close()


async def ask(port: int, request: bytes = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n\r\n") -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    found = await asyncio.wait_for(reader.read(), 20)
    writer.close()
    return found


async def test_where_nothing_serves_that_is_said() -> None:
    async with proxy() as (_, port):
        assert b"503" in await ask(port)


async def test_a_request_and_its_body_are_handed_on() -> None:
    async with proxy() as (front, port), backend(1) as one:
        front.serving = one
        body = b"x" * 200_000
        head = b"POST /a?b=c HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % len(body)

        found = await ask(port, head + body)

        assert found.endswith(b"1 POST /a?b=c HTTP/1.1|" + body)
        assert (one.answers, one.failures, one.busy) == (1, 0, 0)


async def test_the_next_request_is_the_new_one_s() -> None:
    async with proxy() as (front, port), backend(1) as one, backend(2) as two:
        front.serving = one
        assert b"1 GET" in await ask(port)
        front.serving = two
        assert b"2 GET" in await ask(port)


@pytest.mark.parametrize("share", [0, 20, 50, 100])
async def test_a_candidate_gets_its_share(share: int) -> None:
    async with proxy() as (front, port), backend(1) as one, backend(2) as two:
        front.serving, front.candidate, front.share = one, two, share
        for _ in range(20):
            await ask(port)
        assert (one.answers, two.answers) == (20 - share // 5, share // 5)


async def test_what_could_not_be_handed_over_goes_to_who_comes_next() -> None:
    async with proxy() as (front, port), backend(2) as two:
        front.serving = Backend(1, 9)
        asked = asyncio.create_task(ask(port))
        await asyncio.sleep(0.2)
        front.serving = two
        assert b"2 GET" in await asked


async def test_a_request_waits_for_what_is_about_to_serve() -> None:
    async with proxy() as (front, port), backend(1) as one:
        front.expecting = True
        asked = asyncio.create_task(ask(port))
        await asyncio.sleep(0.2)
        front.serving = one
        assert b"1 GET" in await asked


async def test_failures_are_counted_and_a_broken_answer_is_said() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.close()

    async def fail(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        at_once = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        writer.transport.abort()

    async with (
        proxy() as (front, port),
        backend(1, hang_up) as one,
        backend(2, fail) as two,
        backend(3, reset) as three,
    ):
        front.serving = one
        assert b"502 Bad Gateway" in await ask(port)
        front.serving = two
        assert b"500 No" in await ask(port)
        front.serving = three
        assert b"502 Bad Gateway" in await ask(port)
        assert (one.failures, two.failures, three.failures) == (1, 1, 1)


async def test_what_is_no_request_is_dropped() -> None:
    async with proxy() as (front, port), backend(1) as one:
        front.serving = one
        with suppress(ConnectionResetError):  # where it was dropped before all of it had come
            assert await ask(port, b"x" * 100_000 + b"\r\n\r\n") == b""
        assert one.answers == 0


async def test_the_port_is_kept_where_it_is_free() -> None:
    async with proxy() as (_, port):
        other = Proxy()
        assert await other.listen(port) != port
        await other.close()
    again = Proxy()
    assert await again.listen(port) == port
    await again.close()
