"""The ledger that the settings name."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from idp.errors import DefinitionError
from idp.ledger.protocol import Ledger
from idp.ledger.sqlite import SqliteLedger
from idp.settings import SignIn


@asynccontextmanager
async def opened(
    data: Path, url: str | None, *, sign_in: SignIn = "password", around: Mapping[str, str] | None = None
) -> AsyncIterator[Ledger]:
    """PostgreSQL where `url` names one, else SQLite in the folder `data`. Raises DefinitionError, LedgerUnavailableError.

    `sign_in` says what PostgreSQL is shown: the URL's password, or tokens of the identity that the environment `around` tells of.
    """
    ledger = SqliteLedger(data / "ledger.db") if url is None else _postgresql(url, sign_in, around or {})
    await ledger.open()
    try:
        yield ledger
    finally:
        await ledger.close()


def _postgresql(url: str, sign_in: SignIn, around: Mapping[str, str]) -> Ledger:
    if not url.startswith(("postgresql://", "postgres://")):
        message = (
            "IDP_LEDGER_URL is no postgresql://user:password@host:port/database. Correct it, or unset it for SQLite."
        )
        raise DefinitionError(message)
    try:
        from idp.ledger.postgresql import PostgresqlLedger, entra  # noqa: PLC0415 - an extra: embedded needs no driver
    except ModuleNotFoundError as error:
        message = f"IDP_LEDGER_URL names PostgreSQL, and {error.name} is not installed. Install idp[cluster]."
        raise DefinitionError(message) from error
    if sign_in == "password":
        return PostgresqlLedger(url)
    _refuse_what_weakens_tokens(url)
    return PostgresqlLedger(url, password=entra.AccessTokens(entra.identity(around)))


def _refuse_what_weakens_tokens(url: str) -> None:
    """A token is as good as a password to whoever reads it: it goes to the server that its certificate names, and to nobody else."""
    parts = urlsplit(url)
    mode = dict(parse_qsl(parts.query)).get("sslmode", "verify-full")
    if parts.password or not parts.username or mode != "verify-full":
        message = (
            "IDP_LEDGER_SIGN_IN=azure takes an IDP_LEDGER_URL with a user (the identity's name), without a password and with no other"
            " sslmode than verify-full. Correct one of the two."
        )
        raise DefinitionError(message)
