from pathlib import Path
from typing import Any

import pytest

from idp.access import hooks
from idp.errors import DefinitionError

KEY = bytes(range(32))
ABOUT: dict[str, Any] = {"team": "payments", "repository": "git.packetdance.com/payments/shop", "generation": 1}


def test_a_secret_is_of_one_key_team_repository_and_generation() -> None:
    others: list[dict[str, Any]] = [{"team": "shop"}, {"repository": "git.packetdance.com/books"}, {"generation": 2}]
    secrets = {hooks.secret(KEY, **ABOUT | other) for other in ({}, *others)} | {hooks.secret(KEY[::-1], **ABOUT)}
    assert len(secrets) == 5
    assert hooks.secret(KEY, **ABOUT) in secrets


def test_a_secret_stays_what_it_was() -> None:
    """Made by `openssl dgst -sha256 -mac HMAC -macopt hexkey:...`: who installs the next version keeps every hook."""
    assert hooks.secret(KEY, **ABOUT) == "whsec_OeZgODYbLiBqUJ0AIsFzLTEz5ZtttOdEvLOm1VDevDA="


def test_the_key_is_made_once_and_is_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "hooks.key"
    key = hooks.key_in(path, make=True)
    assert len(key) >= hooks.SHORTEST
    assert (hooks.key_in(path), hooks.key_in(path, make=True)) == (key, key)
    assert path.stat().st_mode & 0o077 == 0
    assert [each.name for each in path.parent.iterdir()] == ["hooks.key"]


def test_a_key_that_is_missing_or_short_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError, match=r"hooks.key cannot be read \(No such file or directory\)"):
        hooks.key_in(tmp_path / "hooks.key")
    (tmp_path / "short").write_bytes(b"secret\n")
    with pytest.raises(DefinitionError, match="has 6 bytes; it needs 32 random ones"):
        hooks.key_in(tmp_path / "short")
