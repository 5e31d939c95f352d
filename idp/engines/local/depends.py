"""`depends` of a DAG task: `(a.Succeeded || b) && !c.Failed`.

A bare name means what it means to Argo: Succeeded, Skipped or Daemoned (argo-workflows workflow/common/ancestry.go).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from idp.engines.protocol import Phase

RESULTS: Mapping[str, Phase] = {
    "Succeeded": "Succeeded",
    "Failed": "Failed",
    "Errored": "Error",
    "Skipped": "Skipped",
    "Omitted": "Omitted",
}
"""Daemoned, AnySucceeded and AllFailed belong to daemons and loops, which are not carried out."""

_TOKEN = re.compile(r"\s*(?:(&&|\|\||!|\(|\))|([a-zA-Z0-9][-a-zA-Z0-9]*)(?:\.([A-Za-z]+))?)")


@dataclass(frozen=True, slots=True)
class Is:
    """The task ended in one of these phases."""

    task: str
    phases: frozenset[Phase]


@dataclass(frozen=True, slots=True)
class Not:
    """The other way round."""

    term: "Term"


@dataclass(frozen=True, slots=True)
class Both:
    """`&&`."""

    left: "Term"
    right: "Term"


@dataclass(frozen=True, slots=True)
class Either:
    """`||`."""

    left: "Term"
    right: "Term"


Term = Is | Not | Both | Either


def parsed(text: str) -> Term:
    """The expression as a tree. Raises ValueError, saying where."""
    reader = _Reader(text)
    term = reader.either()
    if reader.sign is not None:
        message = f"{text!r}: {reader.sign!r} is too much"
        raise ValueError(message)
    return term


def tasks(term: Term) -> frozenset[str]:
    """Every task the expression speaks of."""
    match term:
        case Is(task):
            return frozenset({task})
        case Not(inner):
            return tasks(inner)
        case Both(left, right) | Either(left, right):
            return tasks(left) | tasks(right)


def holds(term: Term, phases: Mapping[str, Phase]) -> bool:
    """Whether it is true, given how each task ended."""
    match term:
        case Is(task, wanted):
            return phases[task] in wanted
        case Not(inner):
            return not holds(inner, phases)
        case Both(left, right):
            return holds(left, phases) and holds(right, phases)
        case Either(left, right):
            return holds(left, phases) or holds(right, phases)


class _Reader:
    """Recursive descent: `||` binds least, `!` most."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.sign: str | None = None
        self.result: str | None = None
        self.next()

    def next(self) -> None:
        if not self.text[self.at :].strip():
            self.sign = None
            return
        match = _TOKEN.match(self.text, self.at)
        if not match:
            message = f"{self.text!r}: cannot be read from {self.text[self.at :]!r}"
            raise ValueError(message)
        self.at = match.end()
        self.sign = match.group(1) or match.group(2)
        self.result = match.group(3)

    def either(self) -> Term:
        term = self.both()
        while self.sign == "||":
            self.next()
            term = Either(term, self.both())
        return term

    def both(self) -> Term:
        term = self.negation()
        while self.sign == "&&":
            self.next()
            term = Both(term, self.negation())
        return term

    def negation(self) -> Term:
        if self.sign == "!":
            self.next()
            return Not(self.negation())
        return self.atom()

    def atom(self) -> Term:
        if self.sign == "(":
            self.next()
            term = self.either()
            if self.sign != ")":
                message = f"{self.text!r}: a bracket is not closed"
                raise ValueError(message)
            self.next()
            return term
        if self.sign is None or not self.sign[0].isalnum():
            message = f"{self.text!r}: a task is missing at {self.sign!r}"
            raise ValueError(message)
        return self.name(self.sign)

    def name(self, task: str) -> Term:
        result = self.result
        self.next()
        if result is None:
            return Is(task, frozenset({"Succeeded", "Skipped"}))
        if result not in RESULTS:
            message = f"{task}.{result}: the embedded engine knows {', '.join(RESULTS)}"
            raise ValueError(message)
        return Is(task, frozenset({RESULTS[result]}))
