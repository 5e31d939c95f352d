"""One commit of a repository, by git itself, which trusts nothing that the repository brings.

No user's value is an option: the URL and the commit are validated by their types, and stand behind `--`. Only HTTP and
HTTPS, no redirection, no hook, no submodule, no symbolic link, no filter, no prompt, and no configuration but this.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from idp.errors import StepError
from idp.runner.processes import Ended, Processes

_SETTINGS: Final = {
    "protocol.allow": "never",
    "protocol.http.allow": "always",
    "protocol.https.allow": "always",
    "http.followRedirects": "false",
    "core.hooksPath": "/dev/null",
    "core.symlinks": "false",
    "core.fsmonitor": "false",
    "core.autocrlf": "false",
    "submodule.recurse": "false",
    "fetch.recurseSubmodules": "false",
    "transfer.fsckObjects": "true",
    "init.defaultBranch": "main",
    "advice.detachedHead": "false",
}
_LINES: Final = 3
"""Of git's last words, in an error."""


def checked_out(repository: str, commit: str, folder: Path, processes: Processes) -> Path:
    """The commit's files in a new folder, without git's own. Raises StepError with what git said."""
    folder.mkdir(parents=True)
    _git(processes, folder, "init", "--quiet", what="start")
    _git(
        processes,
        folder,
        "fetch",
        "--quiet",
        "--depth=1",
        "--no-tags",
        "--",
        repository,
        commit,
        what=f"fetch {commit}",
    )
    _git(processes, folder, "checkout", "--quiet", "--detach", commit, what=f"check out {commit}")
    shutil.rmtree(folder / ".git")
    return folder


def _git(processes: Processes, folder: Path, *words: str, what: str) -> None:
    options = [option for name, value in _SETTINGS.items() for option in ("-c", f"{name}={value}")]
    ended = processes.run(["git", *options, *words], folder=folder, environment=environment(folder))
    if ended.code != 0:
        message = f"git could not {what}: {_said(ended)}"
        raise StepError(message)


def environment(home: Path) -> Mapping[str, str]:
    """What git is told beside its options; `Processes` passes no GIT_ variable on."""
    return {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "true",
        "GIT_ALLOW_PROTOCOL": "http:https",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "LC_ALL": "C.UTF-8",
    }


def _said(ended: Ended) -> str:
    return " ".join(ended.tail[-_LINES:]) or f"exit code {ended.code}"
