"""Refs, asked of git's own server over HTTP, and of servers that are none."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from idp.errors import ForbiddenError, InvalidError, NotFoundError, UnavailableError
from idp.repositories import GitServers, lines
from tests.applications.gits import GitServer, Repository, git, git_server

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    with git_server(tmp_path_factory.mktemp("git")) as found:
        yield found


@pytest.fixture(scope="module")
def repository(server: GitServer) -> Repository:
    """A branch `main`, one `release/1`, an annotated tag `v1` and a tag that is named as a branch of another commit."""
    found = server.repository("shop")
    found.push({"a": "1"})
    found.push({"a": "2"}, branch="release/1")
    git("tag", "--annotate", "--message", "one", "v1", folder=found.work)
    git("tag", "main", folder=found.work)
    git("push", "--quiet", "origin", "refs/tags/v1", "refs/tags/main", folder=found.work)
    return found


async def test_a_branch_and_a_tag_are_what_they_point_to(server: GitServer, repository: Repository) -> None:
    head = git("rev-parse", "HEAD", folder=repository.work)
    read, before = GitServers(), len(server.asked)

    assert await read.commit(repository.url, "release/1") == head
    assert await read.commit(repository.url, "v1") == head, "the commit, not the tag's own object"
    assert await read.heads(repository.url) == {
        "main": git("rev-parse", "HEAD~1", folder=repository.work),
        "release/1": head,
    }
    assert set(server.asked[before:]) == {"POST /shop.git/git-upload-pack"}


async def test_what_is_not_clear_is_not_guessed(repository: Repository) -> None:
    with pytest.raises(InvalidError, match=r"'main' is a branch and a tag of .*name the commit"):
        await GitServers().commit(repository.url, "main")
    with pytest.raises(NotFoundError, match="no branch or tag 'mai' in"):
        await GitServers().commit(repository.url, "mai")


async def test_only_the_servers_that_are_named_are_asked(server: GitServer, repository: Repository) -> None:
    before = len(server.asked)
    with pytest.raises(ForbiddenError, match=r"is none of the git servers of this platform: git\.example\.com"):
        await GitServers(["git.example.com"]).heads(repository.url)
    assert len(server.asked) == before
    for allowed in ("127.0.0.1", repository.url.split("/")[2]):
        assert await GitServers([allowed]).heads(repository.url)


async def test_a_repository_that_is_not_there_is_said(server: GitServer) -> None:
    with pytest.raises(UnavailableError, match="answered 404"):
        await GitServers().heads(f"{server.url}/nowhere.git")
    with pytest.raises(UnavailableError, match="gives no answer"):
        await GitServers().heads("http://127.0.0.1:9/x.git")
    with pytest.raises(UnavailableError, match="gives no answer"):
        await GitServers().heads("http://no..host/x.git")


KIND = "application/x-git-upload-pack-result"
ANSWERS: dict[str, tuple[int, dict[str, str], bytes, str]] = {
    "a web page": (200, {"Content-Type": "text/html"}, b"<html>", r"answered 200 \(text/html\)"),
    "a redirection": (302, {"Location": "http://127.0.0.1:9/"}, b"", "answered 302"),
    "no lines": (200, {"Content-Type": KIND}, b"hello", "protocol version 2"),
    "a line that is cut": (200, {"Content-Type": KIND}, b"00ffabc", "a line of length 255 at byte 0 of 7"),
    "no end": (200, {"Content-Type": KIND}, b"", "protocol version 2"),
    "a delimiter": (200, {"Content-Type": KIND}, b"0001", "a line of length 1"),
    "something else": (200, {"Content-Type": KIND}, b"000eversion 1\n0000", "is no ref"),
    "9 MB": (200, {"Content-Type": KIND}, b"0" * 9_000_000, "too many refs"),
}
"""What a server may answer, and what is said of it."""


@pytest.mark.parametrize("title", ANSWERS)
async def test_what_is_no_git_server_is_said(title: str) -> None:
    status, headers, body, said = ANSWERS[title]

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        with pytest.raises(UnavailableError, match=said):
            await GitServers().heads(f"http://127.0.0.1:{server.server_port}/x.git")
        server.shutdown()


def test_the_question_is_written_as_git_writes_it() -> None:
    assert lines.ls_refs(["refs/heads/main"]) == (
        b"0014command=ls-refs\n00010009peel\n001fref-prefix refs/heads/main\n0000"
    )
