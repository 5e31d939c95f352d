"""`idp logs`."""

import json

import click
import httpx2

from idp.cli.session import Session, connected
from idp.cli.targets import REQUEST


@click.command()
@click.argument("request", metavar="ID", type=REQUEST)
@click.option("--step", help="One step only: look, terraform, …")
@click.option("-f", "--follow", is_flag=True, help="Go on until the request has ended.")
@connected
@click.pass_obj
def logs(session: Session, *, request: str, step: str | None, follow: bool) -> None:
    """Print what a request's steps printed. With --json, one JSON string per line."""
    params = {"step": step, "follow": "true" if follow else None}
    try:
        with session.client.stream(f"/v1/requests/{request}/logs", params=params) as answer:
            for line in answer.iter_lines():
                click.echo(json.dumps(line, ensure_ascii=False) if session.json else line)
    except httpx2.TransportError as error:
        raise session.client.unreachable(error) from error
