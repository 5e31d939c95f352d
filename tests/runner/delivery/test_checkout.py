"""A commit, fetched by real git from a real server that may be hostile."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.errors import StepError
from idp.runner.delivery.checkout import checked_out
from idp.runner.processes import Processes
from tests.applications.gits import GitServer, git, git_server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[GitServer]:
    with git_server(tmp_path / "server") as found:
        yield found


def _checked_out(url: str, commit: str, folder: Path, **around: str) -> Path:
    return checked_out(url, commit, folder, Processes({**os.environ, **around}))


def test_files_are_those_of_the_commit_and_git_s_own_are_gone(server: GitServer, tmp_path: Path) -> None:
    repository = server.repository("shop")
    first = repository.push({"a": "1", "folder/b": "2"})
    repository.push({"a": "newer"})

    tree = _checked_out(repository.url, first, tmp_path / "tree")

    assert sorted(str(each.relative_to(tree)) for each in tree.rglob("*") if each.is_file()) == ["a", "folder/b"]
    assert (tree / "a").read_text() == "1"


def test_nothing_that_a_repository_brings_is_followed(server: GitServer, tmp_path: Path) -> None:
    repository = server.repository("evil")
    (repository.work / "link").symlink_to("/etc/passwd")
    mark = tmp_path / "mark"
    commit = repository.push(
        {
            ".gitattributes": "* filter=evil\n",
            ".gitmodules": f'[submodule "x"]\n\tpath = x\n\turl = "ext::sh -c touch% {mark}"\n',
            ".git-hooks/post-checkout": f"#!/bin/sh\ntouch {mark}\n",
        }
    )
    hook = tmp_path / "hooks/post-checkout"
    hook.parent.mkdir()
    hook.write_text(f"#!/bin/sh\ntouch {mark}\n")
    hook.chmod(0o755)
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(
        f'[core]\n\thooksPath = {hook.parent}\n[filter "evil"]\n\tsmudge = touch {mark}\n\trequired\n'
    )
    hostile = {"HOME": str(home), "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "core.hooksPath"}

    tree = _checked_out(repository.url, commit, tmp_path / "tree", **hostile, GIT_CONFIG_VALUE_0=str(hook.parent))

    assert not mark.exists()
    assert not (tree / "link").is_symlink()
    assert (tree / "link").read_text() == "/etc/passwd"


@pytest.mark.parametrize("url", ["file:///etc", "ext::sh -c id", "ssh://127.0.0.1/x", "--upload-pack=touch x", "/etc"])
def test_no_other_transport_is_spoken(url: str, tmp_path: Path) -> None:
    with pytest.raises(StepError, match="git could not fetch 0a0a"):
        _checked_out(url, "0a" * 20, tmp_path / "tree")


def test_what_is_not_there_is_said_in_git_s_words(server: GitServer, tmp_path: Path) -> None:
    repository = server.repository("shop")
    repository.push({"a": "1"})

    with pytest.raises(StepError, match=r"git could not fetch 0a0a.*not our ref"):
        _checked_out(repository.url, "0a" * 20, tmp_path / "tree")
    with pytest.raises(StepError, match="not found"):
        _checked_out(f"{server.url}/none.git", git("rev-parse", "HEAD", folder=repository.work), tmp_path / "other")
