"""The mutants of a file: what is taken away or loosened in turn, and which lines are left alone for which reason."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tests.platform.mutation.hcl import Part, Token, parts

WORDS = frozenset({"description", "error_message"})
"""Arguments that only people read; tests/platform/test_modules.py holds that they are there."""

_NOT_REMOVED = ("locals", "validation", "precondition", "postcondition", "assert", "content")
"""Blocks whose removal says nothing that their parts do not: `locals` is mutated entry by entry, a rule by its condition."""

_OPPOSITES = {
    "Allow": "Deny",
    "AzureLoadBalancer": "*",
    "Deny": "Allow",
    "Disabled": "Enabled",
    "Enabled": "Disabled",
    "Group": "ServicePrincipal",
    "Inbound": "Outbound",
    "None": "AzureServices",
    "ServicePrincipal": "Group",
    "TLS1_2": "TLS1_0",
    "Tcp": "*",
    "VirtualNetwork": "*",
}
_ROLES = frozenset({"role", "role_definition_name"})
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+(/\d+)?")
_PORTS = re.compile(r"\d+(-\d+)?")
_PIN = re.compile(r"(~> |>= |= )?v?\d+(\.\d+)+")
_SWAPPED = re.compile(
    r"(^|_)(ids?|addresses|cidr|ranges?|operators|groups|pullers|pushers|officers|administrators|key)$"
)


@dataclass(frozen=True)
class Mutant:
    """`text[start:end]` of `file` (a path below infra/) becomes `text`."""

    file: str
    address: str
    kind: str
    start: int
    end: int
    text: str

    @property
    def name(self) -> str:
        """What it is called in the results, beside its file."""
        return f"{self.address} {self.kind}"

    def applied(self, text: str) -> str:
        """The file's text with it."""
        return text[: self.start] + self.text + text[self.end :]


def mutants(file: str, text: str) -> tuple[Mutant, ...]:
    """Every mutant of a file, in the order of its text."""
    references = _references(text)
    found = [each for block in parts(text) for part in block.walk() for each in _of(part, file, text, references)]
    return tuple(sorted(found, key=lambda each: (each.start, each.end, each.kind)))


def left_alone(file: str, text: str) -> dict[int, str]:
    """Line -> why no mutant begins there; 1 is the first. A line without a reason is "?"."""
    begun = {text.count("\n", 0, _first_change(each, text)) + 1 for each in mutants(file, text)}
    inside = _words_lines(text)
    return {
        number: inside.get(number) or _reason(line)
        for number, line in enumerate(text.splitlines(), 1)
        if number not in begun
    }


def _first_change(mutant: Mutant, text: str) -> int:
    """Where a mutant begins, less what was empty before it on its line or above."""
    old = text[mutant.start : mutant.end]
    return mutant.start + len(old) - len(old.lstrip())


def _words_lines(text: str) -> dict[int, str]:
    """Lines of words for people, and of conditions that go on over lines: the first line of each is mutated as a whole."""
    found = {}
    for block in parts(text):
        for part in block.walk():
            name = part.address.rpartition(".")[2]
            first, last = text.count("\n", 0, part.start) + 1, text.count("\n", 0, part.end) + 1
            if part.kind == "argument" and name in WORDS:
                found.update(dict.fromkeys(range(first, last + 1), "words for people"))
            elif part.kind in {"argument", "entry", "element"} and last > first:
                found.update(dict.fromkeys(range(first + 1, last + 1), "goes on with what began above"))
    return found


def _reason(line: str) -> str:
    stripped = line.strip()
    if not stripped:
        return "empty"
    if stripped.startswith(("#", "//")):
        return "comment"
    if re.fullmatch(r"[\])},. ]+", stripped):
        return "closes what was opened"
    if re.fullmatch(r"(locals|content|validation|precondition|postcondition|assert) \{( #.*)?", stripped):
        return "opens what is mutated part by part"
    return "?"


def _of(part: Part, file: str, text: str, references: dict[str, list[str]]) -> Iterator[Mutant]:
    """Mutants of one part, without those of what is in it."""
    name = part.address.rpartition(".")[2].partition("#")[0].partition("[")[0]
    if part.kind == "argument" and name in WORDS:
        return
    if part.kind == "argument" and name == "condition":
        condition = text[part.value[0].start : part.value[-1].end]
        yield _replaced(part, file, "made true", part.value, f"({condition}) || true")
        return
    if _is_removable(part, name):
        start, end = _span(part, text)
        yield Mutant(file, part.address, "removed", start, end, "")
    if (part.kind != "block" and name != "type" and not part.address.startswith("variable.")) or name == "default":
        yield from _loosened(part, file, name, text, references)


def _is_removable(part: Part, name: str) -> bool:
    if part.kind == "block":
        return part.address.partition("#")[0].rpartition(".")[2] not in _NOT_REMOVED
    if part.kind == "element":
        return part.siblings > 1 or not re.search(
            r"\.(depends_on|ignore_changes|replace_triggered_by)\[0\]$", part.address
        )
    return name not in WORDS


def _loosened(part: Part, file: str, name: str, text: str, references: dict[str, list[str]]) -> Iterator[Mutant]:
    own = _own(part)
    yield from _branches(part, file, own, text)
    for number, token in enumerate(own):
        new = _new(token, name, own, number, part.kind)
        if new is not None:
            yield Mutant(file, part.address, f"{new[0]} {_shown(token)}", token.start, token.end, new[1])
    swapped = _swapped(part, references)
    if swapped:
        yield _replaced(part, file, f"swapped for {swapped}", part.value, swapped)


def _own(part: Part) -> list[Token]:
    """Tokens of its value that are in none of its parts."""
    inner = [(each.start, each.end) for each in part.parts]
    return [each for each in part.value if not any(start <= each.start < end for start, end in inner)]


def _new(token: Token, name: str, own: list[Token], number: int, kind: str) -> tuple[str, str] | None:
    if token.text in {"true", "false"} and token.kind == "name":
        return "flipped", {"true": "false", "false": "true"}[token.text]
    before = own[number - 1].text if number else ""
    if token.kind == "number" and before != "[":
        return "raised", str(int(float(token.text)) + 1)
    if token.kind == "string" and before != "[" and "${" not in token.text:
        return _text(token.text[1:-1], name, is_element=kind == "element")
    if token.kind == "string" and "${" in token.text:
        return "changed", f'{token.text[:-1]}-changed"'
    return None


def _text(value: str, name: str, *, is_element: bool) -> tuple[str, str] | None:
    """What a written text is loosened to; the elements of lists are otherwise only removed."""
    if name in _ROLES and value != "Owner":
        return "loosened", '"Owner"'
    if value in _OPPOSITES:
        return "loosened", f'"{_OPPOSITES[value]}"'
    if _ADDRESS.fullmatch(value):
        return "loosened", '"0.0.0.0/0"'
    if _PORTS.fullmatch(value):
        return "loosened", '"*"'
    if _PIN.fullmatch(value) and "version" in name:
        return "loosened", f'">= {re.sub(r"^[~>=v ]+", "", value).partition(".")[0]}.0"'
    return None if is_element or not value else ("changed", f'"{value}-changed"')


def _shown(token: Token) -> str:
    return token.text if len(token.text) < 60 else f'{token.text[:57]}..."'


def _branches(part: Part, file: str, own: list[Token], text: str) -> Iterator[Mutant]:
    """`a ? b : c` becomes `b` and `c`; a text over lines loses one line after the other."""
    depths = list(_depths(own))
    asked = next((i for i, (token, depth) in enumerate(depths) if token.text == "?" and depth == 0), None)
    if asked is not None:
        colon = next(i for i, (token, depth) in enumerate(depths) if token.text == ":" and depth == 0 and i > asked)
        for kind, first, last in (("always", asked + 1, colon - 1), ("never", colon + 1, len(own) - 1)):
            branch = text[own[first].start : own[last].end]
            yield Mutant(file, part.address, kind, own[0].start, own[-1].end, branch)
    for token in own:
        if token.kind == "heredoc":
            yield from _lines(part, file, token)


def _depths(own: list[Token]) -> Iterator[tuple[Token, int]]:
    depth = 0
    for token in own:
        depth -= token.text in {")", "]", "}"}
        yield token, depth
        depth += token.text in {"(", "[", "{"}


def _lines(part: Part, file: str, token: Token) -> Iterator[Mutant]:
    at = token.start + token.text.index("\n") + 1
    for number, line in enumerate(token.text.splitlines(keepends=True)[1:-1], 1):
        if line.strip():
            yield Mutant(file, part.address, f"line {number} removed", at, at + len(line), "")
        at += len(line)


def _replaced(part: Part, file: str, kind: str, value: tuple[Token, ...], new: str) -> Mutant:
    return Mutant(file, part.address, kind, value[0].start, value[-1].end, new)


def _references(text: str) -> dict[str, list[str]]:
    """What a plain reference ends with -> the references of the file that end so, in order."""
    found: dict[str, list[str]] = {}
    for block in parts(text):
        for part in block.walk():
            reference = _reference(part)
            if reference:
                known = found.setdefault(_ending(reference), [])
                if reference not in known:
                    known.append(reference)
    return found


def _reference(part: Part) -> str | None:
    """Its value, where that is one reference and nothing else: `module.aks.id`, `var.network.subnet_ids["nodes"]`."""
    if part.kind == "block" or not part.value or part.address.startswith("variable."):
        return None
    text = "".join(token.text for token in part.value)
    return text if re.fullmatch(r'[a-z_][\w-]*(\.[\w-]+|\["[^"$]+"\]|\[each\.key\])+', text) else None


def _ending(reference: str) -> str:
    return re.sub(r"\[.*?\]", "", reference).rpartition(".")[2]


def _swapped(part: Part, references: dict[str, list[str]]) -> str | None:
    """Another reference of the same kind: the next one of the file that ends alike."""
    own = _reference(part)
    if own is None or not _SWAPPED.search(_ending(own)):
        return None
    others = references[_ending(own)]
    return others[(others.index(own) + 1) % len(others)] if len(others) > 1 else None


def _span(part: Part, text: str) -> tuple[int, int]:
    """Whole lines where it has them for itself, else up to the next of its list."""
    line_start = text.rfind("\n", 0, part.start) + 1
    rest = re.compile(r"[ \t]*,?[ \t]*((#|//)[^\n]*)?\n").match(text, part.end)
    if not text[line_start : part.start].strip() and rest:
        return line_start, rest.end()
    after = re.compile(r"\s*,\s*").match(text, part.end)
    if after:
        return part.start, after.end()
    before = re.search(r",\s*$", text[: part.start])
    return (before.start() if before else part.start), part.end
