"""`idp hook`: what a git server needs to tell the platform of pushes."""

from typing import Any

import click

from idp.cli.session import Session, connected
from idp.cli.targets import APPLICATION


@click.group()
def hook() -> None:
    """Say what a git server needs to tell of pushes. To an application's repository, for members of its team."""


@hook.command(short_help="Say where it posts to; --secret shows the first secret, once.")
@click.option("--secret", is_flag=True, help="Show the secret too. That is done once: keep it.")
@click.argument("application", metavar="TEAM/NAME", type=APPLICATION)
@connected
@click.pass_obj
def show(session: Session, *, application: str, secret: bool) -> None:
    """Say where the git server posts to, and which secret of the application's repository is in use."""
    path = f"/v1/hooks/applications/{application}"
    _told(session, session.client.act(f"{path}/secret") if secret else session.client.read(path))


@hook.command(short_help="Make another secret, and show it once.")
@click.argument("application", metavar="TEAM/NAME", type=APPLICATION)
@connected
@click.pass_obj
def rotate(session: Session, *, application: str) -> None:
    """Make another secret and show it, once. The one before stays good for a day."""
    _told(session, session.client.act(f"/v1/hooks/applications/{application}/rotate"))


def _told(session: Session, found: dict[str, Any]) -> None:
    if session.json:
        session.answer(found)
        return
    click.echo(f"Repository  {found['repository']}")
    for forge, path in found["addresses"].items():
        click.echo(f"{forge:<10}  {session.client.url}{path}")
    if found["generation"] is None:
        click.echo("Secret      none yet: `idp hook show --secret` makes and shows it, once")
        return
    click.echo(f"Secret      number {found['generation']}, shown to {found['shown_by']} at {found['shown_at']}")
    if "secret" in found:
        click.echo(f"            {found['secret']}")
        click.echo("Content type JSON; events: pushes and pull requests. The secret is not shown again.")
