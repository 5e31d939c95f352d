"""Terraform code as blocks, arguments and the parts of their values, each with the place where it stands.

Reads what `terraform fmt` writes, and refuses what it does not understand: a part that was misread would not be mutated.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

_SIMPLE = re.compile(
    r"""(?P<space>[ \t]+)
    |(?P<newline>\n)
    |(?P<comment>(?:\#|//)[^\n]*|/\*.*?\*/)
    |(?P<heredoc><<-?(?P<end>\w+)\n.*?\n[ \t]*(?P=end)(?=\n))
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<name>[A-Za-z_][\w-]*)
    |(?P<sign>\.\.\.|=>|==|!=|<=|>=|&&|\|\||[-+*/%<>!?:=.,()\[\]{}])
    """,
    re.VERBOSE | re.DOTALL,
)
_OPENING, _CLOSING = "([{", ")]}"


class UnreadableError(ValueError):
    """This text is not the Terraform code that we know."""


@dataclass(frozen=True)
class Token:
    """`kind`: newline, comment, heredoc, number, name, sign, string."""

    kind: str
    text: str
    start: int

    @property
    def end(self) -> int:
        """One past its last character."""
        return self.start + len(self.text)


@dataclass(frozen=True)
class Part:
    """Something that can be taken away: `kind` is block, argument, entry (of an object) or element (of a list)."""

    kind: str
    address: str
    tokens: tuple[Token, ...]
    value: tuple[Token, ...] = ()
    siblings: int = 0
    """Of an element: how many there are in its list."""
    parts: tuple["Part", ...] = field(default=())

    @property
    def start(self) -> int:
        """Where it begins."""
        return self.tokens[0].start

    @property
    def end(self) -> int:
        """One past its last character."""
        return self.tokens[-1].end

    def walk(self) -> Iterator["Part"]:
        """It and everything in it, in the order of the text."""
        yield self
        for part in self.parts:
            yield from part.walk()


def parts(text: str) -> tuple[Part, ...]:
    """The blocks of a file. Addresses are distinct."""
    found, rest = _body(_tokens(text), 0, "")
    if rest != len(_tokens(text)):
        message = f"A bracket is closed that was not opened, near {text[_tokens(text)[rest].start :][:40]!r}."
        raise UnreadableError(message)
    return tuple(_distinct(found, Counter()))


def tokens(text: str) -> tuple[Token, ...]:
    """Everything but spaces."""
    return tuple(_tokens(text))


def _distinct(found: list[Part], seen: Counter[str]) -> Iterator[Part]:
    for part in found:
        seen[part.address] += 1
        number = seen[part.address]
        renamed = part if number == 1 else _below(part, part.address, f"{part.address}#{number}")
        yield replace(renamed, parts=tuple(_distinct(list(renamed.parts), seen)))


def _below(part: Part, old: str, new: str) -> Part:
    inner = tuple(_below(each, old, new) for each in part.parts)
    return replace(part, address=new + part.address.removeprefix(old), parts=inner)


def _tokens(text: str) -> list[Token]:
    result, at = [], 0
    while at < len(text):
        if text[at] == '"':
            token = Token("string", text[at : _string_end(text, at)], at)
        else:
            match = _SIMPLE.match(text, at)
            if match is None:
                message = f"Not Terraform code that we know: {text[at : at + 40]!r}."
                raise UnreadableError(message)
            kind = "heredoc" if match["heredoc"] else str(match.lastgroup)
            token = Token(kind, match[0], at)
        at = token.end
        if token.kind != "space":
            result.append(token)
    return result


def _string_end(text: str, start: int) -> int:
    """A quoted text may hold `${...}`, in which quoted texts may stand again."""
    at = start + 1
    while text[at] != '"':
        if text[at] == "\\":
            at += 2
        elif text.startswith(("$${", "%%{"), at):
            at += 3
        elif text.startswith(("${", "%{"), at):
            at = _template_end(text, at + 2)
        else:
            at += 1
    return at + 1


def _template_end(text: str, at: int) -> int:
    depth = 1
    while depth:
        if text[at] == '"':
            at = _string_end(text, at)
            continue
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        at += 1
    return at


def _body(all_tokens: list[Token], at: int, prefix: str) -> tuple[list[Part], int]:
    """Arguments and blocks up to a closing bracket or the end; gives them and where that is."""
    found: list[Part] = []
    while at < len(all_tokens) and all_tokens[at].text != "}":
        if all_tokens[at].kind in {"newline", "comment"}:
            at += 1
            continue
        part, at = _statement(all_tokens, at, prefix)
        found.append(part)
    return found, at


def _statement(all_tokens: list[Token], at: int, prefix: str) -> tuple[Part, int]:
    start = at
    if all_tokens[at + 1].text == "=":
        end = _expression_end(all_tokens, at + 2)
        value = tuple(all_tokens[at + 2 : end])
        address = f"{prefix}{all_tokens[at].text}"
        inner = tuple(_in_expression(value, address))
        return Part("argument", address, tuple(all_tokens[start:end]), value, parts=inner), end
    while all_tokens[at].text != "{":
        at += 1
    address = prefix + ".".join(each.text.strip('"') for each in all_tokens[start:at])
    found, end = _body(all_tokens, at + 1, f"{address}.")
    return Part("block", address, tuple(all_tokens[start : end + 1]), parts=tuple(found)), end + 1


def _expression_end(all_tokens: list[Token], at: int) -> int:
    """Up to the end of the line, unless a bracket is open; a comment at its end is no part of it."""
    depth = 0
    while at < len(all_tokens):
        token = all_tokens[at]
        if depth == 0 and (token.kind in {"newline", "comment"} or token.text in {",", "}", "]", ")"}):
            return at
        if token.kind == "sign":
            depth += (token.text in _OPENING) - (token.text in _CLOSING)
        at += 1
    return at


def _in_expression(value: tuple[Token, ...], address: str) -> Iterator[Part]:
    """Entries and elements of every object and list that is written out anywhere in an expression."""
    at = 0
    while at < len(value):
        token = value[at]
        if token.text in {"{", "["} and token.kind == "sign" and not _is_index(value, at):
            end = _closing(value, at)
            inside = value[at + 1 : end]
            if _words(inside)[:1] == ["for"]:
                yield from _in_expression(inside, f"{address}.for")
            else:
                yield from _items(inside, address, is_object=token.text == "{")
            at = end
        at += 1


def _is_index(value: tuple[Token, ...], at: int) -> bool:
    if value[at].text != "[" or at == 0:
        return False
    before = value[at - 1]
    return (before.kind in {"name", "string"} and before.text not in {"in", "if"}) or before.text in {")", "]", "*"}


def _closing(value: tuple[Token, ...], at: int) -> int:
    depth = 0
    for index in range(at, len(value)):
        if value[index].kind == "sign":
            depth += (value[index].text in _OPENING) - (value[index].text in _CLOSING)
        if depth == 0:
            return index
    message = f"A bracket is not closed: {value[at].text} at {value[at].start}."
    raise UnreadableError(message)


def _items(inside: tuple[Token, ...], address: str, *, is_object: bool) -> Iterator[Part]:
    split = list(_split(inside))
    for number, item in enumerate(split):
        if not is_object:
            name = f"{address}[{number}]"
            inner = tuple(_in_expression(item, name))
            yield Part("element", name, item, item, siblings=len(split), parts=inner)
            continue
        sign = next(index for index, token in enumerate(item) if token.text in {"=", ":"} and token.kind == "sign")
        name = f"{address}.{''.join(token.text for token in item[:sign]).strip(chr(34))}"
        value = item[sign + 1 :]
        yield Part("entry", name, item, value, siblings=len(split), parts=tuple(_in_expression(value, name)))


def _split(inside: tuple[Token, ...]) -> Iterator[tuple[Token, ...]]:
    """What commas and line ends part, without comments."""
    at = 0
    while at < len(inside):
        if inside[at].kind in {"newline", "comment"} or inside[at].text == ",":
            at += 1
            continue
        start, depth = at, 0
        while at < len(inside) and not (
            depth == 0 and (inside[at].kind in {"newline", "comment"} or inside[at].text == ",")
        ):
            if inside[at].kind == "sign":
                depth += (inside[at].text in _OPENING) - (inside[at].text in _CLOSING)
            at += 1
        yield inside[start:at]


def _words(inside: tuple[Token, ...]) -> list[str]:
    return [token.text for token in inside if token.kind not in {"newline", "comment"}]
