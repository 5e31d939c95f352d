"""retryStrategy: what to do after an attempt. Source: argo-workflows workflow/controller/operator.go processNodeRetries."""

from dataclasses import dataclass
from typing import Literal

from idp.engines.local.durations import said, seconds
from idp.engines.local.fields import Fields
from idp.engines.protocol import Phase

Policy = Literal["Always", "OnFailure", "OnError"]


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait before the next attempt, in seconds."""

    duration: float
    factor: int
    cap: float | None
    longest: float | None

    def after(self, attempts: int) -> float:
        """The wait after so many attempts."""
        wait = self.duration * (self.factor ** (attempts - 1) if self.factor > 0 else 1)
        return min(wait, self.cap) if self.cap is not None else wait


@dataclass(frozen=True, slots=True)
class RetryStrategy:
    """`limit` is how many attempts may follow the first; None is for ever."""

    limit: int | None
    policy: Policy
    backoff: Backoff | None


@dataclass(frozen=True, slots=True)
class Attempts:
    """What is known when an attempt has failed. Times in seconds since the epoch."""

    count: int
    phase: Phase
    message: str
    first_started: float
    last_finished: float


@dataclass(frozen=True, slots=True)
class Again:
    """Start the next attempt at this time."""

    at: float
    message: str


@dataclass(frozen=True, slots=True)
class Enough:
    """The retry node ends as the last attempt did."""

    message: str


def decision(strategy: RetryStrategy, attempts: Attempts, now: float) -> Again | Enough:
    """What follows a failed attempt."""
    backoff = strategy.backoff
    if backoff and (over := _out_of_time(backoff, attempts, now)):
        return over
    within = strategy.limit is None or attempts.count <= strategy.limit
    if backoff and strategy.limit is not None and within:
        wait = backoff.after(attempts.count)
        if now < attempts.last_finished + wait:
            return Again(attempts.last_finished + wait, f"Backoff for {said(wait)}")
    if not _retried(strategy.policy, attempts.phase):
        return Enough(attempts.message)
    return Again(now, "") if within else Enough("No more retries left")


def retry_strategy(template: Fields) -> RetryStrategy | None:
    """The typed value. Raises ManifestError."""
    fields = template.one("retryStrategy", "RetryStrategy")
    if fields is None:
        return None
    with fields:
        return RetryStrategy(
            limit=fields.whole("limit"),
            policy=fields.choice("retryPolicy", ("Always", "OnFailure", "OnError"), "OnFailure"),  # type: ignore[arg-type]  # one of them
            backoff=_backoff(fields),
        )


def _backoff(strategy: Fields) -> Backoff | None:
    fields = strategy.one("backoff", "Backoff")
    if fields is None:
        return None
    with fields:
        duration = seconds(fields, "duration")
        return Backoff(
            duration=fields.refuse("duration", "is missing") if duration is None else duration,
            factor=fields.whole("factor", 0) or 0,
            cap=seconds(fields, "cap"),
            longest=seconds(fields, "maxDuration"),
        )


def _out_of_time(backoff: Backoff, attempts: Attempts, now: float) -> Enough | None:
    if backoff.longest is None:
        return None
    end = attempts.first_started + backoff.longest
    if now > end:
        return Enough("Max duration limit exceeded")
    if attempts.last_finished + backoff.after(attempts.count) > end:
        return Enough("Backoff would exceed max duration limit")
    return None


def _retried(policy: Policy, phase: Phase) -> bool:
    return policy in ("Always", "OnFailure" if phase == "Failed" else "OnError")
