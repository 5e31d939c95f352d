"""Git's packs, as far as they hold commits, and what a commit says of its people.

https://git-scm.com/docs/gitformat-pack
"""

import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha1
from typing import Final

MOST_COMMITS: Final = 10_000
_LARGEST_COMMIT: Final = 1024 * 1024
_LARGEST: Final = 64 * 1024 * 1024
"""Bytes of all commits of a pack, unpacked."""
_COMMIT: Final = 1
_DELTA: Final = 7
"""Of an object that is named by its id. The other kind is not sent to who does not ask for it."""
_ID: Final = 20
_HEADER: Final = 12
_PIECE: Final = 512
_WHOLE: Final = 0x10000
"""What a copied length of 0 stands for."""

_PERSON: Final = re.compile(rb"(?:author|committer) [^\n]*<([^<>\x00-\x1f\x7f]{0,320})>[^<>\n]*")
_CO_AUTHOR: Final = re.compile(
    rb"^co-authored-by:[^\n]*<([^<>\x00-\x1f\x7f]{1,320})>\s*$", re.IGNORECASE | re.MULTILINE
)
_PARENT: Final = re.compile(rb"^parent ([0-9a-f]{40})$", re.MULTILINE)
_OF_A_FORGE: Final = re.compile(r"(?P<named>(?:[0-9]+[+-])?(?P<login>[^@]+))@(?:users\.)?noreply\.[^@]+")
"""What forges write for who keeps an address to themselves: `12+ann@users.noreply.github.com`, `ann@noreply.HOST`."""


def commits(pack: bytes) -> dict[str, bytes]:
    """Id -> what it says. Raises ValueError for what is no pack of commits, and for one of more than `MOST_COMMITS`."""
    if pack[:4] != b"PACK" or sha1(pack[:-_ID], usedforsecurity=False).digest() != pack[-_ID:]:
        message = f"{len(pack)} bytes are no whole pack"
        raise ValueError(message)
    count = int.from_bytes(pack[8:_HEADER])
    if count > MOST_COMMITS:
        message = f"there are {count} commits, more than {MOST_COMMITS}"
        raise ValueError(message)
    try:
        return _resolved(list(_objects(pack, count)))
    except (IndexError, zlib.error) as error:
        message = f"an object of the pack cannot be read ({error})"
        raise ValueError(message) from error


def people(commit: bytes) -> set[str]:
    """Author, committer and co-authors, by addresses, and by what forges call them. Raises ValueError where one is odd."""
    header, _, message = commit.partition(b"\n\n")
    lines = [line for line in header.split(b"\n") if line.startswith((b"author ", b"committer "))]
    written = [_PERSON.fullmatch(line) for line in lines]
    if not written or None in written:
        text = f"a commit says of its people: {lines!r:.200}"
        raise ValueError(text)
    found = [each[1] for each in written if each] + _CO_AUTHOR.findall(message)
    return {name for address in found for name in _names(address.decode(errors="replace"))}


def parents(commit: bytes) -> list[str]:
    """Their ids."""
    return [each.decode() for each in _PARENT.findall(commit.partition(b"\n\n")[0])]


def missing(found: Mapping[str, bytes]) -> set[str]:
    """Parents that are not among them."""
    return {each for commit in found.values() for each in parents(commit)} - found.keys()


def _names(address: str) -> Iterator[str]:
    if address:
        yield address
    if of_a_forge := _OF_A_FORGE.fullmatch(address):
        yield from (of_a_forge["named"], of_a_forge["login"])


@dataclass(frozen=True, slots=True)
class _Object:
    """As it is packed: whole, or as what differs from another one."""

    base: bytes | None
    data: bytes


def _objects(pack: bytes, count: int) -> Iterator[_Object]:
    at, left = _HEADER, _LARGEST
    for _ in range(count):
        kind, size, at = _kind_and_size(pack, at)
        if kind not in {_COMMIT, _DELTA} or size > min(_LARGEST_COMMIT, left):
            message = f"an object of kind {kind} and {size} bytes, where commits were asked for"
            raise ValueError(message)
        base = None
        if kind == _DELTA:
            base, at = pack[at : at + _ID], at + _ID
        data, at = _inflated(pack, at, size)
        left -= size
        yield _Object(base, data)


def _kind_and_size(pack: bytes, at: int) -> tuple[int, int, int]:
    """With where the object goes on."""
    kind, size, shift = pack[at] >> 4 & 7, pack[at] & 15, 4
    while pack[at] & 0x80:
        at += 1
        size |= (pack[at] & 0x7F) << shift
        shift += 7
    return kind, size, at + 1


def _inflated(pack: bytes, at: int, size: int) -> tuple[bytes, int]:
    """Piece by piece: what follows would be copied for each object else."""
    stream, data = zlib.decompressobj(), b""
    while not stream.eof:
        piece = stream.unconsumed_tail or pack[at : at + _PIECE]
        at += 0 if stream.unconsumed_tail else len(piece)
        data += stream.decompress(piece, size + 1 - len(data))
        if not piece or len(data) > size:
            break
    if not stream.eof or len(data) != size:
        message = f"an object that is not of {size} bytes"
        raise ValueError(message)
    return data, at - len(stream.unused_data)


def _resolved(objects: list[_Object]) -> dict[str, bytes]:
    found: dict[bytes, bytes] = {}
    left = _LARGEST
    while objects:
        waiting = []
        for each in objects:
            if each.base is not None and each.base not in found:
                waiting.append(each)
                continue
            data = each.data if each.base is None else _patched(found[each.base], each.data)
            found[_id(data)] = data
            left -= len(data)
        if len(waiting) == len(objects) or left < 0:
            message = f"{len(waiting)} commits build on what is not in the pack, or all are more than {_LARGEST} bytes"
            raise ValueError(message)
        objects = waiting
    return {id_.hex(): data for id_, data in found.items()}


def _id(data: bytes) -> bytes:
    return sha1(b"commit %d\0%b" % (len(data), data), usedforsecurity=False).digest()


def _patched(base: bytes, delta: bytes) -> bytes:
    """Pieces that are copied from the base, and pieces that are new."""
    source, at = _length(delta, 0)
    target, at = _length(delta, at)
    if source != len(base) or target > _LARGEST_COMMIT:
        message = f"a commit of {target} bytes that builds on one of {source}, which has {len(base)}"
        raise ValueError(message)
    made = bytearray()
    while at < len(delta) and len(made) <= target:
        told, at = delta[at], at + 1
        if told & 0x80:
            offset, at = _number(delta, at, told & 0x0F)
            length, at = _number(delta, at, told >> 4 & 0x07)
            made += base[offset : offset + (length or _WHOLE)]
        else:
            made += delta[at : at + told]
            at += told or len(delta)
    if len(made) != target:
        message = f"a commit of {target} bytes that comes to {len(made)}"
        raise ValueError(message)
    return bytes(made)


def _length(delta: bytes, at: int) -> tuple[int, int]:
    length = shift = 0
    while True:
        length |= (delta[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not delta[at - 1] & 0x80:
            return length, at


def _number(delta: bytes, at: int, present: int) -> tuple[int, int]:
    """Bytes from the lowest; those whose bit is not set are 0 and left out."""
    number = 0
    for place in range(4):
        if present >> place & 1:
            number |= delta[at] << 8 * place
            at += 1
    return number, at
