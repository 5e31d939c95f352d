"""The sandbox's stand-in for building an image: the Dockerfile is read and checked, and nothing of it is run.

What a real build would refuse, as far as that shows without running anything: no FROM, an unknown instruction, a file
to copy that is not there. `RUN false` and `RUN exit N`, which fail wherever they run, fail here too; every other RUN is
named in the log as not run.
"""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from idp.errors import StepError

_KNOWN: Final = frozenset(
    [
        "ADD",
        "ARG",
        "CMD",
        "COPY",
        "ENTRYPOINT",
        "ENV",
        "EXPOSE",
        "FROM",
        "HEALTHCHECK",
        "LABEL",
        "MAINTAINER",
        "ONBUILD",
        "RUN",
        "SHELL",
        "STOPSIGNAL",
        "USER",
        "VOLUME",
        "WORKDIR",
    ]
)
_FAILS: Final = re.compile(r"(/bin/)?false|exit +[1-9][0-9]{0,2}")


@dataclass(frozen=True)
class Instruction:
    """One of a Dockerfile, its continued lines joined."""

    line: int
    word: str
    rest: str


def check(tree: Path, dockerfile: str) -> Iterator[str]:
    """What the log shall say. Raises StepError at the first instruction that fails."""
    file = tree / dockerfile
    if not file.is_file():
        message = f"There is no {dockerfile} in this commit; nothing was built. Name the right file in the application."
        raise StepError(message)
    found = list(instructions(file.read_text(encoding="utf-8", errors="replace")))
    if next((each.word for each in found if each.word != "ARG"), None) != "FROM":
        message = f"{dockerfile} does not begin with FROM; nothing was built."
        raise StepError(message)
    for each in found:
        _refuse(each, tree, dockerfile)
        yield f"{each.word} {each.rest}" + (" (not run: this is the sandbox)" if each.word == "RUN" else "")


def instructions(text: str) -> Iterator[Instruction]:
    """Without comments and blank lines."""
    start, joined = 0, ""
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        start = start or number
        joined += line.strip()
        if joined.endswith("\\"):
            joined = joined[:-1] + " "
            continue
        yield _instruction(start, joined)
        start, joined = 0, ""
    if joined:
        yield _instruction(start, joined)


def _instruction(line: int, text: str) -> Instruction:
    word, _, rest = text.strip().partition(" ")
    return Instruction(line, word.upper(), rest.strip())


def _refuse(each: Instruction, tree: Path, dockerfile: str) -> None:
    where = f"{dockerfile}, line {each.line}"
    if each.word not in _KNOWN:
        message = f"{where}: {each.word[:40]} is no instruction; nothing was built."
        raise StepError(message)
    if each.word == "RUN" and _FAILS.fullmatch(_command(each.rest)):
        message = f"{where}: RUN {each.rest} failed; nothing was built."
        raise StepError(message)
    for source in _copied(each):
        if not _is_there(tree, source):
            message = f"{where}: {each.word} of {source!r} failed, which is not in this commit; nothing was built."
            raise StepError(message)


def _command(rest: str) -> str:
    """In shell form; of the exec form its words."""
    try:
        words = json.loads(rest) if rest.startswith("[") else None
    except ValueError:
        words = None
    return " ".join(map(str, words)) if isinstance(words, list) else rest


def _copied(each: Instruction) -> list[str]:
    """Files of the commit that it copies: not of another stage, not by URL."""
    if each.word not in {"COPY", "ADD"} or "--from=" in each.rest or "<<" in each.rest:
        return []
    rest = each.rest.partition("[")[2].rpartition("]")[0].replace(",", " ") if "[" in each.rest else each.rest
    try:
        words = [word for word in shlex.split(rest) if not word.startswith("--")]
    except ValueError:
        return [rest]
    return [word for word in words[:-1] if "$" not in word and "://" not in word]


def _is_there(tree: Path, source: str) -> bool:
    """A pattern needs one file that it fits."""
    relative = source.lstrip("/")
    if ".." in Path(relative).parts:
        return False
    return (tree / relative).exists() or any(tree.glob(relative))
