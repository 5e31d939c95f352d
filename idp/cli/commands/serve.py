"""`idp serve`."""

import asyncio
import json
from pathlib import Path
from typing import Any

import click
from pydantic import ValidationError

from idp.cli.session import Session, json_option
from idp.settings import ServerSettings


@click.command()
@click.option("--engine", type=click.Choice(["local", "argo"]), help=ServerSettings.model_fields["engine"].description)
@click.option("--host", help=ServerSettings.model_fields["host"].description)
@click.option("--port", type=click.IntRange(0, 65535), help="Port to listen on; 0 picks a free one.  [default: 8000]")
@click.option("--data", type=click.Path(path_type=Path), help=ServerSettings.model_fields["data"].description)
@click.option("--catalog", metavar="MODULE:NAME", help="The Catalog to serve.")
@click.option("--manifests", type=click.Path(path_type=Path), help=ServerSettings.model_fields["manifests"].description)
@click.option("--infra", type=click.Path(path_type=Path), help=ServerSettings.model_fields["infra"].description)
@click.option("--parallelism", type=int, help=ServerSettings.model_fields["parallelism"].description)
@click.option(
    "--log-level", type=click.Choice(["debug", "info", "warning", "error"]), help="What is logged, on stderr."
)
@json_option
@click.pass_obj
def serve(session: Session, /, **given: Any) -> None:
    """Serve the API with the embedded engine, or with Argo.

    The embedded engine (--engine local) needs no cluster and no cloud; stopping the server leaves running steps running, and the next one
    with the same --data takes them up. --engine argo serves a cluster. Each option is also an environment variable (IDP_PORT, IDP_DATA, …), and
    so is what the cluster's server needs beside them: see docs/reference/settings.md.
    """
    try:
        settings = ServerSettings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        raise click.UsageError(str(error)) from error

    def started(url: str) -> None:
        click.echo(json.dumps({"url": url}) if session.json else f"idp serves {url} (try it: {url}/docs)")

    asyncio.run(_server(settings)(settings, started=started))


def _server(settings: ServerSettings) -> Any:
    """The whole server; no client command needs it, and no server the other one's engine."""
    if settings.engine == "argo":
        from idp.api import cluster  # noqa: PLC0415

        return cluster.serve
    from idp.api import embedded  # noqa: PLC0415

    return embedded.serve
