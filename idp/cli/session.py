"""What one invocation knows: which server, which caller, and whether a person or a program reads the answer."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from idp.cli.client import Client
    from idp.settings import ClientSettings

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass
class Session:
    """Options first, then the environment, then what `idp token --save` stored.

    The imports inside functions keep `idp --help` fast: httpx2 alone takes 0.3 s to load, pydantic 0.5 s.
    """

    options: dict[str, Any] = field(default_factory=dict)

    @property
    def json(self) -> bool:
        """Whether stdout is for a program."""
        return bool(self.options.get("json"))

    @cached_property
    def url(self) -> str:
        """The API's address."""
        return str(self.options.get("url") or self._settings.url).rstrip("/")

    @cached_property
    def token(self) -> str | None:
        """The bearer token, if there is one for this server."""
        from idp.cli import tokens  # noqa: PLC0415 - see above

        return self.options.get("token") or self._settings.token or tokens.saved(self.url)

    @cached_property
    def client(self) -> "Client":
        """The server that was named."""
        from idp.cli.client import Client  # noqa: PLC0415 - see above

        return Client(self.url, self.token)

    @cached_property
    def openapi(self) -> dict[str, Any]:
        """The server's description of itself."""
        document: dict[str, Any] = self.client.read("/openapi.json")
        return document

    def close(self) -> None:
        """Leave no connection open, also not one that is still being read."""
        if "client" in self.__dict__:
            self.client.close()

    def say(self, text: str) -> None:
        """A line for a person: on stdout, or beside the machine's answer on stderr."""
        click.echo(text, err=self.json)

    def answer(self, value: Any) -> None:
        """The machine's answer, one JSON document on stdout."""
        click.echo(json.dumps(value, indent=2 if sys.stdout.isatty() else None, ensure_ascii=False))

    @cached_property
    def _settings(self) -> "ClientSettings":
        from idp.settings import ClientSettings  # noqa: PLC0415 - see above

        return ClientSettings()


def json_option(command: Command) -> Command:
    """`--json`, here and before the command's name alike."""
    return click.option("--json", is_flag=True, **_kept("Answer in JSON on stdout, everything else on stderr."))(
        command
    )


def connected(command: Command) -> Command:
    """`--url`, `--token` and `--json`, here and before the command's name alike."""
    for option in (
        json_option,
        click.option("--token", metavar="TOKEN", **_kept("Bearer token.  [env: IDP_TOKEN]")),
        click.option("--url", metavar="URL", **_kept("The server.  [env: IDP_URL; default: http://127.0.0.1:8000]")),
    ):
        command = option(command)
    return command


def _kept(text: str) -> dict[str, Any]:
    return {"help": text, "expose_value": False, "callback": _keep}


def _keep(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    if value and param.name:
        ctx.ensure_object(Session).options[param.name] = value
