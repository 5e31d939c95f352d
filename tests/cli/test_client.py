"""What is sent, what is sent again, and what is said when it fails."""

import json
import socket

import httpx2
import pytest

from idp.cli.client import Client
from idp.cli.errors import DocumentError, RefusedByServerError, UnreachableError
from tests.cli.scripted import Scripted, answer, cut

PROBLEM = '{"title": "Conflict", "detail": "There is one already.", "errors": []}'


def test_a_filing_is_repeated_with_the_same_key_after_a_lost_answer(scripted: Scripted) -> None:
    scripted.answers = [cut, answer(503, "{}"), answer(202, '{"id": "01"}')]

    filed = Client(scripted.url, None).file("POST", "/v1/environments", {"team": "payments"})

    assert filed == {"id": "01"}
    keys = {headers["idempotency-key"] for _, _, headers, _ in scripted.seen}
    assert len(scripted.seen) == 3
    assert len(keys) == 1
    assert {body for *_, body in scripted.seen} == {b'{"team":"payments"}'}


def test_two_filings_have_two_keys(scripted: Scripted) -> None:
    scripted.answers = [answer(202, "{}")]
    one = Client(scripted.url, None)

    one.file("POST", "/v1/environments", {})
    one.file("POST", "/v1/environments", {})

    first, second = (headers["idempotency-key"] for _, _, headers, _ in scripted.seen)
    assert first != second


def test_a_key_of_ones_own_is_sent_as_it_is(scripted: Scripted) -> None:
    scripted.answers = [answer(202, "{}")]

    Client(scripted.url, None).file("DELETE", "/v1/environments/payments/checkout", key="mine")

    assert scripted.seen[0][2]["idempotency-key"] == "mine"


def test_a_decision_whose_answer_was_lost_is_not_repeated(scripted: Scripted) -> None:
    scripted.answers = [cut]

    with pytest.raises(UnreachableError, match="does not answer"):
        Client(scripted.url, None).act("/v1/requests/01/approval", {})

    assert len(scripted.seen) == 1


def test_a_refusal_is_not_repeated_and_carries_the_problem(scripted: Scripted) -> None:
    scripted.answers = [answer(409, PROBLEM, kind="application/problem+json")]

    with pytest.raises(RefusedByServerError) as refusal:
        Client(scripted.url, None).file("POST", "/v1/environments", {})

    assert refusal.value.message == "Conflict (409): There is one already."
    assert refusal.value.body == json.loads(PROBLEM)
    assert len(scripted.seen) == 1


@pytest.mark.parametrize(
    ("status", "move"), [(401, "`idp token"), (404, "`idp list`"), (412, "`idp show"), (409, ""), (422, "")]
)
def test_a_refusal_names_the_next_move_where_it_is_known(scripted: Scripted, status: int, move: str) -> None:
    scripted.answers = [answer(status, "{}")]

    with pytest.raises(RefusedByServerError) as refusal:
        Client(scripted.url, None).read("/v1/me")

    assert (move in refusal.value.move) is bool(move) or refusal.value.move == move


@pytest.mark.parametrize(
    ("body", "told"), [("it broke", "it broke"), ('["a"]', r"\['a'\]"), ("", "Internal Server Error")]
)
def test_trouble_is_told_in_the_servers_words_whatever_they_are(scripted: Scripted, body: str, told: str) -> None:
    scripted.answers = [answer(500, body)]

    with pytest.raises(UnreachableError, match=rf"in trouble \(500\): {told}"):
        Client(scripted.url, None).read("/v1/me")


def test_nobody_at_the_address_is_told_with_the_next_move() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"

        with pytest.raises(UnreachableError) as error:
            Client(url, None).read("/v1/me")

    assert f"Is `idp serve` running at {url}?" in error.value.text()


def test_the_token_is_sent_and_only_if_there_is_one(scripted: Scripted) -> None:
    scripted.answers = [answer(200, "{}")]

    Client(f"{scripted.url}/", "secret").read("/v1/me")
    Client(scripted.url, None).read("/v1/me")

    assert [headers.get("authorization") for _, _, headers, _ in scripted.seen] == ["Bearer secret", None]


def test_a_list_is_read_page_after_page(scripted: Scripted) -> None:
    scripted.answers = [
        answer(200, '{"items": [{"n": 1}]}', Link='</v1/requests?cursor=x>; rel="next"'),
        answer(200, '{"items": []}', Link='</v1/requests?cursor=y>; rel="next"'),
        answer(200, '{"items": [{"n": 2}]}'),
    ]

    assert list(Client(scripted.url, None).items("/v1/requests", {"team": "payments", "phase": None})) == [
        {"n": 1},
        {"n": 2},
    ]
    assert [path for _, path, *_ in scripted.seen] == [
        "/v1/requests?team=payments",
        "/v1/requests?cursor=x",
        "/v1/requests?cursor=y",
    ]


def test_explaining_files_nothing(scripted: Scripted) -> None:
    scripted.answers = [answer(200, '{"verdict": "allow"}')]

    assert Client(scripted.url, None).explain("POST", "/v1/environments", {"a": 1}) == {"verdict": "allow"}
    assert scripted.seen[0][1] == "/v1/environments?explain=true"
    assert "idempotency-key" not in scripted.seen[0][2]


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "nonsense://there", ""])
def test_an_address_that_is_none_is_a_wrong_usage(url: str) -> None:
    with pytest.raises(DocumentError):
        Client(url, None)


def test_a_token_that_is_no_header_is_a_wrong_usage() -> None:
    with pytest.raises(DocumentError):
        Client("http://127.0.0.1", "nö\u0144")


def test_a_refused_stream_is_a_refusal(scripted: Scripted) -> None:
    scripted.answers = [answer(404, '{"title": "Not found", "detail": "No such request."}')]

    with pytest.raises(RefusedByServerError, match="No such request"), Client(scripted.url, None).stream("/v1/x"):
        pass


def test_a_stream_that_is_cut_is_a_transport_error(scripted: Scripted) -> None:
    scripted.answers = [cut]

    with pytest.raises(httpx2.TransportError), Client(scripted.url, None).stream("/v1/x"):
        pass
