"""`idp delete`, `idp inspect`, `idp extend` and `idp cancel`: what may be done to something that is there."""

from collections.abc import Callable
from typing import Any

import click

from idp.cli import output
from idp.cli.filing import settle, wait_options
from idp.cli.progress import title
from idp.cli.session import Session, connected
from idp.cli.targets import REQUEST, RESOURCE


def _filing(command: Callable[..., None]) -> Callable[..., None]:
    """The options of every command that files a request about a resource."""
    for option in wait_options():
        command.__dict__.setdefault("__click_params__", []).append(option)
    return command


@click.command()
@click.argument("resource", metavar="CAPABILITY/TEAM/NAME", type=RESOURCE)
@click.option("--explain", is_flag=True, help="Only say what would happen and who must agree.")
@connected
@_filing
@click.pass_obj
def delete(session: Session, /, *, resource: str, explain: bool, key: str | None, **waiting: Any) -> None:
    """Remove a resource: everything that was made for it."""
    if not explain:
        settle(session, [session.client.file("DELETE", f"/v1/{resource}", key=key)], **waiting)
        return
    found = session.client.explain("DELETE", f"/v1/{resource}")
    if session.json:
        session.answer(found)
    else:
        output.console().print(output.explanation(found))


@click.command()
@click.argument("resource", metavar="CAPABILITY/TEAM/NAME", type=RESOURCE)
@connected
@_filing
@click.pass_obj
def inspect(session: Session, /, *, resource: str, key: str | None, **waiting: Any) -> None:
    """Compare a resource with what was asked for; changes nothing."""
    settle(session, [session.client.file("POST", f"/v1/{resource}/inspect", key=key)], **waiting)


@click.command()
@click.argument("resource", metavar="CAPABILITY/TEAM/NAME", type=RESOURCE)
@click.option("--days", type=click.IntRange(min=1), required=True, help="How long it shall live from now on.")
@connected
@click.pass_obj
def extend(session: Session, *, resource: str, days: int) -> None:
    """Let a resource live longer."""
    found = session.client.act(f"/v1/{resource}/extend", {"lifetime_days": days})
    if session.json:
        session.answer(found)
    else:
        click.echo(f"{resource}: lives until {found['expires_at']}.")


@click.command()
@click.argument("request", metavar="ID", type=REQUEST)
@connected
@click.pass_obj
def cancel(session: Session, *, request: str) -> None:
    """End an open request; a step that runs is stopped."""
    found = session.client.act(f"/v1/requests/{request}/cancel")
    if session.json:
        session.answer(found)
    else:
        click.echo(f"{title(found)}: {found['phase']}.")
