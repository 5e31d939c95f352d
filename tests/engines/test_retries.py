"""Retries and durations: tables by hand."""

import pytest

from idp.engines.local.durations import said, seconds
from idp.engines.local.errors import ManifestError
from idp.engines.local.fields import Fields
from idp.engines.local.retries import Again, Attempts, Backoff, Enough, RetryStrategy, decision
from idp.engines.protocol import Phase


def strategy(limit: int | None = 2, **backoff: float | None) -> RetryStrategy:
    whole = {"factor": 0, "cap": None, "longest": None} | backoff
    return RetryStrategy(limit, "OnFailure", Backoff(**whole) if backoff else None)  # type: ignore[arg-type]  # factors are whole


@pytest.mark.parametrize(
    ("retries", "count", "now", "expected"),
    [
        (strategy(), 1, 10.0, Again(10.0, "")),
        (strategy(), 2, 10.0, Again(10.0, "")),
        (strategy(), 3, 10.0, Enough("No more retries left")),
        (strategy(None), 99, 10.0, Again(10.0, "")),
        (strategy(duration=5.0), 1, 10.0, Again(15.0, "Backoff for 5 seconds")),
        (strategy(duration=5.0), 1, 15.0, Again(15.0, "")),
        (strategy(duration=5.0, factor=2), 1, 10.0, Again(15.0, "Backoff for 5 seconds")),
        (strategy(duration=5.0, factor=2), 2, 10.0, Again(20.0, "Backoff for 10 seconds")),
        (strategy(duration=50.0, factor=3, cap=60.0), 2, 10.0, Again(70.0, "Backoff for 1 minute 0 seconds")),
        (strategy(duration=5.0), 3, 10.0, Enough("No more retries left")),
        (strategy(None, duration=5.0), 1, 10.0, Again(10.0, "")),  # Argo waits only where there is a limit
        (strategy(duration=5.0, longest=100.0), 1, 10.0, Again(15.0, "Backoff for 5 seconds")),
        (strategy(duration=5.0, longest=14.0), 1, 10.0, Enough("Backoff would exceed max duration limit")),
        (strategy(duration=5.0, longest=4.0), 1, 10.0, Enough("Max duration limit exceeded")),
    ],
)
def test_what_follows_a_failed_attempt(
    retries: RetryStrategy, count: int, now: float, expected: Again | Enough
) -> None:
    assert decision(retries, Attempts(count, "Failed", "m", first_started=0.0, last_finished=10.0), now) == expected


@pytest.mark.parametrize(
    ("policy", "phase", "again"),
    [
        ("Always", "Failed", True),
        ("Always", "Error", True),
        ("OnFailure", "Failed", True),
        ("OnFailure", "Error", False),
        ("OnError", "Failed", False),
        ("OnError", "Error", True),
    ],
)
def test_the_policy_says_what_is_tried_again(policy: str, phase: Phase, again: bool) -> None:  # noqa: FBT001 - a table's column
    whole = RetryStrategy(1, policy, None)  # type: ignore[arg-type]  # a table's word
    found = decision(whole, Attempts(1, phase, "as it was", 0.0, 0.0), 1.0)
    assert found == (Again(1.0, "") if again else Enough("as it was"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("10", 10.0), ("10s", 10.0), ("1m30s", 90.0), ("500ms", 0.5), ("1.5h", 5400.0), ("2h1m", 7260.0), (None, None)],
)
def test_durations_are_read_as_argo_writes_them(text: str | None, expected: float | None) -> None:
    assert seconds(Fields({"d": text}, kind="", file="f"), "d") == expected


@pytest.mark.parametrize("text", ["", "s", "10x", "1m 30s", "-1s", "10s!"])
def test_other_durations_are_refused(text: str) -> None:
    with pytest.raises(ManifestError, match="is no duration"):
        seconds(Fields({"d": text}, kind="", file="f"), "d")


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        (0.2, "0 seconds"),
        (1, "1 second"),
        (59.9, "59 seconds"),
        (60, "1 minute 0 seconds"),
        (125, "2 minutes 5 seconds"),
        (3600, "1 hour 0 minutes"),
        (90061, "1 day 1 hours"),
    ],
)
def test_durations_are_said_as_argo_says_them(duration: float, words: str) -> None:
    assert said(duration) == words
