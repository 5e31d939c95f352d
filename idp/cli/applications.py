"""What the commands about applications share: which application, and in which environment."""

from collections.abc import Callable
from typing import Any

import click

from idp.cli.client import Json
from idp.cli.errors import DocumentError
from idp.cli.filing import wait_options
from idp.cli.session import Session
from idp.cli.targets import APPLICATION

Command = Callable[..., None]


def about_a_placement(command: Command) -> Command:
    """The argument TEAM/NAME, and `--environment`."""
    command = click.option(
        "--environment", "-e", metavar="NAME", help="Where; may be left out if the application has one environment."
    )(command)
    return click.argument("application", metavar="TEAM/NAME", type=APPLICATION)(command)


def filing(command: Command) -> Command:
    """The options of commands that file, `--watch` among them."""
    for option in wait_options():
        if option.name == "wait":
            option.opts = ["--wait", "--watch"]
        command.__dict__.setdefault("__click_params__", []).append(option)
    return command


def read(session: Session, named: str) -> Json:
    """As the server shows it."""
    found: Json = session.client.read(f"/v1/applications/{named}")
    return found


def environment_of(found: Json, wanted: str | None) -> str:
    """The one that is meant. Raises DocumentError where that is not clear."""
    known = list(dict.fromkeys(each["environment"] for each in found["spec"]["placements"]))
    if wanted is not None:
        return wanted
    if len(known) == 1:
        return str(known[0])
    message = f"{found['team']}/{found['name']} may be deployed to {', '.join(known)}."
    raise DocumentError(message, move="Say which with --environment.")


def placement_of(found: Json, environment: str) -> Json:
    """What it is there. Raises DocumentError where nothing was ever deployed there."""
    for each in found["placements"] or ():
        if each["environment"] == environment:
            placed: Json = each
            return placed
    message = f"{found['team']}/{found['name']} was never deployed to {environment}."
    raise DocumentError(message, move=f"`idp deploy {found['team']}/{found['name']} --environment {environment}`.")


def filed(session: Session, capability: str, found: Json, environment: str, key: str | None, **more: Any) -> Json:
    """The request as it was accepted."""
    body = {"team": found["team"], "name": found["name"], "environment": environment, **more}
    return session.client.file("POST", f"/v1/{capability}", body, key=key)
