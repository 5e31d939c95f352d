"""`idp token`."""

import sys
from datetime import timedelta
from pathlib import Path

import click

from idp.cli import tokens
from idp.cli.session import Session, connected


@click.command()
@click.argument("user", required=False)
@click.option("--team", "teams", multiple=True, help="A team the user is a member of; repeat it for more.")
@click.option("--role", "roles", multiple=True, help="approver decides, operator sees all; repeat it for more.")
@click.option(
    "--hours", type=click.FloatRange(min=0, max=24 * 30), default=12, show_default=True, help="How long it holds."
)
@click.option(
    "--data", type=click.Path(path_type=Path), help="The server's data folder.  [env: IDP_DATA; default: .idp]"
)
@click.option("--save", is_flag=True, help="Keep it for the server of --url; without USER, the token that stdin holds.")
@connected
@click.pass_obj
def token(
    session: Session,
    *,
    user: str | None,
    teams: tuple[str, ...],
    roles: tuple[str, ...],
    hours: float,
    data: Path | None,
    save: bool,
) -> None:
    """Sign a token for USER, good for an embedded server on this machine.

    Who can read the server's data folder can be anybody; such a server only listens on loopback.
    """
    if user is None and not save:
        message = "Name the USER; with --save alone, a token is read from stdin."
        raise click.UsageError(message)
    text = sys.stdin.read().strip() if user is None else signed(data, user, teams, roles, timedelta(hours=hours))
    kept = tokens.save(session.url, text) if save else None
    if session.json:
        session.answer({"token": text, "saved": str(kept) if kept else None, "url": session.url})
    elif kept:
        click.echo(f"Saved for {session.url} in {kept}.", err=True)
    else:
        click.echo(text)


def signed(data: Path | None, user: str, teams: tuple[str, ...], roles: tuple[str, ...], lifetime: timedelta) -> str:
    """A token of the embedded server's own issuer."""
    from idp.access import issuer  # noqa: PLC0415 - joserfc takes 0.4 s to load
    from idp.settings import ServerSettings  # noqa: PLC0415 - as in idp.cli.session

    folder = data or ServerSettings().data
    return issuer.token(folder, user, teams=teams, roles=roles, lifetime=lifetime)
