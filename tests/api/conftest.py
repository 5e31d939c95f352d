"""An empty server and callers."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest
import structlog

from idp.api import logs
from tests.api.platform import Platform, platform


@pytest.fixture(autouse=True)
def logged_as_in_production() -> Iterator[None]:
    """Structlog's default draws tracebacks, which takes seconds."""
    logs.configure("info")
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the issuer's key."""
    return tmp_path_factory.mktemp("keys")


@pytest.fixture
async def idp(tmp_path: Path, keys: Path) -> AsyncIterator[Platform]:
    async with platform(tmp_path, keys=keys) as opened:
        yield opened


@pytest.fixture
async def ada(idp: Platform) -> AsyncIterator[httpx2.AsyncClient]:
    """A member of team payments."""
    async with idp.client() as client:
        yield client


@pytest.fixture
async def carol(idp: Platform) -> AsyncIterator[httpx2.AsyncClient]:
    """An approver of no team."""
    async with idp.client("carol", teams=(), roles=("approver",)) as client:
        yield client


@pytest.fixture
async def eve(idp: Platform) -> AsyncIterator[httpx2.AsyncClient]:
    """A member of another team."""
    async with idp.client("eve", teams=("shop",)) as client:
        yield client
