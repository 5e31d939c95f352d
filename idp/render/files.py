"""Manifests as files: what they should say, how that differs from a folder, and making it so."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from idp.render.emitter import written
from idp.render.objects import Objects
from idp.settings import DEFAULT_CATALOG

_MARK: Final = "# Written by idp.render"
"""A file that starts so is ours to change or delete; no other is."""

Kind = Literal["stale", "missing", "orphaned", "foreign"]


@dataclass(frozen=True)
class Difference:
    """A file that is not as it should be."""

    path: str
    kind: Kind


def texts(files: Objects, reference: str) -> dict[str, str]:
    """Path -> the file's text."""
    header = f"{_MARK} from {reference}: do not edit, run `{refresh(reference)}`.\n"
    return {path: header + written(objects) for path, objects in files.items()}


def refresh(reference: str) -> str:
    """The command that writes them anew."""
    command = "python -m idp.render"
    return command if reference == DEFAULT_CATALOG else f"{command} --catalog {reference}"


def differences(wanted: Mapping[str, str], folder: Path) -> list[Difference]:
    """Every file that must be written or deleted, by path. `foreign` is in the way of ours: there, and not written by us."""
    found = [_difference(path, text, folder) for path, text in wanted.items()]
    orphans = [Difference(path, "orphaned") for path in _ours(folder) if path not in wanted]
    return sorted([each for each in found if each] + orphans, key=lambda each: each.path)


def apply(wanted: Mapping[str, str], folder: Path, found: list[Difference]) -> None:
    """Write what is stale or missing, delete what is orphaned. Nothing may be foreign."""
    for each in found:
        path = folder / each.path
        if each.kind == "orphaned":
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[each.path], encoding="utf-8", newline="\n")


def _difference(path: str, text: str, folder: Path) -> Difference | None:
    file = folder / path
    if not file.exists():
        return Difference(path, "missing")
    there = file.read_bytes()
    if there == text.encode():
        return None
    return Difference(path, "stale" if there.startswith(_MARK.encode()) else "foreign")


def _ours(folder: Path) -> list[str]:
    files = [path for path in sorted(folder.rglob("*.yaml")) if path.is_file()]
    return [path.relative_to(folder).as_posix() for path in files if path.read_bytes().startswith(_MARK.encode())]
