"""`{{references}}`: found and filled in, once.

What a value holds is never looked at again. Argo substitutes twice and would evaluate a `{{…}}` inside a value; the events'
wire encoding leaves none there, so both see the same text.
"""

import re
from collections.abc import Callable, Iterator

_TAG = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)

Lookup = Callable[[str], str]
"""The value of a reference by its name. Raises UnresolvedError, AbsentError."""


def names(text: str) -> Iterator[str]:
    """The references in a text, in order."""
    return (match.group(1).strip() for match in _TAG.finditer(text))


def filled(text: str, lookup: Lookup) -> str:
    """The text with every reference's value in its place."""
    if "{{" not in text:
        return text
    return _TAG.sub(lambda match: lookup(match.group(1).strip()), text)


def only_reference(text: str) -> str | None:
    """The name, where the whole text is one reference and nothing else."""
    match = _TAG.fullmatch(text)
    return match.group(1).strip() if match else None
