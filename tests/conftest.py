"""What every test may use."""

import pytest
from hypothesis import settings

# How long an example takes says more about the machine than about us: nothing here is judged by time.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Asynchronous tests (`pytest.mark.anyio`) run on asyncio, as the server does."""
    return "asyncio"
