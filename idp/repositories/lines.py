"""Git's pkt-line format, and the command `ls-refs` of its protocol, version 2.

https://git-scm.com/docs/protocol-v2
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

_FLUSH: Final = b"0000"
_DELIMITER: Final = b"0001"
_HEADER: Final = 4
_REF: Final = re.compile(
    rb"(?P<id>[0-9a-f]{40}) (?P<name>refs/[^ \n]+)(?: symref-target:[^ \n]+)?(?: peeled:(?P<peeled>[0-9a-f]{40}))?\n?"
)


def ls_refs(prefixes: Sequence[str]) -> bytes:
    """The request's body: refs that begin so, with what annotated tags point to."""
    arguments = ["peel\n", *(f"ref-prefix {prefix}\n" for prefix in prefixes)]
    return b"".join([_line("command=ls-refs\n"), _DELIMITER, *map(_line, arguments), _FLUSH])


def refs(answer: bytes) -> dict[str, str]:
    """Name -> commit. Raises ValueError for what is no answer to `ls_refs`."""
    found = {}
    for line in _lines(answer):
        ref = _REF.fullmatch(line)
        if ref is None:
            message = f"{line[:80]!r} is no ref"
            raise ValueError(message)
        found[ref["name"].decode(errors="replace")] = (ref["peeled"] or ref["id"]).decode()
    return found


def _line(text: str) -> bytes:
    data = text.encode()
    return f"{len(data) + _HEADER:04x}".encode() + data


def _lines(answer: bytes) -> Iterator[bytes]:
    """Up to the flush. Raises ValueError where there is none."""
    at = 0
    while (header := answer[at : at + _HEADER]) != _FLUSH:
        length = int(header, 16)
        if length <= _HEADER or at + length > len(answer):
            message = f"a line of length {length} at byte {at} of {len(answer)}"
            raise ValueError(message)
        yield answer[at + _HEADER : at + length]
        at += length
