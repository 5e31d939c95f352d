"""What was seen: tests/platform/mutants.json, and beside it why a survivor may live: mutants-survive.json."""

import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.platform.ground import INFRA
from tests.platform.mutation.kinds import Mutant, mutants

HERE = Path(__file__).parents[1]
RESULTS = HERE / "mutants.json"
REASONS = HERE / "mutants-survive.json"

FOLDERS = ("platform", "modules", "catalog", "targets")
"""Below infra/: what is mutated."""

_CLASSES = {
    "a module's own tests": ("test_a_modules_own_tests_pass",),
    "Terraform, which refuses the code": (
        "as Terraform refuses it",
        "test_each_module_and_root_is_valid_by_the_providers_schemas",
        "test_each_module_is_formatted_valid_and_in_shape",
    ),
    "the reviewed plan alone": ("test_planned.py",),
}
"""Who noticed -> parts of the tests' names; everything else is a table written by hand."""

Seen = dict[str, str | None]
"""Name of a mutant -> the test that noticed it, or None."""


@dataclass
class OfFile:
    """What was seen of one file's mutants. `text` and `judges`: hashes of the file then, and of the tests."""

    text: str
    judges: str
    seen: Seen = field(default_factory=dict)


Results = dict[str, OfFile]


@cache
def files(pattern: str = "*") -> tuple[str, ...]:
    """Paths below infra/ of the code that is mutated."""
    found = (path for folder in FOLDERS for path in (INFRA / folder).rglob("*.tf") if ".terraform" not in path.parts)
    names = (str(path.relative_to(INFRA)) for path in found if not path.name.endswith("_override.tf"))
    return tuple(sorted(name for name in names if Path(name).match(pattern) or name.startswith(pattern.rstrip("*"))))


def todays(pattern: str = "*") -> dict[str, tuple[Mutant, ...]]:
    """File -> its mutants as the code is now."""
    return {name: mutants(name, (INFRA / name).read_text()) for name in files(pattern)}


def read(path: Path = RESULTS) -> Results:
    """What is known; nothing where there is no file."""
    if not path.exists():
        return {}
    return {name: OfFile(**kept) for name, kept in json.loads(path.read_text()).items()}


def write(results: Results, path: Path = RESULTS) -> None:
    """Keep what is known, less files that are gone."""
    shown = {name: vars(results[name]) for name in sorted(results) if (INFRA / name).exists()}
    path.write_text(json.dumps(shown, indent=1, ensure_ascii=False) + "\n")


def reasons() -> dict[str, dict[str, str]]:
    """File -> name of a survivor -> why it may live."""
    found: dict[str, dict[str, str]] = json.loads(REASONS.read_text()) if REASONS.exists() else {}
    return found


def text_hash(name: str) -> str:
    """Of a file of infra/ as it is now."""
    return _hash([INFRA / name])


def judges_hash() -> str:
    """Of all tests that judge, as they are now."""
    tests = sorted([*HERE.glob("*.py"), *HERE.parent.joinpath("infra").glob("*.py"), *INFRA.rglob("*.tftest.hcl")])
    return _hash(path for path in tests if not path.name.startswith("test_mutation"))


def wanted(results: Results, now: Mapping[str, Sequence[Mutant]], *, again: bool) -> list[Mutant]:
    """Mutants that are to be judged: new ones, those of changed files, and survivors when the tests have changed."""
    found: list[Mutant] = []
    judges = judges_hash()
    for name, each in now.items():
        kept = results.get(name)
        if again or kept is None or kept.text != text_hash(name):
            found += each
        else:
            found += [
                one
                for one in each
                if one.name not in kept.seen or (kept.seen[one.name] is None and kept.judges != judges)
            ]
    return found


def stale(results: Results) -> list[str]:
    """Files that were judged as they no longer are."""
    return [name for name, kept in results.items() if not (INFRA / name).exists() or kept.text != text_hash(name)]


def survivors(results: Results) -> list[tuple[str, str]]:
    """(file, name) of all that nothing noticed."""
    return [(name, mutant) for name, kept in results.items() for mutant, by in kept.seen.items() if by is None]


def unexplained(found: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those without a reason."""
    known = reasons()
    return [(name, mutant) for name, mutant in found if mutant not in known.get(name, {})]


def coverage(results: Results, now: Mapping[str, Sequence[Mutant]]) -> float:
    """Which share of today's mutants was judged, by name."""
    names = [(name, one.name) for name, each in now.items() for one in each]
    judged = [1 for name, one in names if name in results and one in results[name].seen]
    return len(judged) / len(names)


def sample(now: Mapping[str, Sequence[Mutant]], count: int, seed: int) -> list[Mutant]:
    """Some, the same for each seed."""
    everything = [one for each in now.values() for one in each]
    return random.Random(seed).sample(everything, min(count, len(everything)))  # noqa: S311 - nothing secret


def noticed_by(by: str | None) -> str:
    """The class of what noticed a mutant."""
    if by is None:
        return "nothing"
    return next((name for name, parts in _CLASSES.items() if any(part in by for part in parts)), "a table by hand")


def summary(results: Results) -> str:
    """How many were noticed by what."""
    found = Counter(noticed_by(by) for kept in results.values() for by in kept.seen.values())
    total = sum(found.values())
    lines = [f"{count:6}  {100 * count / total:5.1f} %  {name}" for name, count in found.most_common()]
    return "\n".join([f"{total:6} mutants, noticed by", *lines])


def _hash(paths: Iterable[Path]) -> str:
    total = hashlib.sha256()
    for path in paths:
        total.update(path.read_bytes())
    return total.hexdigest()[:16]
