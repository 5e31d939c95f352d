"""`idp deploy` and `idp rollback`."""

from typing import Any

import click

from idp.cli.applications import about_a_placement, environment_of, filed, filing, placement_of, read
from idp.cli.client import Json
from idp.cli.errors import DocumentError
from idp.cli.filing import settle
from idp.cli.session import Session, connected


@click.command()
@about_a_placement
@click.option(
    "--version", metavar="VERSION", help="A branch, a tag, a commit or an image's digest; else its branch there."
)
@connected
@filing
@click.pass_obj
def deploy(
    session: Session,
    /,
    *,
    application: str,
    environment: str | None,
    version: str | None,
    key: str | None,
    **waiting: Any,
) -> None:
    """Build a version of an application, if need be, and serve it."""
    found = read(session, application)
    where = environment_of(found, environment)
    settle(
        session, [filed(session, "deployments", found, where, key, version=version or _branch(found, where))], **waiting
    )


@click.command()
@about_a_placement
@click.option("--to", "digest", metavar="DIGEST", help="This image, and not the one that served before.")
@connected
@filing
@click.pass_obj
def rollback(
    session: Session,
    /,
    *,
    application: str,
    environment: str | None,
    digest: str | None,
    key: str | None,
    **waiting: Any,
) -> None:
    """Serve what an application served before. What was approved for that environment needs no approval to go back."""
    found = read(session, application)
    where = environment_of(found, environment)
    digest = digest or _before(session, found, where)
    settle(session, [filed(session, "deployments", found, where, key, version=digest)], **waiting)


def _branch(found: Json, environment: str) -> str:
    for each in found["spec"]["placements"]:
        if each["environment"] == environment and each["branch"]:
            return str(each["branch"])
    message = f"No branch is deployed to {environment} by itself."
    raise DocumentError(message, move="Say what to deploy with --version.")


def _before(session: Session, found: Json, environment: str) -> str:
    """The digest of the newest deployment that served another image than what serves now."""
    now = placement_of(found, environment)["digest"]
    for request in session.client.items("/v1/deployments", {"team": found["team"]}):
        outputs = request["outputs"] or {}
        same = (request["name"], request["spec"]["environment"]) == (found["name"], environment)
        if same and request["phase"] == "succeeded" and outputs.get("digest") not in (None, now):
            return str(outputs["digest"])
    message = f"{found['team']}/{found['name']} served nothing else in {environment} before."
    raise DocumentError(message, move="Say what to deploy with `idp deploy --version`.")
