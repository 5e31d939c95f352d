"""Tokens on the disk."""

import stat
from pathlib import Path

import pytest

from idp.cli import tokens
from idp.cli.errors import CliError


@pytest.fixture(autouse=True)
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path / "idp" / "tokens.json"


def test_a_token_is_kept_for_its_server_alone_and_for_its_owner_alone(config: Path) -> None:
    assert tokens.saved("http://a") is None

    assert tokens.save("http://a", "one") == config
    tokens.save("http://b", "two")
    tokens.save("http://a", "three")

    assert (tokens.saved("http://a"), tokens.saved("http://b"), tokens.saved("http://c")) == ("three", "two", None)
    assert stat.S_IMODE(config.stat().st_mode) == 0o600
    assert stat.S_IMODE(config.parent.stat().st_mode) == 0o700
    assert [path.name for path in config.parent.iterdir()] == ["tokens.json"]


@pytest.mark.parametrize("content", ["{", "[]", "\udcff"])
def test_a_damaged_file_is_told_and_not_overwritten(config: Path, content: str) -> None:
    config.parent.mkdir()
    config.write_text(content, errors="surrogateescape")

    for use in (lambda: tokens.saved("http://a"), lambda: tokens.save("http://a", "one")):
        with pytest.raises(CliError, match=r"tokens\.json"):
            use()
    assert config.read_text(errors="surrogateescape") == content
