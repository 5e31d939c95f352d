"""`idp render` is `python -m idp.render`."""

import click


@click.command(
    add_help_option=False, context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False}
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def render(ctx: click.Context, arguments: tuple[str, ...]) -> None:
    """Write the manifests of a catalogue, or --check that they are fresh."""
    from idp.render.program import main  # noqa: PLC0415 - rendering loads Hera: a second that no other command shall pay

    ctx.exit(main(list(arguments)))
