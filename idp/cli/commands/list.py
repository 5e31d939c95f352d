"""`idp list`."""

from typing import Any

import click

from idp.cli.errors import DocumentError
from idp.cli.openapi import offers
from idp.cli.output import console, request_table, resource_table
from idp.cli.session import Session, connected


@click.command("list")
@click.argument("what", metavar="[CAPABILITY|requests]", required=False)
@click.option("--team", help="Of this team only.")
@click.option("--phase", help="Requests in this phase only.")
@click.option("--awaiting-me", is_flag=True, help="Requests that wait for my decision.")
@connected
@click.pass_obj
def list_(session: Session, *, what: str | None, team: str | None, phase: str | None, awaiting_me: bool) -> None:
    """List resources, or requests.

    Without an argument the resources of every capability; `requests` come newest first.
    """
    if what != "requests" and (phase or awaiting_me):
        message = "--phase and --awaiting-me are about requests: `list requests`."
        raise click.UsageError(message)
    if what == "requests":
        params = {"team": team, "phase": phase, "awaiting": "me" if awaiting_me else None}
        items, table = list(session.client.items("/v1/requests", params)), request_table
    else:
        items, table = _of_capabilities(session, what, team)
    if session.json:
        session.answer(items)
    else:
        console().print(table(items))


def _of_capabilities(session: Session, what: str | None, team: str | None) -> tuple[list[Any], Any]:
    every = {one.name: one for one in offers(session.openapi)}
    if what and what not in every:
        message = f"The server has no capability {what!r}; it has {', '.join(every)}, and `requests`."
        raise DocumentError(message)
    if what and every[what].kind == "action":
        return list(session.client.items(f"/v1/{what}", {"team": team})), request_table
    names = [what] if what else [name for name, one in every.items() if one.kind == "resource"]
    return [item for name in names for item in session.client.items(f"/v1/{name}", {"team": team})], resource_table
