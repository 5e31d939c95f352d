"""Who wrote commits, asked of git's own server over HTTP, and of servers that say nothing sensible."""

import zlib
from collections.abc import Iterator
from hashlib import sha1
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from idp.errors import ForbiddenError, UnavailableError
from idp.repositories import GitServers, lines, packs
from tests.applications.gits import GitServer, Repository, git, git_server

pytestmark = pytest.mark.anyio

KIND = "application/x-git-upload-pack-result"
ADA = "ada@payments.test"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GitServer]:
    with git_server(tmp_path_factory.mktemp("git")) as found:
        yield found


@pytest.fixture
def repository(server: GitServer, request: pytest.FixtureRequest) -> Repository:
    return server.repository(request.node.name)


def commits(repository: Repository, *authors: str) -> list[str]:
    return [repository.push({"a": author}, author=author) for author in authors]


async def test_authors_and_committers_since_what_serves(server: GitServer, repository: Repository) -> None:
    first, second, third = commits(repository, "bob@payments.test", "cid@payments.test", "dan@payments.test")
    asked = len(server.asked)
    read = GitServers()

    assert await read.people(repository.url, third, first) == {"cid@payments.test", "dan@payments.test", ADA}
    assert await read.people(repository.url, third, second) == {"dan@payments.test", ADA}
    assert await read.people(repository.url, third, None) >= {"bob@payments.test", "cid@payments.test"}
    assert await read.people(repository.url, first, third) == set(), "the way back brings no commit"
    assert await read.people(repository.url, third, third) == set()
    assert server.asked[asked:] == [f"POST /{repository.work.name}.git/git-upload-pack"] * 5


async def test_what_came_before_is_told_from_what_was_taken_back(repository: Repository) -> None:
    first, second = commits(repository, "bob@payments.test", "cid@payments.test")
    read = GitServers()
    assert await read.ahead(repository.url, second, first)
    assert not await read.ahead(repository.url, first, second)
    git("reset", "--quiet", "--hard", first, folder=repository.work)
    git("commit", "--quiet", "--allow-empty", "--message", "instead", folder=repository.work)
    git("push", "--quiet", "--force", "origin", "HEAD:main", folder=repository.work)
    instead = git("rev-parse", "HEAD", folder=repository.work)
    assert not await read.ahead(repository.url, instead, second)
    assert await read.ahead(repository.url, instead, first)
    with pytest.raises(UnavailableError, match="what came before"):
        await read.ahead(repository.url, "0" * 39 + "1", first)


async def test_what_serves_and_is_not_there_any_more_excludes_nothing(repository: Repository) -> None:
    (only,) = commits(repository, "bob@payments.test")
    assert await GitServers().people(repository.url, only, "0" * 39 + "1") == {"bob@payments.test", ADA}


async def test_both_sides_of_a_merge_are_read(repository: Repository) -> None:
    (base,) = commits(repository, "bob@payments.test")
    repository.push({"b": "1"}, branch="feature", author="cid@payments.test")
    git("branch", "feature", folder=repository.work)
    git("reset", "--quiet", "--hard", base, folder=repository.work)
    repository.push({"c": "1"}, author="dan@payments.test")
    git("merge", "--quiet", "--no-ff", "--no-edit", "feature", folder=repository.work)
    merged = repository.push({"d": "1"}, author="eve@payments.test")
    found = await GitServers().people(repository.url, merged, base)
    assert found == {f"{who}@payments.test" for who in ("ada", "cid", "dan", "eve")}


async def test_forges_names_and_co_authors_are_known_too(repository: Repository) -> None:
    commits(repository, "12+Bob@users.noreply.github.com")
    message = "A change\n\nCo-authored-by: Cid <cid@payments.test>\nco-authored-by: <dan@noreply.git.packetdance.com>\n"
    git("commit", "--quiet", "--amend", "--message", message, folder=repository.work)
    git("push", "--quiet", "--force", "origin", "HEAD:main", folder=repository.work)
    found = await GitServers().people(repository.url, git("rev-parse", "HEAD", folder=repository.work), None)
    assert found == {
        "12+Bob@users.noreply.github.com",
        "12+Bob",
        "Bob",
        "cid@payments.test",
        "dan@noreply.git.packetdance.com",
        "dan",
        ADA,
    }


async def test_commits_that_are_packed_as_differences_are_read(server: GitServer, repository: Repository) -> None:
    text = "".join(f"{number}: why this had to be, at some length\n" for number in range(60))
    for number in range(30):
        said = ("--message", f"{number}\n\n{text}", "--author", f"Somebody <n{number}@payments.test>")
        git("commit", "--quiet", "--allow-empty", *said, folder=repository.work)
    git("push", "--quiet", "origin", "HEAD:main", folder=repository.work)
    bare = server.root / f"{repository.work.name}.git"
    git("gc", "--quiet", "--aggressive", folder=bare)
    (index,) = (bare / "objects/pack").glob("*.idx")
    assert "chain length" in git("verify-pack", "--verbose", str(index), folder=bare)

    head = git("rev-parse", "HEAD", folder=repository.work)
    found = await GitServers().people(repository.url, head, None)

    assert found == {ADA, *(f"n{number}@payments.test" for number in range(30))}


async def test_who_cannot_tell_all_tells_nobody(server: GitServer, repository: Repository) -> None:
    """A commit that is not there, a server without filters, a history that was cut, a server that may not be asked."""
    first, last = commits(repository, "bob@payments.test", "cid@payments.test")
    read, bare = GitServers(), server.root / f"{repository.work.name}.git"
    with pytest.raises(UnavailableError, match="not our ref"):
        await read.people(repository.url, "0" * 39 + "1", None)
    git("config", "uploadpack.allowFilter", "false", folder=bare)
    with pytest.raises(UnavailableError, match="it sends nothing; does it allow files to be left out"):
        await read.people(repository.url, last, first)
    git("config", "uploadpack.allowFilter", "true", folder=bare)
    (bare / "shallow").write_text(f"{last}\n")
    with pytest.raises(UnavailableError, match="does not tell who wrote"):
        await read.people(repository.url, last, None)
    with pytest.raises(ForbiddenError, match="none of the git servers of this platform"):
        await GitServers(["git.example.com"]).people(repository.url, last, None)


async def test_a_commit_without_an_address_is_somebodys_and_an_odd_one_is_not_read() -> None:
    assert packs.people(b"author A <> 1 +0000\ncommitter B <b@x.test> 1 +0000\n\nco-authored-by: nobody\n") == {
        "b@x.test"
    }
    for odd in (b"", b"tree 1\n\nauthor A <a@x.test>", b"author A 1 +0000", b"author A <a\0@x.test> 1 +0000"):
        with pytest.raises(ValueError, match="a commit says of its people"):
            packs.people(odd)


A_COMMIT = b"author A <a@x.test> 1 +0000\ncommitter A <a@x.test> 1 +0000\n\nA change\n"


def packed(kind: int, data: bytes, *, size: int | None = None, base: bytes = b"") -> bytes:
    """One object, as a pack has it."""
    size = len(data) if size is None else size
    head, rest = [kind << 4 | size & 15], size >> 4
    while rest:
        head[-1] |= 0x80
        head.append(rest & 0x7F)
        rest >>= 7
    return bytes(head) + base + zlib.compress(data)


def pack(*objects: bytes, count: int | None = None) -> bytes:
    body = b"PACK" + (2).to_bytes(4) + (len(objects) if count is None else count).to_bytes(4) + b"".join(objects)
    return body + sha1(body, usedforsecurity=False).digest()


def difference(*words: bytes, target: int, source: int = len(A_COMMIT)) -> bytes:
    """`source` and `target` below 128."""
    return bytes([source, target]) + b"".join(words)


def test_a_pack_is_read_and_its_ids_are_those_of_what_it_holds() -> None:
    id_ = sha1(b"commit %d\0%b" % (len(A_COMMIT), A_COMMIT), usedforsecurity=False)
    # The first 10 bytes, then two of its own, then 7 bytes from the 57th: before what it builds on.
    delta = difference(b"\x90\x0a", b"\x02!!", b"\x91\x38\x07", target=19)
    found = packs.commits(pack(packed(7, delta, base=id_.digest()), packed(1, A_COMMIT)))
    assert found.pop(id_.hexdigest()) == A_COMMIT
    assert list(found.values()) == [A_COMMIT[:10] + b"!!" + A_COMMIT[56:63]]


ID = sha1(b"commit %d\0%b" % (len(A_COMMIT), A_COMMIT), usedforsecurity=False).digest()
WHOLE = packed(1, A_COMMIT)
WRONG: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "no whole pack"),
    "something else": (b"KCAP" + pack(WHOLE)[4:], "no whole pack"),
    "one that is cut": (pack(WHOLE)[:-21], "no whole pack"),
    "too many": (pack(count=10_001), "there are 10001 commits, more than 10000"),
    "fewer than it says": (pack(WHOLE, count=2), "."),
    "a file": (pack(packed(3, b"text")), "an object of kind 3 and 4 bytes"),
    "a difference by place": (pack(packed(6, b"text")), "an object of kind 6"),
    "a bomb": (pack(packed(1, bytes(2**21))), "an object of kind 1 and 2097152 bytes"),
    "a bomb that lies": (pack(packed(1, bytes(2**21), size=10)), "not of 10 bytes"),
    "one that is too short": (pack(packed(1, b"1234", size=10)), "not of 10 bytes"),
    "no zlib": (pack(b"\x13abcdefghijk"), "cannot be read"),
    "what builds on nothing": (pack(packed(7, difference(target=0), base=ID)), "build on what is not in the pack"),
    "what builds on another": (
        pack(WHOLE, packed(7, difference(target=0, source=9), base=ID)),
        "builds on one of 9, which has 69",
    ),
    "a copy that ends": (pack(WHOLE, packed(7, difference(b"\x91", target=9), base=ID)), "cannot be read"),
    "a copy of too much": (
        pack(WHOLE, packed(7, difference(b"\x90\x48", target=9), base=ID)),
        "of 9 bytes that comes to 69",
    ),
    "a copy of too little": (
        pack(WHOLE, packed(7, difference(b"\x00", target=9), base=ID)),
        "of 9 bytes that comes to 0",
    ),
}


@pytest.mark.parametrize("title", WRONG)
def test_what_is_no_pack_of_commits_is_refused(title: str) -> None:
    data, complaint = WRONG[title]
    with pytest.raises(ValueError, match=complaint):
        packs.commits(data)


def test_the_question_and_the_answer_are_written_as_git_writes_them() -> None:
    want, have = "a" * 40, "b" * 40
    assert lines.fetch(want, have) == (
        b"0012command=fetch\n00010010no-progress\n0012filter tree:0\n0032want %b\n0032have %b\n0009done\n0000"
    ) % (want.encode(), have.encode())
    assert b"have" not in lines.fetch(want, None)
    assert lines.pack(b"000dpackfile\n0007\x01PA0009\x02slow0007\x01CK0005\x010000") == b"PACK"
    for answer, complaint in (
        (b"", "it sends nothing"),
        (b"0000", "b'nothing' where a pack"),
        (b"0011ERR not ours\n0000", "ERR not ours"),
        (b"000dpackfile\n0009\x03away0000", "the server says b'away'"),
    ):
        with pytest.raises(ValueError, match=complaint):
            lines.pack(answer)


def authored(address: str, parent: bytes = b"") -> bytes:
    return parent + b"author A <%b> 1 +0000\ncommitter A <> 1 +0000\n\nA change\n" % address.encode()


def named(commit: bytes) -> str:
    return sha1(b"commit %d\0%b" % (len(commit), commit), usedforsecurity=False).hexdigest()


A_ROOT = authored("a@x.test")
A_CHILD = authored("b@x.test", b"parent %b\n" % named(A_ROOT).encode())
CROWD = [authored(f"n{number}@x.test") for number in range(501)]

TOLD: dict[str, tuple[list[bytes], str, str | None, set[str] | str]] = {
    "all": ([A_CHILD, A_ROOT], named(A_CHILD), None, {"a@x.test", "b@x.test"}),
    "what is new": ([A_CHILD], named(A_CHILD), named(A_ROOT), {"b@x.test"}),
    "nothing new": ([], named(A_ROOT), named(A_CHILD), set()),
    "nothing": ([], named(A_CHILD), None, "it is not among the commits that were sent"),
    "another": ([A_ROOT], named(A_CHILD), None, "it is not among the commits that were sent"),
    "another since": ([A_ROOT], named(A_CHILD), "0" * 40, "it is not among the commits that were sent"),
    "the newest only": ([A_CHILD], named(A_CHILD), None, r"only the newest of its history \(1 parents are missing\)"),
    "500 names": (CROWD[:500], named(CROWD[0]), None, {f"n{number}@x.test" for number in range(500)}),
    "501 names": (CROWD, named(CROWD[0]), None, "they go by 501 names, more than 500"),
}
"""What a server sends when it is asked for a commit, since another; who that is, or what is said of it."""


@pytest.mark.parametrize("title", TOLD)
async def test_a_server_is_believed_where_what_it_sends_is_whole(title: str) -> None:
    sent, commit, since, expected = TOLD[title]
    data = pack(*(packed(1, each) for each in sent))
    body = b"000dpackfile\n%04x\x01%b0000" % (len(data) + 5, data)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            for name, value in {"Content-Type": KIND, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        reading = GitServers().people(f"http://127.0.0.1:{server.server_port}/x.git", commit, since)
        if isinstance(expected, str):
            with pytest.raises(UnavailableError, match=expected):
                await reading
        else:
            assert await reading == expected
        server.shutdown()
