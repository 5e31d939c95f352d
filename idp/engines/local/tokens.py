"""The token that tells the API which step is calling. Signed with a key in the engine's folder; holds while its step runs."""

import base64
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path

from idp.engines.protocol import StepIdentity

_AUDIENCE = "idp"
_KEY_BYTES = 32

Running = Callable[[str, str, str], str | None]
"""Of run, uid and node id: the step's name while it runs, None where it does not."""


class Tokens:
    """Mints and verifies. Also the engine's StepVerifier: there is no date in a token, its step's end is its end."""

    def __init__(self, folder: Path, running: Running) -> None:
        self._key = _key(folder / "token.key")
        self._running = running

    def mint(self, run: str, uid: str, node: str) -> str:
        """A token for one step."""
        claims = json.dumps({"aud": _AUDIENCE, "run": run, "uid": uid, "node": node}, separators=(",", ":")).encode()
        return f"{_base64(claims)}.{_base64(self._signature(claims))}"

    async def verify(self, token: str) -> StepIdentity | None:
        """The step, None where the token is not ours or its step is over."""
        claims = self._claims(token)
        if claims is None:
            return None
        step = self._running(claims["run"], claims["uid"], claims["node"])
        return StepIdentity(run=claims["run"], run_uid=claims["uid"], step=step) if step else None

    def _claims(self, token: str) -> dict[str, str] | None:
        try:
            body, signature = (base64.urlsafe_b64decode(part + "==") for part in token.strip().split("."))
        except ValueError:
            return None
        if not hmac.compare_digest(signature, self._signature(body)):
            return None
        claims: dict[str, str] = json.loads(body)
        return claims

    def _signature(self, claims: bytes) -> bytes:
        return hmac.digest(self._key, claims, hashlib.sha256)


def _key(file: Path) -> bytes:
    """The folder's key, made on first use."""
    if not file.exists():
        new = file.with_suffix(".new")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(secrets.token_bytes(_KEY_BYTES))
            opened.flush()
            os.fsync(descriptor)
        new.rename(file)
    return file.read_bytes()


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
