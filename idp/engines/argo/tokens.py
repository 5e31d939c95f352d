"""Bearer tokens in files: the cluster replaces them while we run, so each call reads its own."""

from collections.abc import Callable
from pathlib import Path

from idp.engines.protocol import EngineUnavailableError

Token = Callable[[], str]
"""The token as it is now. Raises EngineUnavailableError."""


def token_in(file: Path) -> Token:
    """What the file holds at each call, without the line end. A mounted Secret is replaced within a minute or so."""

    def current() -> str:
        try:
            token = file.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            message = f"The token in {file} cannot be read: {error}. Mount the Secret or token that belongs there."
            raise EngineUnavailableError(message) from error
        if not token:
            message = f"The file {file} is empty: put the token there that belongs there."
            raise EngineUnavailableError(message)
        return token

    return current
