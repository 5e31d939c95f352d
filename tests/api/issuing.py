"""An OpenID issuer for tests."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from tests.api.platform import now


@dataclass
class Issuer:
    """An OpenID issuer on a socket: discovery and keys."""

    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", auto_kid=True))
    url: str = ""
    named: str | None = None
    status: int = 200
    asked: int = 0
    keys: object = None

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Issuer"]:
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with server:
            yield self

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        path = head.split()[1].decode()
        body: object = {"issuer": self.named or self.url, "jwks_uri": f"{self.url}/keys"}
        if path == "/keys":
            self.asked += 1
            body = KeySet([self.key]).as_dict(private=False) if self.keys is None else self.keys
        text = json.dumps(body).encode()
        writer.write(
            b"HTTP/1.1 %d X\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % (self.status, len(text)) + text
        )
        await writer.drain()
        writer.close()

    def token(self, **more: Any) -> str:
        """Of ada, unless `more` says otherwise."""
        claims = {"iss": self.named or self.url, "aud": "idp", "sub": "ada", "iat": now(), "exp": now() + 600, **more}
        return jwt.encode({"alg": "ES256", "kid": self.key.kid}, claims, self.key, algorithms=["ES256"])
