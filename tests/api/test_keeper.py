"""Keys over HTTP, from an issuer that really listens."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from joserfc.jwk import ECKey

from idp.api.identity import Identity
from idp.api.keeper import IssuerError, JwksKeeper
from idp.errors import UnauthenticatedError
from tests.api.issuing import Issuer

pytestmark = pytest.mark.anyio


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with Issuer().listening() as listening:
        yield listening


@asynccontextmanager
async def kept(keeper: JwksKeeper) -> AsyncIterator[None]:
    """Its loop runs."""
    running = asyncio.create_task(keeper.run())
    try:
        yield
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def until_known(keeper: JwksKeeper) -> None:
    async with asyncio.timeout(20):
        while True:
            with suppress(IssuerError):
                keeper.current()
                return
            await asyncio.sleep(0.01)


async def test_keys_are_found_by_discovery_in_the_background(issuer: Issuer) -> None:
    keeper = JwksKeeper(issuer.url)
    with pytest.raises(IssuerError, match="not known yet"):
        keeper.current()

    async with kept(keeper):
        await until_known(keeper)

        assert (await Identity(keeper, audience="idp").of(issuer.token())).caller.name == "ada"


async def test_a_new_key_is_fetched_when_a_token_names_it_but_once_a_minute(issuer: Issuer) -> None:
    times = [0.0]
    keeper = JwksKeeper(issuer.url, clock=lambda: times[-1])
    identity = Identity(keeper, audience="idp")
    assert await keeper.refetched()
    issuer.key = ECKey.generate_key("P-256", auto_kid=True)

    with pytest.raises(UnauthenticatedError, match="does not publish"):
        await identity.of(issuer.token())
    times.append(60.0)
    held = await asyncio.gather(*(identity.of(issuer.token(jti=str(number))) for number in range(5)))

    assert {each.caller.name for each in held} == {"ada"}
    assert issuer.asked == 2


async def test_the_last_good_keys_stay_while_the_issuer_is_away(issuer: Issuer) -> None:
    times = [0.0]
    keeper = JwksKeeper(issuer.url, clock=lambda: times[-1])
    assert await keeper.refetched()
    issuer.status = 500
    times.append(100.0)

    assert not await keeper.refetched()
    assert (await Identity(keeper, audience="idp").of(issuer.token())).caller.name == "ada"


async def test_an_issuer_that_comes_late_is_found_in_the_end(issuer: Issuer) -> None:
    issuer.status = 500
    keeper = JwksKeeper(issuer.url)
    async with kept(keeper):
        await asyncio.sleep(0.1)
        issuer.status = 200
        await until_known(keeper)


async def test_a_slash_at_the_end_of_the_name_is_the_issuers_to_choose(issuer: Issuer) -> None:
    issuer.named = f"{issuer.url}/"
    keeper = JwksKeeper(issuer.url)
    await keeper.refetched()

    assert (await Identity(keeper, audience="idp").of(issuer.token())).caller.name == "ada"


@pytest.mark.parametrize("case", ["another name", "no keys", "nonsense", "a list"])
async def test_an_issuer_that_gives_nonsense_gives_no_keys(issuer: Issuer, case: str) -> None:
    issuer.named = "https://other.example" if case == "another name" else None
    issuer.keys = {"no keys": {"keys": []}, "nonsense": "x", "a list": []}.get(case)
    keeper = JwksKeeper(issuer.url)

    assert not await keeper.refetched()
    with pytest.raises(IssuerError):
        keeper.current()
