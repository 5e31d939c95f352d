"""What the ledger keeps of git servers: generations of secrets (never a secret), deliveries taken, what is to be told."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, kw_only=True, slots=True)
class HookRecord:
    """The hook of one team's repository. A secret is shown when its generation begins, and never again."""

    team: str
    repository: str
    """As `names.repository` writes it."""
    generation: int
    shown_by: str
    shown_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportRow:
    """A request whose phase the git server must be told."""

    request: str
    attempts: int
    next_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class PreviewRecord:
    """What is wanted of one application for one pull request: `gone` when nothing is left of it."""

    team: str
    application: str
    number: int
    commit: str
    state: Literal["open", "closed", "gone"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """A hook that was taken: the forge's id of it, and the SHA-256 of its body, as the id is not signed everywhere."""

    forge: str
    id: str
    repository: str
    body_sha256: str
