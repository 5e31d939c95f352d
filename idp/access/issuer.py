"""The local issuer: signs tokens for an embedded server, whose data folder holds the key.

Who can read that folder can be anybody, so the server listens on loopback only.
"""

import json
import os
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from idp import names
from idp.access.caller import signable
from idp.errors import DefinitionError, InvalidError

LOCAL_ISSUER: Final = "urn:idp:local"
"""What `iss` says."""


def token(
    folder: Path,
    user: str,
    *,
    teams: Collection[str] = (),
    roles: Collection[str] = (),
    lifetime: timedelta = timedelta(hours=12),
    audience: str = names.TOKEN_AUDIENCE,
) -> str:
    """A token of the server whose data folder this is. Raises InvalidError for a user no token can name."""
    if not signable(user):
        message = f"User {user!r}: write letters, digits and . _ @ | : + / = ~ - only, at most 200."
        raise InvalidError(message)
    now = datetime.now(UTC)
    claims = {
        "iss": LOCAL_ISSUER,
        "aud": audience,
        "sub": user,
        "iat": int(now.timestamp()),
        "exp": int((now + lifetime).timestamp()),
        "teams": sorted(teams),
        "roles": sorted(roles),
    }
    key = signing_key(folder)
    return jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key, algorithms=["ES256"])


def public_keys(folder: Path) -> KeySet:
    """What verifies them: no private part is in it."""
    return KeySet([ECKey.import_key(signing_key(folder).as_dict(private=False))])


def signing_key(folder: Path) -> ECKey:
    """The key in `<folder>/issuer.json`, made at first use. Raises DefinitionError where the file holds none."""
    path = folder / "issuer.json"
    if not path.exists():
        _create(path)
    try:
        return ECKey.import_key(json.loads(path.read_text()))
    except (ValueError, TypeError, KeyError, JoseError) as error:
        message = f"{path} holds no key ({error}). Remove it, start again, and sign new tokens."
        raise DefinitionError(message) from error


def _create(path: Path) -> None:
    """Whole or not at all, and never over another process's key: link() fails where the name is taken."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = ECKey.generate_key("P-256", auto_kid=True)
    with NamedTemporaryFile("w", dir=path.parent, prefix=".issuer-") as file:  # mode 0600
        json.dump(key.as_dict(private=True), file)
        file.flush()
        os.fsync(file.fileno())
        try:
            os.link(file.name, path)
        except FileExistsError:
            return
