"""`idp request` and `idp explain`: one subcommand per capability of the server, its options made from the schema."""

from collections.abc import Callable, Sequence
from typing import Any, TextIO

import click

from idp.cli.documents import Document, documents
from idp.cli.errors import CliError
from idp.cli.filing import Wish, explain_all, file_all, wait_options
from idp.cli.openapi import Offer, offer, offers
from idp.cli.options import options, spec
from idp.cli.session import Session, connected, json_option

Act = Callable[[Session, Sequence[Wish], dict[str, Any]], None]


class CapabilityGroup(click.Group):
    """A group whose commands the server decides."""

    act: Act
    own_options: Callable[[], list[click.Parameter]]

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the server's order; help is also given without a server, and then says so."""
        try:
            return [one.name for one in offers(ctx.ensure_object(Session).openapi)]
        except CliError as error:
            click.echo(f"(The capabilities are not known: {error.message})", err=True)
            return []

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
        """Made from the server's OpenAPI document."""
        found = offer(ctx.ensure_object(Session).openapi, cmd_name)

        def callback(**own: Any) -> None:
            # `request --wait storage …` means the same as `request storage … --wait`.
            values = own | {name: value for name, value in ctx.params.items() if value and not own.get(name)}
            wish = Wish(Document(capability=found.name, spec=spec(found, values)), change=values.get("change", False))
            self.act(ctx.ensure_object(Session), [wish], values)

        return json_option(
            click.Command(
                found.name,
                callback=callback,
                params=[*options(found), *self._own(found)],
                help=found.summary,
                short_help=found.summary,
            )
        )

    def _own(self, found: Offer) -> list[click.Parameter]:
        """There is nothing to change about what was done once."""
        return [one for one in self.own_options() if found.kind == "resource" or one.name != "change"]


def _file(session: Session, wishes: Sequence[Wish], values: dict[str, Any]) -> None:
    file_all(session, wishes, key=values["key"], wait=values["wait"], timeout=values["timeout"])


def _explain(session: Session, wishes: Sequence[Wish], _: dict[str, Any]) -> None:
    explain_all(session, wishes)


def _change_option() -> click.Option:
    return click.Option(["--change"], is_flag=True, help="Change what is there already: the spec replaces the old one.")


def _group(name: str, act: Act, own_options: Callable[[], list[click.Parameter]], text: str) -> click.Group:
    def callback(file: Sequence[TextIO], **values: Any) -> None:
        ctx = click.get_current_context()
        if file and ctx.invoked_subcommand:
            message = "Give a capability or --file, not both."
            raise click.UsageError(message)
        if file:
            wishes = [
                Wish(one, change=values["change"])
                for text in file
                for one in documents(text.read(), getattr(text, "name", "stdin"))
            ]
            act(ctx.ensure_object(Session), wishes, values)
        elif not ctx.invoked_subcommand:
            click.echo(ctx.get_help())
            ctx.exit(2)

    group = CapabilityGroup(
        name,
        callback=callback,
        invoke_without_command=True,
        help=text,
        subcommand_metavar="[CAPABILITY [OPTIONS]]",
        params=[
            click.Option(
                ["-f", "--file"],
                type=click.File(encoding="utf-8"),
                multiple=True,
                help="YAML or JSON with `capability:` and `spec:`, several documents allowed; - is stdin.",
            ),
            *own_options(),
        ],
    )
    group.act = act
    group.own_options = own_options
    return connected(group)


request = _group(
    "request",
    _file,
    lambda: [_change_option(), *wait_options()],
    "Ask for something. Either by a capability's own options, or with -f for what files say:"
    " `idp request CAPABILITY --help` lists the options.",
)
explain = _group(
    "explain",
    _explain,
    lambda: [_change_option()],
    "Say what a request would do, and who must agree, without filing it.",
)
