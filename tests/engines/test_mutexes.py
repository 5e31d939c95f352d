"""Locks: all or none, first come first served."""

from idp.engines.local.mutexes import Mutexes


def test_who_came_first_goes_first() -> None:
    mutexes = Mutexes()
    for run in "abc":
        mutexes.enter(run, ("l",))
    assert mutexes.blocked("b") == "Waiting for l lock. Lock status: 1/1", "it is free, but another is before"
    assert mutexes.blocked("a") == ""
    assert mutexes.blocked("a") == ""
    assert mutexes.blocked("b") == "Waiting for l lock. Lock status: 0/1"
    assert mutexes.leave("a") == ["b"]
    assert mutexes.blocked("c").startswith("Waiting")
    assert mutexes.blocked("b") == ""


def test_several_locks_are_taken_together_or_not_at_all() -> None:
    mutexes = Mutexes()
    mutexes.enter("a", ("one",))
    mutexes.enter("b", ("one", "two"))
    mutexes.enter("c", ("two",))
    assert mutexes.blocked("a") == ""
    assert mutexes.blocked("b") == "Waiting for one lock. Lock status: 0/1"
    assert mutexes.blocked("c") == "Waiting for two lock. Lock status: 1/1"
    assert mutexes.leave("a") == ["b"]
    assert mutexes.blocked("b") == ""
    assert mutexes.leave("b") == ["c"]


def test_one_that_leaves_the_queue_makes_room() -> None:
    mutexes = Mutexes()
    mutexes.enter("holder", ("l",), holding=True)
    mutexes.enter("a", ("l",))
    mutexes.enter("b", ("l",))
    assert mutexes.blocked("a") == "Waiting for l lock. Lock status: 0/1"
    assert mutexes.leave("a") == ["b"]
    assert mutexes.leave("unknown") == []
    assert mutexes.leave("holder") == ["b"]
    assert mutexes.leave("b") == []
