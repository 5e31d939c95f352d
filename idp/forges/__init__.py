"""What GitHub, GitLab and Gitea say and how they sign it: one module each, pure; unaware of ledger, policy and HTTP."""

from collections.abc import Mapping
from typing import Final

from idp.forges.forge import Forge
from idp.forges.gitea import GITEA
from idp.forges.github import GITHUB
from idp.forges.gitlab import GITLAB

FORGES: Final[Mapping[str, Forge]] = {forge.name: forge for forge in (GITHUB, GITLAB, GITEA)}
"""By the last part of their hooks' address."""

__all__ = ["FORGES", "Forge"]
