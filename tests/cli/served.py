"""A real server, and tokens it takes."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from idp.cli.commands.token import signed


@dataclass(frozen=True)
class Served:
    """Its address and its data folder."""

    url: str
    folder: Path

    def token(self, user: str, *roles: str, teams: tuple[str, ...] = ("payments",)) -> str:
        return signed(self.folder, user, teams, roles, timedelta(hours=1))
