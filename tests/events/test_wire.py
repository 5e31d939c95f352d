import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.errors import InvalidError
from idp.events.body import KEYS, EventBody
from idp.events.wire import REQUEST_LIMIT, wire
from tests.runner import corpus

WHOLE = {
    "id": "01jd0000000000000000000000",
    "run": "environments-01jd0000000000000000000000",
    "capability": "environments",
    "resource": "environments.payments.checkout",
    "verb": "provision",
    "team": "payments",
    "requester": "ada",
    "approval": "none",
    "issued_at": "2026-11-26T12:00:00+00:00",
    "traceparent": "",
}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=10), inner, max_size=5),
    max_leaves=20,
)
EVALUATED = re.compile(r"\{\{|\$\(|\$\{|\{%|%\{|[<>&\x00-\x1f\x7f-\U0010ffff]")
"""What Argo, Kubernetes, Terraform, Jinja, a browser or a terminal would do something with."""


@given(JSON)
def test_every_value_comes_back_and_nobody_on_the_way_finds_anything_in_it(value: Any) -> None:
    text = wire(value, limit=10**6)
    assert json.loads(text) == value
    assert not EVALUATED.search(text)


@pytest.mark.parametrize("text", corpus.LEGAL + corpus.NUL + corpus.NOT_COMPOSED)
def test_so_does_every_hostile_text_as_a_value_and_as_a_key(text: str) -> None:
    told = wire({text: [text]})
    assert json.loads(told) == {text: [text]}
    assert not EVALUATED.search(told)


def test_what_is_longer_than_fits_is_refused_with_both_lengths() -> None:
    fits = "a" * (REQUEST_LIMIT - 2)
    assert wire(fits) == f'"{fits}"'
    with pytest.raises(InvalidError, match=f"takes {REQUEST_LIMIT + 1} bytes .* at most {REQUEST_LIMIT} fit"):
        wire(fits + "a")


def test_a_character_counts_as_long_as_it_is_written() -> None:
    with pytest.raises(InvalidError, match="takes 12002 bytes"):
        wire("{" * 2000, limit=12_000)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), b"bytes", {1, 2}])
def test_what_is_no_json_is_refused(value: object) -> None:
    with pytest.raises(InvalidError, match="cannot be written as JSON"):
        wire(value)


def test_an_event_has_every_key_each_time_and_the_same_bytes() -> None:
    body = EventBody(**WHOLE, request={"team": "payments", "name": "checkout"})
    assert body.encoded() == body.encoded()
    assert tuple(json.loads(body.encoded())) == KEYS
    assert json.loads(body.encoded()) == WHOLE | {"request": {"team": "payments", "name": "checkout"}}


def test_a_request_that_would_not_fit_into_a_step_is_no_event() -> None:
    with pytest.raises(InvalidError, match="at most 32768 fit"):
        EventBody(**WHOLE, request={"text": "a" * REQUEST_LIMIT}).encoded()
