"""A stand-in for libatomic, for machines that have none: regopy's library names it and uses nothing of it (1.5, x86_64 Linux).

Where another build does use it, loading that build fails as it would without this: nothing is made up for what is called.
"""

import ctypes
import struct
from pathlib import Path
from typing import Final

NAME: Final = "libatomic.so.1"

_HEADER_BYTES: Final = 64
_SEGMENT_BYTES: Final = 56
_LOAD, _DYNAMIC, _STACK = 1, 2, 0x6474E551
_READ_WRITE: Final = 6
_NULL, _HASH, _STRTAB, _SYMTAB, _STRSZ, _SYMENT, _SONAME = 0, 4, 5, 6, 10, 11, 14


def loaded(folder: Path) -> None:
    """Who needs a library of that name finds it loaded. Raises OSError."""
    file = folder / NAME
    file.write_bytes(library(Path("/proc/self/exe").read_bytes()[18:20]))
    try:
        ctypes.CDLL(str(file), mode=ctypes.RTLD_GLOBAL)
    finally:
        file.unlink()


def library(machine: bytes) -> bytes:
    """A shared object (64-bit ELF) with a name and no symbol, for the machine whose number these two bytes are."""
    names = b"\0" + NAME.encode() + b"\0"
    names_at = _HEADER_BYTES + 3 * _SEGMENT_BYTES
    symbols_at = (names_at + len(names) + 7) // 8 * 8
    hash_at = symbols_at + 24
    dynamic_at = hash_at + 16
    entries = {
        _SONAME: 1,
        _STRTAB: names_at,
        _STRSZ: len(names),
        _SYMTAB: symbols_at,
        _SYMENT: 24,
        _HASH: hash_at,
        _NULL: 0,
    }
    dynamic = b"".join(struct.pack("<QQ", *entry) for entry in entries.items())
    size = dynamic_at + len(dynamic)
    content = names.ljust(symbols_at - names_at, b"\0") + bytes(24) + struct.pack("<4I", 1, 1, 0, 0) + dynamic
    segments = (
        _segment(_LOAD, 0, size, 4096),
        _segment(_DYNAMIC, dynamic_at, len(dynamic), 8),
        _segment(_STACK, 0, 0, 16),
    )
    return _header(machine) + b"".join(segments) + content


def _header(machine: bytes) -> bytes:
    """Of type 3, a shared object, with three segments and no section."""
    start = b"\x7fELF" + bytes([2, 1, 1]) + bytes(9) + struct.pack("<H", 3) + machine
    return start + struct.pack("<IQQQIHHHHHH", 1, 0, _HEADER_BYTES, 0, 0, _HEADER_BYTES, _SEGMENT_BYTES, 3, 0, 0, 0)


def _segment(kind: int, at: int, size: int, alignment: int) -> bytes:
    return struct.pack("<IIQQQQQQ", kind, _READ_WRITE, at, at, at, size, size, alignment)
