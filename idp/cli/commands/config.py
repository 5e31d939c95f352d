"""`idp config`: settings of an application, by number."""

from typing import Any

import click

from idp.cli.applications import about_a_placement, environment_of, filed, filing, placement_of, read
from idp.cli.client import Json
from idp.cli.filing import settle
from idp.cli.options import Pair
from idp.cli.output import console, page, table
from idp.cli.session import Session, connected


@click.group()
def config() -> None:
    """Settings of an application: set, show, history, rollback.

    They belong to an environment, are numbered, and are rolled out like a version.
    """


@config.command("set")
@about_a_placement
@click.argument("settings", metavar="[NAME=VALUE]...", nargs=-1, type=Pair())
@click.option("--secret", "secrets", metavar="NAME=SECRET/KEY", multiple=True, type=Pair(), help="Where a value lies.")
@click.option("--remove", metavar="NAME", multiple=True, help="A setting that shall be no more.")
@connected
@filing
@click.pass_obj
def set_(
    session: Session,
    /,
    *,
    application: str,
    environment: str | None,
    settings: tuple[tuple[str, str], ...],
    secrets: tuple[tuple[str, str], ...],
    remove: tuple[str, ...],
    key: str | None,
    **waiting: Any,
) -> None:
    """Change settings; those not named stay as they are."""
    found = read(session, application)
    where = environment_of(found, environment)
    changes = {"settings": dict(settings), "secrets": dict(secrets), "remove": list(remove)}
    if not any(changes.values()):
        message = "Nothing to set: write NAME=VALUE, --secret or --remove."
        raise click.UsageError(message)
    settle(session, [filed(session, "settings", found, where, key, **changes)], **waiting)


@config.command()
@about_a_placement
@connected
@click.pass_obj
def show(session: Session, *, application: str, environment: str | None) -> None:
    """Show the settings that serve."""
    found = read(session, application)
    placed = placement_of(found, environment_of(found, environment))
    settings = placed["settings"] or {"number": 0, "values": {}, "secrets": {}}
    if session.json:
        session.answer(settings)
    else:
        console().print(page(settings))


@config.command()
@about_a_placement
@connected
@click.pass_obj
def history(session: Session, *, application: str, environment: str | None) -> None:
    """List what was set, the newest first."""
    found = read(session, application)
    where = environment_of(found, environment)
    asked = [one for one in session.client.items("/v1/settings", {"team": found["team"]}) if _is_of(one, found, where)]
    if session.json:
        session.answer(asked)
        return
    rows = (
        (_number(one), one["phase"], one["requester"], one["created_at"], _changes(one), one["id"]) for one in asked
    )
    console().print(table(("NUMBER", "PHASE", "BY", "CREATED", "CHANGES", "REQUEST"), rows))


@config.command()
@about_a_placement
@click.argument("number", type=click.IntRange(min=1))
@connected
@filing
@click.pass_obj
def rollback(
    session: Session, /, *, application: str, environment: str | None, number: int, key: str | None, **waiting: Any
) -> None:
    """Take up the settings that had this NUMBER; they get a new one."""
    found = read(session, application)
    where = environment_of(found, environment)
    settle(session, [filed(session, "settings", found, where, key, back_to=number)], **waiting)


def _is_of(request: Json, found: Json, environment: str) -> bool:
    return (request["name"], request["spec"]["environment"]) == (found["name"], environment)


def _number(request: Json) -> object:
    return ((request["outputs"] or {}).get("settings") or {}).get("number")


def _changes(request: Json) -> str:
    spec = request["spec"]
    back = [f"back to {spec['back_to']}"] if spec["back_to"] else []
    gone = [f"-{name}" for name in spec["remove"]]
    return " ".join(
        [*back, *(f"{name}={value}" for name, value in {**spec["settings"], **spec["secrets"]}.items()), *gone]
    )
