"""`idp approve` and `idp reject`."""

import sys

import click

from idp.cli.client import Json
from idp.cli.errors import DocumentError
from idp.cli.output import console, request_page
from idp.cli.progress import title
from idp.cli.session import Session, connected
from idp.cli.targets import REQUEST


@click.command()
@click.argument("request", metavar="ID", type=REQUEST)
@click.option("--comment", default="", help="Kept in the history.")
@click.option("--digest", help="Approve only the plan of this digest.")
@click.option("--yes", is_flag=True, help="Do not ask after showing the plan.")
@connected
@click.pass_obj
def approve(session: Session, *, request: str, comment: str, digest: str | None, yes: bool) -> None:
    """Show a request's plan and agree to exactly that plan."""
    found = session.client.read(f"/v1/requests/{request}")
    console(err=True).print(request_page(found))
    seen = found["approval"]["digest"] or (found["plan"] or {}).get("digest")
    if digest and digest != seen:
        message = f"The plan's digest is {seen or 'not known yet'}, not {digest}; nothing was approved."
        raise DocumentError(message, move=f"Look at it: `idp show {request}`.")
    if not (yes or digest):
        _asked()
    _decide(session, found, {"verdict": "approve", "digest": seen or "", "comment": comment})


@click.command()
@click.argument("request", metavar="ID", type=REQUEST)
@click.option("--comment", required=True, help="Why; the requester will read it.")
@connected
@click.pass_obj
def reject(session: Session, *, request: str, comment: str) -> None:
    """Decide against a request; it ends, and nothing changes."""
    found = session.client.read(f"/v1/requests/{request}")
    _decide(session, found, {"verdict": "reject", "digest": found["approval"]["digest"] or "", "comment": comment})


def _asked() -> None:
    if not sys.stdin.isatty():
        message = "Nobody is there to ask; give --yes, or --digest with the digest of the plan you mean."
        raise click.UsageError(message)
    click.confirm("Approve this plan?", abort=True, err=True)


def _decide(session: Session, request: Json, decision: Json) -> None:
    answer = session.client.act(f"/v1/requests/{request['id']}/approval", decision)
    if session.json:
        session.answer(answer)
    else:
        click.echo(f"{title(request)}: {'approved' if decision['verdict'] == 'approve' else 'rejected'}.")
