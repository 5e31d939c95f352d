"""Git's pkt-line format, and the commands `ls-refs` and `fetch` of its protocol, version 2.

https://git-scm.com/docs/protocol-v2
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

_FLUSH: Final = b"0000"
_DELIMITER: Final = b"0001"
_HEADER: Final = 4
_PACK: Final = 1
_ERROR: Final = 3
"""Bands of what follows `packfile`; between them is progress."""
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


def fetch(commit: str, since: str | None) -> bytes:
    """The request's body: the commit and those before it, as commits alone, without those that `since` names or follows."""
    arguments = [
        "no-progress\n",
        "filter tree:0\n",
        f"want {commit}\n",
        *([f"have {since}\n"] if since else []),
        "done\n",
    ]
    return b"".join([_line("command=fetch\n"), _DELIMITER, *map(_line, arguments), _FLUSH])


def pack(answer: bytes) -> bytes:
    """Raises ValueError for what is no answer to `fetch`, and for what the server says it cannot do."""
    if not answer:
        message = "it sends nothing; does it allow files to be left out (uploadpack.allowFilter)?"
        raise ValueError(message)
    lines = _lines(answer)
    if (first := next(lines, b"nothing")) != b"packfile\n":
        message = f"{first[:200]!r} where a pack was asked for"
        raise ValueError(message)
    found = []
    for line in lines:
        if line[0] == _ERROR:
            message = f"the server says {line[1:200]!r}"
            raise ValueError(message)
        if line[0] == _PACK:
            found.append(line[1:])
    return b"".join(found)


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
