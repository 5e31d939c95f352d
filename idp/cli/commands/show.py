"""`idp show`."""

import click

from idp.cli.filing import settle
from idp.cli.output import console, request_page, resource_page, steps
from idp.cli.session import Session, connected
from idp.cli.targets import TARGET


@click.command()
@click.argument("target", metavar="ID|CAPABILITY/TEAM/NAME", type=TARGET)
@click.option("--wait", is_flag=True, help="Watch the request until it has ended.")
@click.option("--timeout", type=click.FloatRange(min=0), metavar="SECONDS", help="With --wait: at most so long.")
@connected
@click.pass_obj
def show(session: Session, *, target: str, wait: bool, timeout: float | None) -> None:
    """Show a request (its plan, decisions and outputs) or a resource."""
    if wait and "/" in target:
        message = "--wait is for requests; give a request's id."
        raise click.UsageError(message)
    found = session.client.read(f"/v1/{target}" if "/" in target else f"/v1/requests/{target}")
    if wait:
        settle(session, [found], wait=True, timeout=timeout)
    elif session.json:
        session.answer(found)
    elif "/" in target:
        console().print(resource_page(found))
    else:
        console().print(request_page(found))
        if "ui" in found["links"]:
            console().print(steps(session.client.items(found["links"]["history"])))
