"""The secrets that repositories sign their hooks with: each derived from the installation's one key, none stored."""

import hmac
import os
from base64 import b64encode
from datetime import timedelta
from pathlib import Path
from typing import Final

from idp.errors import DefinitionError

OVERLAP: Final = timedelta(hours=24)
"""So long the secret before the newest one is good: a rotation is done at two places, and not at one time."""
WINDOW: Final = timedelta(minutes=5)
"""How old a hook may be whose signature covers its time."""
SHORTEST: Final = 32
"""Bytes of the installation's key."""

_PURPOSE: Final = b"idp hook secret, version 1"


def secret(key: bytes, *, team: str, repository: str, generation: int) -> str:
    """HKDF-Expand (RFC 5869) of the key for one team, repository and generation: none tells anything of another.

    In the form of https://www.standardwebhooks.com, which GitLab wants; to the others it is a text as any.
    """
    about = "\0".join([team, repository, str(generation)]).encode()
    derived = hmac.digest(key, _PURPOSE + b"\0" + about + b"\x01", "sha256")
    return "whsec_" + b64encode(derived).decode()


def key_in(path: Path, *, make: bool = False) -> bytes:
    """The installation's key; `make` one where there is none yet. Raises DefinitionError."""
    if make and not path.exists():
        _create(path)
    try:
        found = path.read_bytes().strip()
    except OSError as error:
        message = f"The key for hooks {path} cannot be read ({error.strerror}). Mend it, or unset IDP_HOOK_KEY_FILE."
        raise DefinitionError(message) from error
    if len(found) < SHORTEST:
        message = f"The key for hooks {path} has {len(found)} bytes; it needs {SHORTEST} random ones or more."
        raise DefinitionError(message)
    return found


def _create(path: Path) -> None:
    """Never over another process's: who comes second reads the first one's."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    whole = path.with_name(f".{path.name}-{os.getpid()}")
    whole.touch(mode=0o600)
    try:
        whole.write_text(os.urandom(SHORTEST).hex())
        os.link(whole, path)
    except FileExistsError:
        return
    finally:
        whole.unlink()
