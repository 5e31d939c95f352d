"""`idp deploy`, `idp rollback` and `idp config`, as far as they decide anything themselves."""

import json
from typing import Any

import pytest

from tests.cli.program import Program
from tests.cli.scripted import Scripted, answer
from tests.cli.test_output import REQUEST

NAMED = "payments/shop"
FILED = answer(202, json.dumps(REQUEST | {"phase": "accepted", "links": {}}))
SETTINGS = {"number": 3, "values": {"A": "1"}, "secrets": {}}


def shop(*placements: dict[str, Any], placed: tuple[dict[str, Any], ...] = ()) -> str:
    """The application as the server shows it."""
    spec = {"placements": list(placements)}
    return json.dumps({"team": "payments", "name": "shop", "spec": spec, "placements": list(placed)})


CHECKOUT = {"environment": "checkout", "branch": "main"}
LIVE = {"environment": "live", "branch": None}
SERVES = {"environment": "live", "digest": "sha256:now", "settings": SETTINGS}


def deployment(digest: str | None, *, environment: str = "live", phase: str = "succeeded") -> dict[str, Any]:
    """One of a list."""
    outputs = {"digest": digest} if digest else None
    return {"name": "shop", "phase": phase, "spec": {"environment": environment}, "outputs": outputs}


@pytest.mark.parametrize(
    ("words", "body"),
    [
        ((), {"environment": "checkout", "version": "main"}),
        (("-e", "live", "--version", "v1"), {"environment": "live", "version": "v1"}),
    ],
)
def test_what_is_deployed(idp: Program, scripted: Scripted, words: tuple[str, ...], body: dict[str, str]) -> None:
    known = [CHECKOUT] if not words else [CHECKOUT, LIVE]
    scripted.answers = [answer(200, shop(*known)), FILED]

    done = idp("deploy", NAMED, *words, IDP_URL=scripted.url)

    assert done.returncode == 0, done.stderr
    assert json.loads(scripted.seen[-1][3]) == {"team": "payments", "name": "shop", **body}
    assert [path for _, path, _, _ in scripted.seen] == ["/v1/applications/payments/shop", "/v1/deployments"]


@pytest.mark.parametrize(
    ("words", "known", "said"),
    [
        (("deploy",), [CHECKOUT, LIVE], "may be deployed to checkout, live"),
        (("deploy",), [LIVE], "No branch is deployed to live by itself"),
        (("rollback",), [LIVE], "was never deployed to live"),
        (("config", "show"), [LIVE], "was never deployed to live"),
        (("config", "set"), [LIVE], "Nothing to set"),
    ],
)
def test_what_is_not_clear_is_not_sent(
    idp: Program, scripted: Scripted, words: tuple[str, ...], known: list[dict[str, Any]], said: str
) -> None:
    scripted.answers = [answer(200, shop(*known))]

    done = idp(*words, NAMED, IDP_URL=scripted.url)

    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert len(scripted.seen) == 1


def test_back_goes_to_the_newest_other_image(idp: Program, scripted: Scripted) -> None:
    done_before = [
        deployment("sha256:now"),
        deployment("sha256:failed", phase="failed"),
        deployment(None),
        deployment("sha256:elsewhere", environment="checkout"),
        deployment("sha256:before"),
        deployment("sha256:long-ago"),
    ]
    listed = answer(200, json.dumps({"items": done_before}))
    scripted.answers = [answer(200, shop(LIVE, placed=(SERVES,))), listed, FILED]

    assert idp("rollback", NAMED, IDP_URL=scripted.url).returncode == 0

    assert json.loads(scripted.seen[-1][3])["version"] == "sha256:before"


def test_there_is_nothing_to_go_back_to(idp: Program, scripted: Scripted) -> None:
    listed = answer(200, json.dumps({"items": [deployment("sha256:now")]}))
    scripted.answers = [answer(200, shop(LIVE, placed=(SERVES,))), listed]

    done = idp("rollback", NAMED, IDP_URL=scripted.url)

    assert done.returncode == 2
    assert "served nothing else in live before" in done.stderr


def test_settings_are_sent_as_they_are_typed(idp: Program, scripted: Scripted) -> None:
    scripted.answers = [answer(200, shop(LIVE)), FILED]

    done = idp("config", "set", NAMED, "A=1=2", "B=", "--secret", "C=x/y", "--remove", "D", IDP_URL=scripted.url)

    assert done.returncode == 0, done.stderr
    sent = json.loads(scripted.seen[-1][3])
    assert (sent["settings"], sent["secrets"], sent["remove"]) == ({"A": "1=2", "B": ""}, {"C": "x/y"}, ["D"])


def test_settings_are_shown_and_taken_up_by_number(idp: Program, scripted: Scripted) -> None:
    scripted.answers = [answer(200, shop(LIVE, placed=(SERVES,)))]
    assert idp("config", "show", NAMED, IDP_URL=scripted.url).stdout.splitlines()[0].split() == ["number", "3"]
    assert json.loads(idp("config", "show", NAMED, "--json", IDP_URL=scripted.url).stdout) == SETTINGS
    scripted.answers = [answer(200, shop(LIVE)), FILED]
    assert idp("config", "rollback", NAMED, "2", IDP_URL=scripted.url).returncode == 0
    assert json.loads(scripted.seen[-1][3])["back_to"] == 2


def test_what_was_set_is_listed(idp: Program, scripted: Scripted) -> None:
    spec = {"environment": "live", "settings": {"A": "1"}, "secrets": {}, "remove": ["B"], "back_to": 2}
    one = REQUEST | {"name": "shop", "team": "payments", "spec": spec, "outputs": {"settings": SETTINGS}}
    other = one | {"name": "other"}
    listed = answer(200, json.dumps({"items": [one, other]}))
    scripted.answers = [answer(200, shop(LIVE)), listed]

    lines = idp("config", "history", NAMED, IDP_URL=scripted.url).stdout.splitlines()

    assert len(lines) == 2
    assert lines[1].split()[0] == "3"
    assert "back to 2 A=1 -B" in lines[1]
    scripted.answers = [answer(200, shop(LIVE)), listed]
    assert json.loads(idp("config", "history", NAMED, "--json", IDP_URL=scripted.url).stdout) == [one]


def test_an_application_s_page_shows_what_serves(idp: Program, scripted: Scripted) -> None:
    last = {
        "request": "01k",
        "capability": "deployments",
        "phase": "succeeded",
        "requester": "ada",
        "created_at": "now",
        "version": "main",
        "commit": "0a" * 20,
    }
    placed = {
        "environment": "live",
        "stage": "prod",
        "status": "ready",
        "health": "healthy",
        "commit": "0a" * 20,
        "revision": 7,
        "settings": SETTINGS,
        "url": "http://x",
        "last": [last],
    }
    head = dict.fromkeys(
        ("stage", "status", "generation", "owner", "environment", "expires_at", "open_request", "spec", "outputs")
    )
    found = {"capability": "applications", "team": "payments", "name": "shop", **head, "placements": [placed]}
    scripted.answers = [answer(200, json.dumps(found))]

    lines = [
        line.split() for line in idp("show", "applications/payments/shop", IDP_URL=scripted.url).stdout.splitlines()
    ]

    assert ["live", "prod", "ready", "healthy", "0a0a0a0a0a0a", "7", "3", "http://x"] in lines
    assert ["live", "deployments", "succeeded", "main", "0a0a0a0a0a0a", "ada", "now", "01k"] in lines
