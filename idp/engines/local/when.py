"""`when` of a DAG task, after its references are filled in: the part of govaluate that a renderer has use for.

`== != < > <= >= && || ! ( )`, numbers, quoted texts, true and false. A bare word is a text, as Argo has it
(argo-workflows workflow/controller/steps.go shouldExecute).
"""

import operator
import re
from collections.abc import Callable
from typing import Any, Final

_TOKEN = re.compile(
    r"""\s*(?:(?P<sign>&&|\|\||==|!=|<=|>=|<|>|!|\(|\))
    |(?P<number>-?\d+(?:\.\d+)?)(?![A-Za-z0-9_.])
    |'(?P<single>(?:\\.|[^'\\])*)'|"(?P<double>(?:\\.|[^"\\])*)"
    |(?P<word>[A-Za-z_][A-Za-z0-9_]*))""",
    re.VERBOSE | re.DOTALL,
)
_COMPARE: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}

Value = str | float | bool


def holds(text: str) -> bool:
    """Whether the task is to run. Raises ValueError in Argo's words where the text is no condition."""
    try:
        value = _Reader(text).whole()
    except ValueError as error:
        message = f"Invalid 'when' expression '{text}': {error}"
        raise ValueError(message) from error
    if not isinstance(value, bool):
        message = f"Expected boolean evaluation for '{text}'. Got {value}"
        raise ValueError(message)  # noqa: TRY004 - of the text, not of a type here
    return value


class _Reader:
    """Recursive descent over the tokens; values are worked out on the way, both sides always."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.kind = ""
        self.value: Value = ""
        self.next()

    def next(self) -> None:
        if not self.text[self.at :].strip():
            self.kind = ""
            return
        match = _TOKEN.match(self.text, self.at)
        if not match:
            message = f"Invalid token: {self.text[self.at :].strip()[:20]!r}"
            raise ValueError(message)
        self.at = match.end()
        kind = str(match.lastgroup)
        self.kind = "sign" if kind == "sign" else "value"
        self.value = _read(kind, match.group(kind))

    def whole(self) -> Value:
        value = self.either()
        if self.kind:
            message = f"Invalid token: {self.value!r}"
            raise ValueError(message)
        return value

    def sign(self, *wanted: str) -> str:
        if self.kind == "sign" and self.value in wanted:
            found = str(self.value)
            self.next()
            return found
        return ""

    def either(self) -> Value:
        left = self.both()
        while self.sign("||"):
            right = self.both()
            left = _truth(left) | _truth(right)
        return left

    def both(self) -> Value:
        left = self.comparison()
        while self.sign("&&"):
            right = self.comparison()
            left = _truth(left) & _truth(right)
        return left

    def comparison(self) -> Value:
        left = self.atom()
        while sign := self.sign(*_COMPARE):
            left = _compared(sign, left, self.atom())
        return left

    def atom(self) -> Value:
        if self.sign("!"):
            return not _truth(self.atom())
        if self.sign("("):
            value = self.either()
            if not self.sign(")"):
                message = "Unbalanced parenthesis"
                raise ValueError(message)
            return value
        if self.kind != "value":
            raise ValueError("Unexpected end of expression" if not self.kind else f"Invalid token: {self.value!r}")
        value = self.value
        self.next()
        return value


def _read(kind: str, text: str) -> Value:
    if kind == "number":
        return float(text)
    if kind in ("single", "double"):
        return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
    return text == "true" if text in ("true", "false") else text


def _truth(value: Value) -> bool:
    if not isinstance(value, bool):
        message = f"Value '{value}' cannot be used with a logical operator, it is not a bool"
        raise ValueError(message)  # noqa: TRY004 - as above
    return value


def _compared(sign: str, left: Value, right: Value) -> bool:
    if sign in ("==", "!="):
        return _COMPARE[sign]((type(left), left), (type(right), right))
    if type(left) is not type(right) or isinstance(left, bool):
        message = f"Value '{left}' cannot be used with the comparator '{sign}'"
        raise ValueError(message)
    return _COMPARE[sign](left, right)
