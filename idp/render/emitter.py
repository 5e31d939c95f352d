"""The one way in which we write YAML: the same bytes each time, and the same values for every reader.

Argo and kubectl read with Go, whose readers take more plain words for numbers and truths than PyYAML does (`1e3`, `0o14`,
`1234567e8`, `y`). So a string is written plain only where no reader could take it for anything else, and quoted otherwise.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

import yaml

_FIRST: Final = (
    *("apiVersion", "kind", "name", "metadata", "namespace", "labels", "annotations"),
    *("template", "depends", "when", "inputs", "image", "command", "args"),
)
_LAST: Final = ("templates",)

# Letters first: no reader takes such a word for a number or a date. Blanks single and inside, a colon never at an end.
_PLAIN: Final = re.compile(r"[A-Za-z/](?:[A-Za-z0-9_/.-]|:(?=[A-Za-z0-9_/.-]))*")
_WORDS: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_BLOCK: Final = re.compile(r"(?:[!-~](?:[ -~]*[!-~])?\n)+")
"""Lines of printable ASCII, none of them empty or with blanks at an end, each ended by a line feed."""


def written(objects: Iterable[Mapping[str, Any]]) -> str:
    """The objects as YAML documents; keys that say what a thing is come first, the others in the order they have.

    Takes what JSON has, without floats: no Kubernetes object we write has one. Raises yaml.YAMLError for anything else.
    """
    text: str = yaml.dump_all(
        (_ordered(each) for each in objects),
        Dumper=_Dumper,
        default_flow_style=False,
        sort_keys=False,
        width=2**31 - 1,
        explicit_start=False,
    )
    return text


def _ordered(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _ordered(value[key]) for key in sorted(value, key=_rank)}
    if isinstance(value, list):
        return [_ordered(each) for each in value]
    return value


def _rank(key: str) -> int:
    if key in _FIRST:
        return _FIRST.index(key) - len(_FIRST)
    return 1 if key in _LAST else 0


class _Dumper(yaml.CSafeDumper):
    """PyYAML's C dumper, five times as fast as the other, with representers of our own: Hera changes the process's."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's signature
        """A list that is there twice is written twice: no anchors."""
        return True


def _string(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=_style(value))


def _style(value: str) -> str | None:
    if _PLAIN.fullmatch(value) and value.lower() not in _WORDS:
        return None
    if _BLOCK.fullmatch(value):
        return "|"
    return "'" if value.isascii() and value.isprintable() else '"'


def _refused(_: _Dumper, value: object) -> yaml.Node:
    message = f"{value!r} is a {type(value).__name__}: no Kubernetes object we write has one."
    raise yaml.representer.RepresenterError(message)


_Dumper.add_representer(str, _string)
for _type in (float, bytes, set, tuple):
    _Dumper.add_representer(_type, _refused)
