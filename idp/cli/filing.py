"""Filing requests and, if wanted, waiting for how they end."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

import click

from idp.cli import output
from idp.cli.client import Json
from idp.cli.documents import Document
from idp.cli.errors import CliError, DeclinedError, FailedError
from idp.cli.progress import beginning, title, watch
from idp.cli.session import Session
from idp.cli.stream import ENDINGS


@dataclass(frozen=True)
class Wish:
    """A document, and whether it is for something that is there already."""

    document: Document
    change: bool = False

    @property
    def method(self) -> str:
        """PUT replaces a resource's spec, POST asks for a new one."""
        return "PUT" if self.change else "POST"

    @property
    def path(self) -> str:
        """Where it goes."""
        path = f"/v1/{self.document.capability}"
        if not self.change:
            return path
        return f"{path}/{self.document.spec.get('team', '')}/{self.document.spec.get('name', '')}"


def wait_options() -> list[click.Parameter]:
    """`--wait`, `--timeout` and `--key`, for every command that files."""
    return [
        click.Option(["--wait"], is_flag=True, help="Watch until it has ended; the exit code then says how."),
        click.Option(
            ["--timeout"], type=click.FloatRange(min=0), metavar="SECONDS", help="With --wait: at most so long."
        ),
        click.Option(
            ["--key"], metavar="KEY", help="Idempotency-Key: filing again with the same key files nothing new."
        ),
    ]


def file_all(session: Session, wishes: Sequence[Wish], *, key: str | None, wait: bool, timeout: float | None) -> None:
    """File each in order; the first refusal ends it, and says what was filed before."""
    filed: list[Json] = []
    key = key or uuid4().hex
    for number, wish in enumerate(wishes):
        one_key = key if len(wishes) == 1 else f"{key}-{number}"
        try:
            filed.append(session.client.file(wish.method, wish.path, wish.document.spec, key=one_key))
        except CliError as error:
            error.lines += tuple(f"filed before: {title(one)} ({one['id']})" for one in filed)
            raise
    settle(session, filed, wait=wait, timeout=timeout)


def explain_all(session: Session, wishes: Sequence[Wish]) -> None:
    """What each would do."""
    found = [session.client.explain(wish.method, wish.path, wish.document.spec) for wish in wishes]
    if session.json:
        session.answer(found[0] if len(found) == 1 else found)
    else:
        for one in found:
            output.console().print(output.explanation(one))


def settle(session: Session, requests: Sequence[Json], *, wait: bool, timeout: float | None = None) -> None:
    """Show what was filed; with `wait`, follow it to its end. Raises FailedError, DeclinedError, StillOpenError."""
    if not wait:
        _answer(session, requests)
        for one in requests if not session.json else ():
            click.echo(f"{title(one)}: {one['phase']}; `{_program()} show {one['id']} --wait` follows it.", err=True)
        return
    try:
        watch(session.client, [beginning(one) for one in requests], output.console(err=True), timeout=timeout)
    except KeyboardInterrupt:
        lines = [f"Still going on: {title(one)}; `{_program()} cancel {one['id']}` ends it." for one in requests]
        click.echo("\n".join(lines), err=True)
        raise
    ended = [session.client.read(f"/v1/requests/{one['id']}") for one in requests]
    _answer(session, ended)
    for one in ended:
        _raise_for(one)


def _answer(session: Session, requests: Sequence[Json]) -> None:
    if session.json:
        session.answer(requests[0] if len(requests) == 1 else list(requests))
        return
    for one in requests:
        if one["phase"] not in ENDINGS:
            click.echo(one["id"])
        elif one["outputs"]:
            output.console().print(output.outputs(one))


def _raise_for(request: Json) -> None:
    what = f"{title(request)} {request['phase']}: {request['message'] or 'no reason was given'}"
    if request["phase"] == "failed":
        raise FailedError(what, move=f"Its log: `idp logs {request['id']}`.")
    if request["phase"] in {"rejected", "cancelled"}:
        raise DeclinedError(what, move=f"Who decided: `idp show {request['id']}`.")


def _program() -> str:
    return click.get_current_context().find_root().info_name or "idp"
