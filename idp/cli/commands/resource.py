"""`idp resource unlock`, `forget` and `adopt`: an operator mends the record on the day on which it is wrong."""

from collections.abc import Callable
from typing import Any, TextIO

import click

from idp.cli import output
from idp.cli.documents import Document, documents
from idp.cli.errors import DocumentError
from idp.cli.progress import title
from idp.cli.session import Session, connected
from idp.cli.targets import RESOURCE


def _mending(command: Callable[..., None]) -> Callable[..., None]:
    """What all three take."""
    for parameter in (
        click.option("--reason", required=True, help="Why; kept in the history."),
        click.argument("resource", metavar="CAPABILITY/TEAM/NAME", type=RESOURCE),
    ):
        command = parameter(command)
    return command


@click.group()
def resource() -> None:
    """Mend what the record says of a resource. The world stays as it is; the role operator is needed."""


@resource.command(short_help="End its open request, which is stuck.")
@_mending
@connected
@click.pass_obj
def unlock(session: Session, *, resource: str, reason: str) -> None:
    """End the open request of a resource: its run has ended, or is gone."""
    found = session.client.act(f"/v1/{resource}/unlock", {"reason": reason})
    if session.json:
        session.answer(found)
    else:
        click.echo(f"{title(found)}: {found['phase']}. {found['message']}")


@resource.command(short_help="Remove its record, and nothing else.")
@_mending
@connected
@click.pass_obj
def forget(session: Session, *, resource: str, reason: str) -> None:
    """Remove the record of a resource and nothing else; says what is left out there."""
    found = session.client.act(f"/v1/{resource}/forget", {"reason": reason})
    if session.json:
        session.answer(found)
        return
    click.echo(f"{resource}: forgotten. Left out there, to be removed by hand or adopted again:")
    click.echo(f"  Terraform state {found['state_key']}")
    if found["outputs"]:
        output.console().print(output.outputs(found))


@resource.command(short_help="Record one that is out there.")
@_mending
@click.option(
    "-f",
    "--file",
    type=click.File(encoding="utf-8"),
    required=True,
    help="What it was made from: `capability:` and `spec:`; - is stdin.",
)
@connected
@click.pass_obj
def adopt(session: Session, *, resource: str, reason: str, file: TextIO) -> None:
    """Record a resource that is out there as ready, so that it can be inspected, changed and removed."""
    document = _one(file, resource)
    found: dict[str, Any] = session.client.act(f"/v1/{resource}/adopt", {"reason": reason, "spec": document.spec})
    if session.json:
        session.answer(found)
    else:
        click.echo(f"{resource}: {found['status']}, as if it had been made from this. Inspect it: is it so?")


def _one(file: TextIO, resource: str) -> Document:
    """The file's one document, which is about this resource. Raises DocumentError."""
    source = str(getattr(file, "name", "stdin"))
    found = documents(file.read(), source)
    about = [
        "/".join([each.capability, *(str(each.spec.get(part, "")) for part in ("team", "name"))]) for each in found
    ]
    if about != [resource]:
        message = f"{source} is about {', '.join(about)}, not about {resource} alone; nothing was adopted."
        raise DocumentError(message)
    return found[0]
