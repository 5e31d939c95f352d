"""The proof is proved: every way in which one place of the objects can be wrong is tried, and found."""

import copy
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import pytest

from idp.capabilities.configurations import configurations
from idp.capabilities.environments import environments
from idp.capability import Catalog, Images
from idp.render.objects import objects
from idp.wiring import findings

REFERENCE = "acme.catalog:CATALOG"
CATALOG = Catalog(  # both shapes; Terraform, a playbook and a choice of them
    domain="example.com",
    images=Images(api="example.com/api:1", runner="example.com/runner:1"),
    capabilities=(environments, configurations),
)
FILES: dict[str, Any] = objects(CATALOG, REFERENCE)

Path = tuple[str | int, ...]
Kind = Literal["renamed", "dropped", "retyped", "rekeyed", "word"]


@dataclass(frozen=True)
class Mutant:
    path: Path
    kind: Kind
    value: Any = None

    @property
    def place(self) -> str:
        return "/".join(map(str, self.path))


@dataclass(frozen=True)
class Excluded:
    """Mutants that are no broken reference: each place, the kinds of change, and why."""

    place: str
    kinds: tuple[Kind, ...]
    reason: str

    def covers(self, mutant: Mutant) -> bool:
        return mutant.kind in self.kinds and re.fullmatch(self.place, mutant.place) is not None


EXCLUDED = [
    Excluded(r".*/resources/(requests|limits)/[a-z-]+", ("renamed",), "a figure: any quantity is one"),
    Excluded(r".*/spec/activeDeadlineSeconds", ("renamed",), "a figure: the run's deadline"),
    Excluded(r"events/event-source.yaml/0/spec/replicas", ("renamed",), "a figure: how many take events"),
    Excluded(r".*/ttlStrategy/secondsAfterCompletion", ("renamed",), "a figure: how long runs are kept"),
    Excluded(r".*/emptyDir/sizeLimit", ("renamed",), "a figure: the room to work in"),
    Excluded(r".*/webhook/[a-z]+/maxPayloadSize", ("renamed",), "a figure: the most that is taken"),
    Excluded(r".*/retryStrategy/(steps|factor)", ("renamed",), "a figure: how often is tried"),
    Excluded(r"api/.*/spec/(replicas|revisionHistoryLimit)", ("renamed",), "a figure: how many"),
    Excluded(r"api/.*/maxSurge", ("renamed",), "a figure: how many more while a new version comes"),
    Excluded(r"api/.*/terminationGracePeriodSeconds", ("renamed",), "a figure: how long is waited"),
    Excluded(r"api/.*Probe/(timeoutSeconds|periodSeconds|failureThreshold)", ("renamed",), "a figure: how patient"),
    Excluded(r"api/.*/preStop/sleep/seconds", ("renamed",), "a figure: how long is waited"),
    Excluded(r"(network|guardrails).yaml/.*/annotations/kubernetes.io/description", ("renamed", "word"), "for people"),
    Excluded(r"guardrails.yaml/.*/message", ("renamed", "word"), "for people"),
    Excluded(r"guardrails.yaml/.*/expression", ("renamed", "word"), "CEL's: tests/installation has mutants of its own"),
    Excluded(r"guardrails.yaml/0/data/[a-z]+", ("renamed", "word"), "the installation's own users and groups"),
    Excluded(r".*/data/IDP_TARGET", ("renamed",), "the installation's own; the runner refuses an unknown one"),
    Excluded(
        r".*/data/IDP_(STATE_BACKEND|TARGET_SETTINGS)",
        ("word",),
        "the installation's own, but a JSON object it must stay",
    ),
]
_WORD = re.compile(r"[A-Za-z0-9_-]+")


def mutants(path: str) -> Iterator[Mutant]:
    """Each entry dropped, each key renamed, each value renamed and retyped, each word of each text renamed."""
    for place, value in _places(FILES[path], (path,)):
        yield Mutant(place, "dropped")
        yield Mutant(place, "retyped", 7 if isinstance(value, str) else str(value))
        if isinstance(place[-1], str):
            yield Mutant(place, "rekeyed", f"{place[-1]}x")
        if not isinstance(value, (dict, list)):
            yield Mutant(place, "renamed", _renamed(value))
        if isinstance(value, str):
            words = list(_WORD.finditer(value))
            for word in words if len(words) > 1 else []:
                yield Mutant(place, "word", f"{value[: word.end()]}x{value[word.end() :]}")


def _places(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in entries:
        yield (*path, key), each
        yield from _places(each, (*path, key))


def _renamed(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int) else f"{value}x"


def changed(value: Any, path: Path, mutant: Mutant) -> Any:
    """What is not changed is shared."""
    key, rest = path[0], path[1:]
    if not rest and mutant.kind == "rekeyed":
        return {mutant.value if each == key else each: value[each] for each in value}
    result = copy.copy(value)
    if rest:
        result[key] = changed(value[key], rest, mutant)
    elif mutant.kind == "dropped":
        del result[key]
    else:
        result[key] = mutant.value
    return result


def found(mutant: Mutant) -> bool:
    return bool(findings(changed(FILES, mutant.path, mutant), CATALOG, REFERENCE))


def test_there_is_nothing_to_find_before() -> None:
    assert findings(FILES, CATALOG, REFERENCE) == []


@pytest.mark.parametrize("path", list(FILES))
def test_every_mutant_is_found_but_those_excluded_by_name(path: str) -> None:
    every = list(mutants(path))
    excluded = {mutant for mutant in every if any(each.covers(mutant) for each in EXCLUDED)}

    survivors = {mutant for mutant in every if not found(mutant)}

    print(f"{path}: {len(every)} mutants {dict(Counter(each.kind for each in every))}, {len(excluded)} excluded")  # noqa: T201 - the count is asked for
    assert sorted(each.place for each in survivors - excluded) == []
    assert sorted(each.place for each in excluded - survivors) == [], "these need no exclusion"


def test_each_exclusion_has_its_mutants() -> None:
    every = [mutant for path in FILES for mutant in mutants(path)]

    unused = [each.place for each in EXCLUDED if not any(each.covers(mutant) for mutant in every)]

    print(f"{len(every)} mutants in all")  # noqa: T201 - the count is asked for
    assert unused == []
    assert len(every) > 4000
