"""What the loops count. Lost, duplicated, orphaned and vanished must read 0."""

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Counters:
    """Since the process started; the API exports them."""

    published: int = 0
    """Events that the engine said it holds."""
    unanswered: int = 0
    """Calls to the engine with any answer but success: each is repeated."""
    seen: int = 0
    """Sightings of runs."""
    lost: int = 0
    """Requests that the engine held and no run came of: published again."""
    duplicated: int = 0
    """Runs of a request that has another one: they get no permit."""
    orphaned: int = 0
    """Runs that no request asked for."""
    vanished: int = 0
    """Requests whose run was seen and is gone: failed."""
    expired: int = 0
    """Resources past their end for which a removal was filed."""
    missed: int = 0
    """Heads of branches that no hook told of: filed."""
    unasked: int = 0
    """Times a git server did not say what its branches' heads are."""
    previews: int = 0
    """Pull requests of which something is there, or is to be: as it stands."""
    reported: int = 0
    """Statuses of commits that a git server took."""
    unreported: int = 0
    """Calls to a git server's API with any answer but success: each is repeated."""
    crashed: int = 0
    """Turns of a loop that ended in an error nobody foresaw."""
