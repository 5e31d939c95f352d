"""`idp capabilities`."""

import click

from idp.cli.openapi import offers
from idp.cli.output import capability_table, console
from idp.cli.session import Session, connected


@click.command()
@connected
@click.pass_obj
def capabilities(session: Session) -> None:
    """List what the platform can do for a team."""
    if session.json:
        session.answer(session.openapi["x-idp-capabilities"] if offers(session.openapi) else [])
    else:
        console().print(capability_table(offers(session.openapi)))
