"""`idp logs`."""

import json
import time
from typing import Final

import click
import httpx2

from idp.cli.session import Session, connected
from idp.cli.targets import REQUEST

_SILENCE: Final = 660.0
"""Seconds. A step may say nothing for as long as it likes, and a gate does: the server ends each answer after ten minutes."""
_PAUSE_SECONDS: Final = 1.0


@click.command()
@click.argument("request", metavar="ID", type=REQUEST)
@click.option("--step", help="One step only: look, terraform, …")
@click.option("-f", "--follow", is_flag=True, help="Go on until the request has ended.")
@connected
@click.pass_obj
def logs(session: Session, *, request: str, step: str | None, follow: bool) -> None:
    """Print what a request's steps printed. With --json, one JSON string per line."""
    told = _printed(session, request, step, follow=follow, after=0)
    while follow and not session.client.read(f"/v1/requests/{request}")["finished_at"]:
        time.sleep(_PAUSE_SECONDS)
        told = _printed(session, request, step, follow=follow, after=told)


def _printed(session: Session, request: str, step: str | None, *, follow: bool, after: int) -> int:
    """How many lines there are by now; each answer begins with the first, and those up to `after` are printed already."""
    params = {"step": step, "follow": "true" if follow else None}
    number = 0
    try:
        with session.client.stream(f"/v1/requests/{request}/logs", params=params, silence=_SILENCE) as answer:
            for number, line in enumerate(answer.iter_lines(), start=1):
                if number > after:
                    click.echo(json.dumps(line, ensure_ascii=False) if session.json else line)
    except httpx2.TransportError as error:
        if not follow:  # else the request is asked for next, and then on from here
            raise session.client.unreachable(error) from error
    return max(number, after)
