"""How often and how long, in seconds."""

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Of the loops. The defaults suit a platform; a test is faster."""

    poll: float = 1.0
    """Longest pause between two looks at the outbox; a new row ends it at once."""
    lease: float = 60.0
    """How long a taken outbox row is left alone by other servers; longer than `answer`."""
    answer: float = 30.0
    """Longest wait for one answer of the engine."""
    longest_retry: float = 60.0
    """Most between two attempts."""
    parked: float = 3600.0
    """When a published row whose run was neither seen nor missed by the reconciler is published again."""
    unseen: float = 30.0
    """How long the run of a published event may stay unseen before the reconciler asks for it."""
    reconcile: float = 15.0
    """Between two turns of the reconciler."""
    branches: float = 60.0
    """Between two looks at the heads of branches."""
    hooks: float = 30.0
    """How long a head is left to its hook, which says who pushed it."""
    previews: float = 2.0
    """Between two looks at what pull requests want."""
    sweep: float = 60.0
    """Between two turns of the sweeper."""
    sweep_again: float = 3600.0
    """How long a resource is left alone whose removal failed."""


def full_jitter(failures: int, longest: float, *, first: float = 0.5) -> float:
    """Seconds until the next attempt, after so many failures in a row: evenly between none and twice as long each time.

    So callers that failed together do not come back together (AWS, "Exponential Backoff And Jitter").
    """
    ceiling = min(longest, first * 2.0 ** min(failures - 1, 16))
    return random.uniform(0, ceiling)  # noqa: S311 - no secret
