"""`idp hook`: a secret is asked for by name, and shown with where it goes."""

import json

import pytest

from tests.cli.program import Program
from tests.cli.scripted import Scripted, answer

HOOK = {
    "repository": "git.packetdance.com/payments/shop",
    "addresses": {"github": "/v1/hooks/github", "gitea": "/v1/hooks/gitea"},
    "generation": 2,
    "shown_by": "ada",
    "shown_at": "2026-11-27T01:00:00+00:00",
}
SECRET = {**HOOK, "secret": "whsec_c2VjcmV0"}


@pytest.mark.parametrize(
    ("words", "asked", "told"),
    [
        (("show", "payments/shop"), ("GET", "/v1/hooks/applications/payments/shop"), HOOK),
        (("show", "payments/shop", "--secret"), ("POST", "/v1/hooks/applications/payments/shop/secret"), SECRET),
        (("rotate", "payments/shop"), ("POST", "/v1/hooks/applications/payments/shop/rotate"), SECRET),
    ],
)
def test_the_server_is_asked_and_its_words_are_shown(
    idp: Program, scripted: Scripted, words: tuple[str, ...], asked: tuple[str, str], told: dict[str, str]
) -> None:
    scripted.answers = [answer(200, json.dumps(told))]

    done = idp("hook", *words, IDP_URL=scripted.url)
    as_json = idp("hook", *words, "--json", IDP_URL=scripted.url)

    assert done.returncode == 0, done.stderr
    assert [(method, path) for method, path, _, _ in scripted.seen] == [asked, asked]
    assert f"github      {scripted.url}/v1/hooks/github" in done.stdout
    assert "number 2, shown to ada" in done.stdout
    assert ("whsec_c2VjcmV0" in done.stdout) == ("secret" in told)
    assert json.loads(as_json.stdout) == told


def test_without_a_secret_it_says_how_to_get_one(idp: Program, scripted: Scripted) -> None:
    scripted.answers = [answer(200, json.dumps({**HOOK, "generation": None}))]
    assert (
        "`idp hook show --secret` makes and shows it"
        in idp("hook", "show", "payments/shop", IDP_URL=scripted.url).stdout
    )


def test_an_application_is_named_by_team_and_name(idp: Program) -> None:
    done = idp("hook", "show", "applications/payments/shop")
    assert done.returncode == 2
    assert "is not an application: write TEAM/NAME" in done.stderr
