"""The program: its commands in one list, each loaded when it is used, and every ending as an exit code."""

import os
import sys
from importlib import import_module
from typing import Any, Final

import click

from idp.cli.errors import EXIT_CODES, INTERRUPTED, CliError, DocumentError
from idp.cli.session import Session, connected
from idp.errors import IdpError, RefusedError

COMMANDS: Final = {
    "serve": ("serve:serve", "Serve the API with the embedded engine, or with Argo."),
    "demo": ("demo:demo", "See everything once, on this machine."),
    "token": ("token:token", "Sign a token for USER, good for an embedded server on this machine."),
    "capabilities": ("capabilities:capabilities", "List what the platform can do for a team."),
    "request": ("request:request", "Ask for something."),
    "explain": ("request:explain", "Say what a request would do, and who must agree, without filing it."),
    "deploy": ("deploy:deploy", "Build a version of an application, if need be, and serve it."),
    "rollback": ("deploy:rollback", "Serve what an application served before."),
    "config": ("config:config", "Settings of an application: set, show, history, rollback."),
    "list": ("list:list_", "List resources, or requests."),
    "show": ("show:show", "Show a request (its plan, decisions and outputs) or a resource."),
    "logs": ("logs:logs", "Print what a request's steps printed."),
    "approve": ("decide:approve", "Show a request's plan and agree to exactly that plan."),
    "reject": ("decide:reject", "Decide against a request; it ends, and nothing changes."),
    "cancel": ("change:cancel", "End an open request; a step that runs is stopped."),
    "inspect": ("change:inspect", "Compare a resource with what was asked for; changes nothing."),
    "extend": ("change:extend", "Let a resource live longer."),
    "delete": ("change:delete", "Remove a resource: everything that was made for it."),
    "resource": ("resource:resource", "Mend what the record says of a resource."),
    "hook": ("hook:hook", "Say what a git server needs to tell of pushes."),
    "render": ("render:render", "Write the manifests of a catalogue, or --check that they are fresh."),
}
"""In the order of use: module and value under idp.cli.commands, and what `idp --help` says without loading either."""

_EPILOG: Final = "\b\nExit codes:\n" + "\n".join(f"  {code:<4} {meaning}" for code, meaning in EXIT_CODES)


class Program(click.Group):
    """Commands by name, imported one by one: a command's imports are its own cost."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """In the order of use."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's signature
        """Imported now."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(import_module(f"idp.cli.commands.{module}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's signature
        """From the list, without loading them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, summary) for name, (_, summary) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """With --json, an error is answered on stdout too; what the server's parts say in this process is one as well."""
        try:
            return super().invoke(ctx)
        except IdpError as error:
            told = DocumentError(str(error)) if isinstance(error, RefusedError) else CliError(str(error))
            _answered(ctx, told)
            raise told from error
        except CliError as error:
            _answered(ctx, error)
            raise
        except BrokenPipeError:
            # The reader (`| head`, say) has what it wanted; Python would complain again when it flushes at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        finally:
            ctx.ensure_object(Session).close()


def _answered(ctx: click.Context, error: CliError) -> None:
    session = ctx.ensure_object(Session)
    if session.json:
        session.answer({"problem": error.problem()})


@click.group(cls=Program, epilog=_EPILOG, context_settings={"max_content_width": 100})
@click.version_option(package_name="idp", message="idp %(version)s")
@connected
@click.pass_context
def program(ctx: click.Context) -> None:
    """Ask the platform for what a team needs, watch it being made, decide what others asked for."""
    ctx.ensure_object(Session)


def main(arguments: list[str] | None = None) -> None:
    """Run one command and leave with its exit code."""
    # `./run` says how it was called, so that usage and next moves can be pasted.
    name = os.environ.get("IDP_PROGRAM", "idp")
    try:
        status = program.main(arguments, prog_name=name, standalone_mode=False)
    except CliError as error:
        click.echo(error.text(name), err=True)
        status = error.exit_code
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        status = INTERRUPTED
    sys.exit(status if isinstance(status, int) else 0)
