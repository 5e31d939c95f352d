"""`table.md` as values."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("table.md")

LEFT = {
    "+plan": ("changes", "digest", "plan-sha256", "summary"),
    "+inspection": ("changes", "summary"),
    "+outputs": ("outputs",),
    "+image": ("image",),
}
_FOUND = {"finds nothing": "0", "finds many": "many", "finds no number": ""}
_ABSENT = "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class Kind:
    """What a node is where it runs."""

    type: str
    template: str


@dataclass(frozen=True, slots=True)
class Outputs:
    """Names of what is left. `perhaps` is what chance decides of."""

    surely: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """How something ends: its phase and what its message means, more than one where chance decides; what it leaves."""

    phases: frozenset[str]
    meanings: frozenset[str]
    leaves: Outputs


@dataclass(frozen=True, slots=True)
class Case:
    """One row. `what` is made to happen to `who`; both are empty where nothing is."""

    number: int
    capability: str
    verb: str
    who: str
    what: str
    approval: str
    kinds: Mapping[str, Kind]
    nodes: Mapping[str, Cell]
    """Those that there are, by name."""
    attempts: Sequence[Cell]
    run: Cell
    outputs: Outputs

    def __str__(self) -> str:
        does = f"{self.who}: {self.what}" if self.who else "nothing goes wrong"
        return f"{self.capability} {self.verb}, {does}, approval {self.approval}"

    @property
    def task(self) -> str:
        """The node that something happens to, without its attempt."""
        return self.who.partition("(")[0]

    def value(self, output: str, run: str) -> str:
        """What the stand-in for the runner leaves as an output of the run."""
        return _FOUND.get(self.what, "1") if output == "changes" else f"{output} of {run}"


@cache
def cases() -> tuple[Case, ...]:
    """Every row, in order."""
    sections = re.split(r"^## (\S+) (\S+)$", TABLE.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    found = [
        row for section in zip(sections[::3], sections[1::3], sections[2::3], strict=True) for row in _rows(*section)
    ]
    return tuple(_case(number, *row) for number, row in enumerate(found))


def _rows(capability: str, verb: str, text: str) -> Iterator[tuple[str, str, Mapping[str, Kind], Mapping[str, str]]]:
    kinds, *runs = _tables(text)
    known = {row["node"]: Kind(row["type"], row["template"]) for row in kinds}
    yield from ((capability, verb, known, row) for table in runs for row in table)


def _tables(text: str) -> Iterator[list[dict[str, str]]]:
    for table in re.findall(r"(?:^\|.*\|\n)+", text, flags=re.MULTILINE):
        head, _, *rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
        yield [dict(zip(head, row, strict=True)) for row in rows]


def _case(number: int, capability: str, verb: str, kinds: Mapping[str, Kind], row: Mapping[str, str]) -> Case:
    who, _, what = row["does"].rpartition(": ")
    attempts = [] if row["attempts"] == _ABSENT else [_cell(cell) for cell in row["attempts"].split(", ")]
    return Case(
        number=number,
        capability=capability,
        verb=verb,
        who=who,
        what=what if who else "",
        approval=row["approval"],
        kinds=kinds,
        nodes={name: _cell(row[name]) for name in kinds if row[name] != _ABSENT},
        attempts=attempts,
        run=_cell(row["run"]),
        outputs=_left([] if row["outputs"] == _ABSENT else row["outputs"].split()),
    )


def _cell(text: str) -> Cell:
    phase, *rest = text.split()
    means = [word for word in rest if not word.startswith("+")]
    leaves = [word for word in rest if word.startswith("+")]
    return Cell(frozenset(phase.split("/")), frozenset("/".join(means).split("/")), _left(leaves))


def _left(words: Sequence[str]) -> Outputs:
    surely = (name for word in words if not word.endswith("?") for name in LEFT[word])
    perhaps = (name for word in words if word.endswith("?") for name in LEFT[word.removesuffix("?")])
    return Outputs(tuple(surely), tuple(perhaps))
