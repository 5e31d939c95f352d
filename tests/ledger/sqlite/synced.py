"""Power loss without root: a file system of SQLite's that copies each file aside when it is synced, and only then.

What lies aside is what a disk holds after the power failed. The stdlib's SQLite takes no such file system, so the real
code runs on a connection of apsw's that speaks as the stdlib's does, where the ledger uses it.
"""

import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import apsw


class Row(dict[str, Any]):
    """By name and by place, as sqlite3.Row."""

    def __getitem__(self, key: str | int) -> Any:
        return list(self.values())[key] if isinstance(key, int) else super().__getitem__(key)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values())


class SyncedConnection(sqlite3.Connection):
    """The part of sqlite3.Connection that the ledger uses, over apsw; the base is for the type's sake."""

    def __init__(self, path: Path, disk: "Disk") -> None:
        super().__init__(":memory:")
        self.real = apsw.Connection(str(path), vfs=disk.vfs_name)
        self.real.row_trace = lambda cursor, row: Row(
            zip((column[0] for column in cursor.get_description()), row, strict=True)
        )

    def execute(self, sql: str, parameters: Any = (), /) -> Any:
        return self.real.execute(sql, dict(parameters) if isinstance(parameters, Mapping) else tuple(parameters))

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Any:
        return self.real.executemany(sql, parameters)

    def executescript(self, sql_script: str, /) -> Any:
        return self.real.execute(sql_script)

    def close(self) -> None:
        super().close()
        self.real.close()


class Disk(apsw.VFS):
    """`aside` is the disk: what was synced."""

    vfs_name = "synced"

    def __init__(self, aside: Path) -> None:
        self.aside = aside
        super().__init__(self.vfs_name, "")

    def xOpen(self, name: Any, flags: list[int]) -> apsw.VFSFile:  # noqa: N802 - SQLite's names
        # A temporary file has no name, and nobody misses it after a power cut.
        return SyncedFile(name, flags, self.aside) if name else apsw.VFSFile("", name, flags)

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: N802, FBT001 - its signature too
        super().xDelete(filename, syncdir)
        (self.aside / Path(filename).name).unlink(missing_ok=True)

    def plug_pulled(self, folder: Path) -> None:
        """Copy the disk, as it is now, to `folder`."""
        shutil.copytree(self.aside, folder)


class SyncedFile(apsw.VFSFile):
    def __init__(self, name: Any, flags: list[int], aside: Path) -> None:
        super().__init__("", name, flags)
        self.path = Path(name.filename() if isinstance(name, apsw.URIFilename) else name)
        self.aside = aside

    def xSync(self, flags: int) -> None:  # noqa: N802
        super().xSync(flags)
        shutil.copyfile(self.path, self.aside / self.path.name)
