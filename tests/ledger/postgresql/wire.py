"""A wire between a ledger and its database that can be cut, also at the worst moment."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from tests.ledger.postgresql import server


@dataclass
class Wire:
    """Passes everything on, until told otherwise."""

    url: str = ""
    reply_lost_of: bytes = b""
    """Answers to a message that holds this are not passed on: all is cut in their place, and stays down."""
    down: bool = False
    """Nobody new is let in."""
    losing: bool = False
    ends: set[asyncio.StreamWriter] = field(default_factory=set)

    def cut(self) -> None:
        """All that is connected."""
        for end in self.ends:
            end.transport.abort()

    def mend(self) -> None:
        """As it was."""
        self.down = self.losing = False
        self.reply_lost_of = b""

    async def through(self, near: asyncio.StreamReader, near_end: asyncio.StreamWriter) -> None:
        """One connection."""
        if self.down:
            near_end.transport.abort()
            return
        far, far_end = await _database()
        self.ends |= {near_end, far_end}
        passing = [self._questions(near, far_end), self._answers(far, near_end)]
        await asyncio.gather(*passing, return_exceptions=True)
        self.ends -= {near_end, far_end}

    async def _questions(self, near: asyncio.StreamReader, far_end: asyncio.StreamWriter) -> None:
        while data := await near.read(65536):
            self.losing = self.losing or (bool(self.reply_lost_of) and self.reply_lost_of in data)
            far_end.write(data)
        far_end.close()

    async def _answers(self, far: asyncio.StreamReader, near_end: asyncio.StreamWriter) -> None:
        while data := await far.read(65536):
            if self.losing:
                self.down = True
                self.cut()
                return
            near_end.write(data)
        near_end.close()


@asynccontextmanager
async def wire(folder: Path) -> AsyncIterator[Wire]:
    """To the folder's own schema, by TCP."""
    between = Wire()
    listening = await asyncio.start_server(between.through, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    there = urlsplit(server.url(folder))
    query = {name: values[0] for name, values in parse_qs(there.query).items() if name != "host"}
    login = there.netloc.rpartition("@")[0] or "postgres"
    between.url = urlunsplit((there.scheme, f"{login}@127.0.0.1:{port}", there.path, urlencode(query), ""))
    try:
        yield between
    finally:
        between.down = True
        between.cut()
        listening.close()
        await listening.wait_closed()


async def _database() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    there = urlsplit(server.url(Path()))
    if folder := parse_qs(there.query).get("host"):
        return await asyncio.open_unix_connection(f"{folder[0]}/.s.PGSQL.5432")
    return await asyncio.open_connection(there.hostname, there.port or 5432)
