"""The permit, asked over real HTTP."""

from pathlib import Path
from threading import Event, Thread

import pytest
from pydantic import HttpUrl
from tenacity import RetryCallState

from idp.errors import StepError
from idp.runner import asking as module
from idp.runner.permit import permit
from tests.runner.permits import Permits


@pytest.fixture
def token(tmp_path: Path) -> Path:
    file = tmp_path / "token"
    file.write_text("first\n")
    return file


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses of nothing."""
    monkeypatch.setattr(module, "LONGEST_PAUSE", 0.01)


def test_a_permit_is_asked_for_with_the_digest_and_the_step_s_token(permits: Permits, token: Path) -> None:
    permit(HttpUrl(permits.url), token, "abc")
    assert permits.asked == [("/v1/permits", "Bearer first", {"digest": "abc"})]


def test_a_refusal_ends_the_step_with_the_api_s_words(permits: Permits, token: Path) -> None:
    permits.answers = [(403, {"title": "Not allowed", "detail": "Request 01jd was cancelled."})]
    with pytest.raises(StepError, match=r"^The permit was refused, nothing was changed: Request 01jd was cancelled\.$"):
        permit(HttpUrl(permits.url), token, "abc")
    assert len(permits.asked) == 1, "a refusal is final"


@pytest.mark.parametrize(
    ("status", "answer", "words"),
    [
        (200, {"permitted": False}, "the API answered 200"),
        (200, {"permitted": "true"}, "the API answered 200"),
        (200, [], "the API answered 200"),
        (200, "<html>a captive portal</html>", "the API answered 200"),
        (202, {"permitted": True}, "the API answered 202"),
        (302, {}, "the API answered 302"),
        (401, {"title": "Not signed in"}, "Not signed in"),
        (404, "gone", "the API answered 404"),
    ],
)
def test_nothing_but_the_exact_word_is_a_permit(
    permits: Permits, token: Path, status: int, answer: object, words: str
) -> None:
    permits.answers = [(status, answer)]
    with pytest.raises(StepError, match=words):
        permit(HttpUrl(permits.url), token, "abc")


@pytest.mark.usefixtures("impatient")
def test_an_api_that_is_away_is_waited_for_and_the_token_read_anew(
    permits: Permits, token: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    permits.answers = [
        (503, {"detail": "It starts."}),
        (500, "<html>"),
        (429, {}),
        (408, {}),
        (200, {"permitted": True}),
    ]
    permits.meanwhile = lambda: token.write_text(f"after {len(permits.asked)}\n")
    permit(HttpUrl(permits.url), token, "abc")
    shown = [authorization for _, authorization, _ in permits.asked]
    assert shown == ["Bearer first", "Bearer after 1", "Bearer after 2", "Bearer after 3", "Bearer after 4"]
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith(f"The API at {permits.url}/v1/permits answered 503. It starts. Asking again in ")
    assert len(said) == 4
    assert not any("first" in line or "after" in line for line in said)


@pytest.mark.usefixtures("impatient")
def test_a_connection_that_is_refused_is_tried_again(
    token: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with Permits() as gone:
        port = gone.port
    back: list[Permits] = []
    refused, say_so = Event(), module._say_so

    def said(call: RetryCallState) -> None:
        say_so(call)
        refused.set()

    def come_back() -> None:
        refused.wait()
        back.append(Permits(port=port).__enter__())

    monkeypatch.setattr(module, "_say_so", said)

    returning = Thread(target=come_back)
    returning.start()
    permit(HttpUrl(f"http://127.0.0.1:{port}"), token, "abc")
    returning.join()
    assert back[0].asked == [("/v1/permits", "Bearer first", {"digest": "abc"})]
    back[0].__exit__()
    assert "gives no answer (ConnectError" in capsys.readouterr().out


def test_without_an_address_or_a_token_nothing_is_permitted(permits: Permits, tmp_path: Path) -> None:
    with pytest.raises(StepError, match="IDP_API_URL is not set"):
        permit(None, tmp_path / "token", "abc")
    with pytest.raises(StepError, match=r"no token at .*No such file"):
        permit(HttpUrl(permits.url), tmp_path / "token", "abc")
