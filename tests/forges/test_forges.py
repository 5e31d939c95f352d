"""What each forge sends, as it sends it; signatures were made by openssl, not by the code under test."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from starlette.datastructures import Headers

from idp.forges import FORGES
from idp.forges.happenings import Happening, Nothing, Pull, Push

SAID = Path(__file__).parent / "said"
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="  # noqa: S105 - of this test
OTHER = "whsec_ZmVkY2JhOTg3NjU0MzIxMGZlZGNiYTk4NzY1NDMyMTA="
COMMIT = "0d1a26e67d8f5eaf1f6ba5c57fc3c7d91ac0fd1c"
BEFORE = "6113728f27ae82c7b1a177c8d03f9e96e0adf246"

SIGNED = {
    "github": {
        "X-GitHub-Delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
        "X-GitHub-Event": "push",
        "X-Hub-Signature-256": "sha256=c8344e450a5cf003f434fc6234abd19e975a824f293ab78ba9347148a7ec44a5",
    },
    "gitea": {
        "X-Gitea-Delivery": "f6266f16-1bf3-46a5-9ea4-602e06ead473",
        "X-Gitea-Event": "push",
        "X-GitHub-Event": "push",
        "X-Gitea-Signature": "1046702ef6d1d3019fbfb32cb61792fbb0367a4ad0e932cd59cf5adf0bd267b0",
    },
    "gitlab": {
        "X-Gitlab-Event": "Push Hook",
        "X-Gitlab-Event-UUID": "13792a34-cac6-4fda-95a8-c58e00a3954e",
        "webhook-id": "msg_1",
        "webhook-timestamp": "1764205200",
        "webhook-signature": "v1,b3RoZXI= v1,1o6cpGew5P+9UxCxROU6HScaFmG1FozKwIvd2eh8RrA=",
    },
}
IDS = {
    "github": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
    "gitea": "f6266f16-1bf3-46a5-9ea4-602e06ead473",
    "gitlab": "msg_1",
}


def body(name: str) -> bytes:
    return (SAID / f"{name}.json").read_bytes().rstrip(b"\n") + b"\n"


def holds(forge: str, said: dict[str, str], text: bytes, secret: str = SECRET) -> bool:
    kind = FORGES[forge]
    return kind.signed(kind.delivery(Headers(said)), text, secret)


def happening(forge: str, name: str, event: str) -> Happening:
    kind = FORGES[forge]
    header = {"github": "X-GitHub-Event", "gitea": "X-Gitea-Event", "gitlab": "X-Gitlab-Event"}[forge]
    return kind.happening(kind.delivery(Headers({header: event})), body(name))


@pytest.mark.parametrize("forge", SIGNED)
def test_a_signature_holds_for_this_body_and_this_secret_alone(forge: str) -> None:
    text = body(f"{forge}-push")
    assert holds(forge, SIGNED[forge], text)
    assert not holds(forge, SIGNED[forge], text + b" ")
    assert not holds(forge, SIGNED[forge], text, OTHER)
    assert FORGES[forge].delivery(Headers(SIGNED[forge])).id == IDS[forge]


@pytest.mark.parametrize("forge", SIGNED)
@pytest.mark.parametrize(
    "wrong", ["", "sha256=", "v1,", "0", "\u00e9", "sha1=7d38cdd689735b008b3c702edd92eea23791c5f6"]
)
def test_no_signature_and_half_a_signature_do_not_hold(forge: str, wrong: str) -> None:
    name = {"github": "X-Hub-Signature-256", "gitea": "X-Gitea-Signature", "gitlab": "webhook-signature"}[forge]
    assert not holds(forge, {**SIGNED[forge], name: wrong}, body(f"{forge}-push"))
    without = {header: value for header, value in SIGNED[forge].items() if header != name}
    assert not holds(forge, without, body(f"{forge}-push"))


def test_gitlabs_secret_token_is_taken_too_and_has_no_time() -> None:
    said = {"X-Gitlab-Event": "Push Hook", "X-Gitlab-Event-UUID": "uuid", "X-Gitlab-Token": SECRET}
    assert holds("gitlab", said, b"whatever")
    assert not holds("gitlab", {**said, "X-Gitlab-Token": OTHER}, b"whatever")
    found = FORGES["gitlab"].delivery(Headers(said))
    assert (found.id, found.at) == ("uuid", None)


@pytest.mark.parametrize("moved", [{"webhook-id": "msg_2"}, {"webhook-timestamp": "1764205201"}])
def test_gitlabs_id_and_time_are_signed(moved: dict[str, str]) -> None:
    assert not holds("gitlab", {**SIGNED["gitlab"], **moved}, body("gitlab-push"))
    assert FORGES["gitlab"].delivery(Headers(SIGNED["gitlab"])).at == datetime(2025, 11, 27, 1, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "-1", "1e3", "٣", "9" * 40, "soon"])
def test_what_is_no_time_is_long_ago(text: str) -> None:
    said = FORGES["gitlab"].delivery(Headers({"webhook-signature": "v1,x", "webhook-timestamp": ascii(text)}))
    assert said.at == datetime(1970, 1, 1, tzinfo=UTC)


PUSHES = {
    "github": (
        frozenset({"shop/new.py", "shop/price.py", "README.md"}),
        {"ada-l", "ada@packetdance.com", "bob", "Bob@Packetdance.com"},
    ),
    "gitea": (frozenset({"old.py"}), {"ada", "ada@packetdance.com", "bob@packetdance.com"}),
    "gitlab": (frozenset({"shop/price.py"}), {"ada", "bob@packetdance.com"}),
}


@pytest.mark.parametrize("forge", PUSHES)
def test_a_push_is_read(forge: str) -> None:
    paths, people = PUSHES[forge]
    event = "Push Hook" if forge == "gitlab" else "push"
    assert happening(forge, f"{forge}-push", event) == Push(
        branch="main", commit=COMMIT, before=BEFORE, paths=paths, people=frozenset(people)
    )


@pytest.mark.parametrize("forge", PUSHES)
def test_a_push_by_nobody_is_told_from_one_by_its_authors(forge: str) -> None:
    kind = FORGES[forge]
    said = json.loads(body(f"{forge}-push"))
    for name in ("pusher", "sender", "user_username", "user_email"):
        said.pop(name, None)
    header = {"github": "X-GitHub-Event", "gitea": "X-Gitea-Event", "gitlab": "X-Gitlab-Event"}[forge]
    event = "Push Hook" if forge == "gitlab" else "push"
    found = kind.happening(kind.delivery(Headers({header: event})), json.dumps(said).encode())
    assert isinstance(found, Push)
    assert (found.signed, bool(found.people)) == (False, True)


PULLS = {
    "github": ("pull_request", True, {"ada", "bob"}),
    "gitea": ("pull_request_sync", False, {"ada", "bob", "bob@packetdance.com"}),
    "gitlab": ("Merge Request Hook", True, {"ada", "[REDACTED]", "bob@packetdance.com"}),
}


@pytest.mark.parametrize("forge", PULLS)
def test_a_pull_request_is_read_and_a_strangers_told_apart(forge: str) -> None:
    event, within, people = PULLS[forge]
    assert happening(forge, f"{forge}-pull", event) == Pull(
        number=12, action="pushed", commit=COMMIT, within=within, people=frozenset(people)
    )


@pytest.mark.parametrize("forge", SIGNED)
def test_the_repository_is_known_before_anything_is_believed(forge: str) -> None:
    assert FORGES[forge].repository(body(f"{forge}-push")).lower() == "https://git.packetdance.com/payments/shop.git"


@pytest.mark.parametrize("forge", SIGNED)
@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"null", b"{}", b"\xff", b'{"repository": 1}', b"[" * 100_000])
def test_a_body_that_is_none_is_an_error_of_its_own_kind(forge: str, text: bytes) -> None:
    with pytest.raises(ValueError, match="validation error"):
        FORGES[forge].repository(text)


FORGED = {
    "refs/heads/--upload-pack=touch /tmp/x": "a name that no application can name",
    "refs/heads/../../etc": "a name that no application can name",
    "refs/heads/$(id)": "a name that no application can name",
    "refs/heads/main\n": "a name that no application can name",
    "refs/heads/ma\u0456n": "a name that no application can name",
    "refs/heads/\u202emain": "a name that no application can name",
    "refs/heads/" + "a" * 121: "a name that no application can name",
    "refs/heads/": "a name that no application can name",
    "refs/tags/v1": "no branch was pushed",
    "main": "no branch was pushed",
    "refs/pull/1/head": "no branch was pushed",
}


@pytest.mark.parametrize("ref", FORGED)
def test_nothing_follows_from_a_forged_branch(ref: str) -> None:
    said = json.loads(body("github-push")) | {"ref": ref}
    kind = FORGES["github"]
    found = kind.happening(kind.delivery(Headers({"X-GitHub-Event": "push"})), json.dumps(said).encode())
    assert isinstance(found, Nothing)
    assert FORGED[ref] in found.reason


@pytest.mark.parametrize("after", ["--exec=id", "0d1a26e", COMMIT.upper(), COMMIT + "\n", "$(id)", "", 7])
def test_what_is_no_commit_is_no_push(after: object) -> None:
    said = json.loads(body("github-push")) | {"after": after}
    kind = FORGES["github"]
    with pytest.raises(ValueError, match="after"):
        kind.happening(kind.delivery(Headers({"X-GitHub-Event": "push"})), json.dumps(said).encode())


def test_a_removed_branch_and_other_events_are_nothing() -> None:
    said = json.loads(body("github-push")) | {"after": "0" * 40}
    kind = FORGES["github"]
    push = kind.delivery(Headers({"X-GitHub-Event": "push"}))
    assert kind.happening(push, json.dumps(said).encode()) == Nothing("the branch was removed")
    assert happening("github", "github-push", "ping") == Nothing("nothing follows from the event 'ping'")
    assert happening("gitlab", "gitlab-push", "Tag Push Hook") == Nothing(
        "nothing follows from the event 'Tag Push Hook'"
    )


@pytest.mark.parametrize(
    ("forge", "event", "more"),
    [
        ("gitea", "push", {"total_commits": 60}),
        ("gitlab", "Push Hook", {"total_commits_count": 21}),
        ("github", "push", {"commits": []}),
    ],
)
def test_a_push_that_does_not_name_all_its_commits_may_have_touched_anything(
    forge: str, event: str, more: dict[str, object]
) -> None:
    kind = FORGES[forge]
    header = {"github": "X-GitHub-Event", "gitea": "X-Gitea-Event", "gitlab": "X-Gitlab-Event"}[forge]
    said = json.loads(body(f"{forge}-push")) | more
    found = kind.happening(kind.delivery(Headers({header: event})), json.dumps(said).encode())
    assert isinstance(found, Push)
    assert found.paths is None
