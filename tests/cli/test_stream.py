"""Following a history over every kind of lost connection."""

from threading import Event
from typing import Any

import pytest

from idp.cli import stream
from idp.cli.client import Client
from idp.cli.errors import RefusedByServerError, UnreachableError
from idp.cli.stream import follow
from tests.cli.scripted import Answer, Scripted, answer, cut
from tests.cli.sse import sse


def kinds(entries: Any) -> list[str]:
    return [entry["kind"] for entry in entries]


def test_a_history_is_followed_to_its_end(scripted: Scripted) -> None:
    scripted.answers = [sse((1, "accepted"), (2, "started"), (3, "succeeded"), (4, "never seen"))]

    assert kinds(follow(Client(scripted.url, None), "01")) == ["accepted", "started", "succeeded"]
    assert scripted.seen[0][1] == "/v1/requests/01/history"
    assert scripted.seen[0][2]["accept"] == "text/event-stream"
    assert "last-event-id" not in scripted.seen[0][2]


def test_a_cut_stream_goes_on_after_the_last_entry_seen(scripted: Scripted) -> None:
    scripted.answers = [
        sse((1, "accepted"), (2, "started")),
        cut,
        answer(503, "{}"),
        sse((2, "started"), (3, "failed")),
    ]

    assert kinds(follow(Client(scripted.url, None), "01")) == ["accepted", "started", "failed"]
    assert [headers.get("last-event-id") for _, _, headers, _ in scripted.seen] == [None, "2", "2", "2"]


def test_it_can_begin_in_the_middle(scripted: Scripted) -> None:
    scripted.answers = [sse((5, "cancelled"))]

    assert kinds(follow(Client(scripted.url, None), "01", after=4)) == ["cancelled"]
    assert scripted.seen[0][2]["last-event-id"] == "4"


def test_a_refusal_ends_it(scripted: Scripted) -> None:
    scripted.answers = [answer(401, "{}")]

    with pytest.raises(RefusedByServerError):
        list(follow(Client(scripted.url, None), "01"))


def test_who_has_seen_enough_is_asked_for_no_more(scripted: Scripted) -> None:
    scripted.answers = [sse((1, "accepted"))]
    enough = Event()

    for _ in follow(Client(scripted.url, None), "01", enough=enough):
        enough.set()

    assert len(scripted.seen) == 1


@pytest.mark.parametrize(("first", "words"), [(cut, "does not answer"), (answer(500, "{}"), "in trouble")])
def test_patience_ends(scripted: Scripted, monkeypatch: pytest.MonkeyPatch, first: Answer, words: str) -> None:
    monkeypatch.setattr(stream, "_PATIENCE_SECONDS", 0.3)
    scripted.answers = [first]

    with pytest.raises(UnreachableError, match=words):
        list(follow(Client(scripted.url, None), "01"))


def test_an_answer_that_is_no_stream_is_not_taken_for_one(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "_PATIENCE_SECONDS", 0)
    scripted.answers = [answer(200, "<html>", kind="text/html")]

    with pytest.raises(UnreachableError, match="text/event-stream"):
        list(follow(Client(scripted.url, None), "01"))
