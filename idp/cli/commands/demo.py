"""`idp demo`."""

import shutil
import tempfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Final

import click
from rich.console import Console

from idp.cli.client import Client
from idp.cli.commands.token import signed
from idp.cli.documents import Document, documents
from idp.cli.errors import CliError
from idp.cli.output import console
from idp.cli.sandbox import Sandbox
from idp.cli.server import server
from idp.cli.session import Session, json_option
from idp.cli.story import Story, cancelled, examples

FILES: Final = ("environment.yaml", "storage-in-production.yaml")
_TEAM: Final = "payments"

_GO_ON: Final = """\
Now by hand, with a server that keeps what you make:

  {idp} serve                                    # and in another terminal:
  {idp} token ada --team payments --save
  {idp} request environments --team payments --name checkout --cpu 8 --wait
  {idp} list
  {idp} delete environments/payments/checkout --wait

Every API call can be tried at http://127.0.0.1:8000/docs; docs/first-steps.md goes on from here."""


@click.command()
@click.option("--keep", is_flag=True, help="Keep the folder with ledger, states and logs, also when all went well.")
@json_option
@click.pass_context
def demo(ctx: click.Context, *, keep: bool) -> None:
    """See everything once, on this machine.

    Asks, approves, shows what came of it and removes it. Starts a server with a folder of its own, which is removed at the end; nothing else is touched. Needs no cluster,
    no cloud and no Terraform of yours.
    """
    session = ctx.ensure_object(Session)
    screen = console(err=session.json)
    begun = monotonic()
    folder = Path(tempfile.mkdtemp(prefix="idp-demo-"))
    try:
        _run(folder, screen)
    except CliError as error:
        error.lines += (f"All of it is kept in {folder}: server.log, the runs, states and ledger.",)
        raise
    except KeyboardInterrupt:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    seconds = round(monotonic() - begun, 1)
    if not keep:
        shutil.rmtree(folder)
    screen.print(f"\n[bold green]── done in {seconds} s[/]\n")
    session.say(_GO_ON.format(idp=ctx.find_root().info_name))
    if session.json:
        session.answer({"seconds": seconds, "folder": str(folder) if keep else None})


def _run(folder: Path, screen: Console) -> None:
    wishes = _wishes()
    screen.print(f"Everything is kept in {folder} meanwhile.")
    with server(folder) as url:
        ada = Client(url, _signed(folder, "ada"))
        grace = Client(url, _signed(folder, "grace", "approver"))
        story = Story(console=screen, ada=ada, grace=grace, sandbox=Sandbox(folder))
        try:
            made = story.provision(wishes)
            story.show(made)
            story.remove(made)
            story.prove_empty()
        except KeyboardInterrupt:
            screen.print("Interrupted: ending what runs …")
            with suppress(CliError):
                cancelled(ada, screen)
            raise


def _wishes() -> list[Document]:
    folder = examples()
    return [one for name in FILES for one in documents((folder / name).read_text("utf-8"), name)]


def _signed(folder: Path, user: str, *roles: str) -> str:
    return signed(folder, user, (_TEAM,), roles, timedelta(hours=1))
