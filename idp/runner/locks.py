"""Locks of Terraform's state that are in the way: whose they are, and whether they may go."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx2
from pydantic import HttpUrl

from idp.runner.asking import answered, object_of, words

_FIELD: Final = re.compile(r"(?P<name>ID|Who):\s+(?P<value>\S+)")


@dataclass(frozen=True)
class Lock:
    """`holder` is Terraform's `user@host`: in a pod the host is the pod's name, which starts with its run's."""

    id: str
    holder: str


MayGo = Callable[[Lock], bool]


def lock_held(lines: Iterable[str]) -> Lock | None:
    """The lock that Terraform tells of where it could not get it. None where that is not what it tells."""
    told: dict[str, str] = {}
    listing = False
    for line in lines:
        text = line.strip("│╷╵ ")
        listing = listing or text.startswith("Lock Info:")
        if listing and (field := _FIELD.fullmatch(text)):
            told[field["name"]] = field["value"]
    return Lock(told["ID"], told["Who"]) if {"ID", "Who"} <= set(told) else None


def may_go(api_url: HttpUrl | None, token_file: Path) -> MayGo:
    """Asks the API whether the holder's run has ended. What the API does not allow stays."""

    def asked(lock: Lock) -> bool:
        if api_url is None:
            return False
        answer = answered(api_url, "/v1/locks", {"lock": lock.id, "holder": lock.holder}, token_file)
        if answer.status_code == httpx2.codes.OK and object_of(answer).get("releasable") is True:
            return True
        print(f"The lock {lock.id} stays: {words(answer)}", flush=True)  # noqa: T201 - the step's log
        return False

    return asked
