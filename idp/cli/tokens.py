"""Tokens kept between invocations: one per server, so that none is ever sent to another."""

import json
import os
from pathlib import Path

import click

from idp.cli.errors import CliError


def saved(url: str) -> str | None:
    """The token for this server. Raises CliError where the file is damaged."""
    return _read().get(url)


def save(url: str, token: str) -> Path:
    """Store it, readable by its owner alone, in one piece or not at all. Returns the file."""
    path = _path()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    content = json.dumps(_read() | {url: token}, indent=2)
    draft = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(content)
    draft.replace(path)
    return path


def _path() -> Path:
    """`$XDG_CONFIG_HOME/idp/tokens.json` on Linux, the system's own place elsewhere."""
    return Path(click.get_app_dir("idp")) / "tokens.json"


def _read() -> dict[str, str]:
    path = _path()
    try:
        content = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        message = f"{path} cannot be read: {error}"
        raise CliError(message, move=f"Repair or delete {path}, then `idp token NAME --team TEAM --save`.") from error
    if not isinstance(content, dict):
        message = f"{path} holds no tokens by server."
        raise CliError(message, move=f"Delete {path}, then `idp token NAME --team TEAM --save`.")
    return content
