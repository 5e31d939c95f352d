"""Where the sandbox keeps applications: files that steps and the node hand each other. Each is written whole, or not at all.

applications/node.lock                             held by the node
applications/<team>/<name>/application.json        as it was registered
/images/<digest>/        image.json and tree/
/commits/<commit>.json   which image it became
/placements/<environment>/desired.json     what shall serve (written by steps)
/seen.json        what does (written by the node)
/revisions/<number>.json
/settings/<number>.json
/port.json        where it is reached, once and for all
/lease            touched by who looks after a candidate
"""

import fcntl
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

Document = Mapping[str, Any]


def written(file: Path, document: Document) -> None:
    """As JSON; who reads it sees the old one or the new one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", dir=file.parent, prefix=".", delete=False, encoding="utf-8") as new:
        json.dump(document, new, indent=1, sort_keys=True)
    Path(new.name).replace(file)


def noted(file: Path, document: Document) -> None:
    """As `written`, unless its folder is gone."""
    if file.parent.is_dir():
        written(file, document)


def read(file: Path) -> dict[str, Any] | None:
    """None where there is none."""
    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    return found


@dataclass(frozen=True)
class Placement:
    """An application in one environment."""

    folder: Path

    @property
    def desired(self) -> dict[str, Any]:
        """`serving` and `candidate`: numbers of revisions or None; `share`: of the candidate, in percent."""
        return read(self.folder / "desired.json") or {"serving": None, "candidate": None, "share": 0}

    def desire(self, *, serving: int | None, candidate: int | None = None, share: int = 0) -> None:
        """Tell the node."""
        written(self.folder / "desired.json", {"serving": serving, "candidate": candidate, "share": share})

    @property
    def seen(self) -> dict[str, Any]:
        """`port`; `backends`: by revision's number, see `node`."""
        return read(self.folder / "seen.json") or {"port": None, "backends": {}}

    @property
    def settled(self) -> bool:
        """Whether no candidate of a step that was killed is left beside what serves."""
        return self.desired["candidate"] is None

    def revision(self, number: int | None) -> dict[str, Any] | None:
        """As it was made."""
        return None if number is None else read(self.folder / "revisions" / f"{number}.json")

    def revise(self, revision: Document) -> int:
        """A new revision; its number."""
        number = _newest(self.folder / "revisions") + 1
        written(self.folder / "revisions" / f"{number}.json", {**revision, "revision": number})
        return number

    @property
    def settings(self) -> dict[str, Any]:
        """Those that serve, or will with the first version: `number`, `values` and `secrets`, which are references."""
        revision = self.revision(self.desired["serving"])
        if revision:
            found: dict[str, Any] = revision["settings"]
            return found
        return self.numbered_settings(self.newest_settings) or {"number": 0, "values": {}, "secrets": {}}

    @property
    def newest_settings(self) -> int:
        """Their number, whether they ever served or not; 0 where there are none."""
        return _newest(self.folder / "settings")

    def numbered_settings(self, number: int) -> dict[str, Any] | None:
        """As they were written."""
        return read(self.folder / "settings" / f"{number}.json")

    def settings_of(self, request: str) -> dict[str, Any] | None:
        """Those that this run wrote."""
        found = self.numbered_settings(self.newest_settings)
        return found if found and found["request"] == request else None

    def add_settings(self, settings: Document) -> int:
        """Under a new number; writing those of the same run again changes nothing."""
        if found := self.settings_of(str(settings["request"])):
            return int(found["number"])
        number = self.newest_settings + 1
        written(self.folder / "settings" / f"{number}.json", {**settings, "number": number})
        return number

    def keep_candidate(self) -> None:
        """Say that who looks after the candidate is still there."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "lease").touch()


@dataclass(frozen=True)
class Application:
    """One application's folder."""

    folder: Path

    @property
    def record(self) -> dict[str, Any] | None:
        """As it was registered."""
        return read(self.folder / "application.json")

    def image(self, digest: str) -> dict[str, Any] | None:
        """Its digest, labels, and what was built from."""
        return read(self.image_folder(digest) / "image.json")

    def image_folder(self, digest: str) -> Path:
        """Of this image, there or not."""
        return self.folder / "images" / digest.replace(":", "-")

    def built(self, commit: str) -> dict[str, Any] | None:
        """The image that the commit became."""
        found = read(self.folder / "commits" / f"{commit}.json")
        return self.image(found["digest"]) if found else None

    def placement(self, environment: str) -> Placement:
        """There or not."""
        return Placement(self.folder / "placements" / environment)

    @property
    def placements(self) -> dict[str, Placement]:
        """Those that are there, by environment."""
        folder = self.folder / "placements"
        return {each.name: Placement(each) for each in sorted(folder.iterdir())} if folder.is_dir() else {}

    @property
    def exists(self) -> bool:
        """Whether there is anything of it."""
        return self.folder.exists()

    @property
    def images(self) -> int:
        """How many there are."""
        return len(list((self.folder / "images").glob("sha256-*")))

    @contextmanager
    def building(self) -> Iterator[None]:
        """One build at a time: two would make the same image twice."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "build.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


@dataclass(frozen=True)
class World:
    """All applications of a sandbox."""

    folder: Path

    def application(self, team: str, name: str) -> Application:
        """There or not."""
        return Application(self.folder / "applications" / team / name)

    @property
    def lock(self) -> Path:
        """The node holds it."""
        return self.folder / "applications" / "node.lock"

    def placements(self) -> list[Placement]:
        """Of all applications."""
        found = self.folder.glob("applications/*/*/placements/*/desired.json")
        return [Placement(each.parent) for each in sorted(found)]

    def is_tended(self) -> bool:
        """Whether there is a node."""
        try:
            with self.lock.open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False


def _newest(folder: Path) -> int:
    numbers = [int(each.stem) for each in folder.glob("*.json") if each.stem.isdecimal()]
    return max(numbers, default=0)
