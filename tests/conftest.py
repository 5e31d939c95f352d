"""What every test may use."""

import importlib.util

import pytest
from hypothesis import settings

# How long an example takes says more about the machine than about us: nothing here is judged by time.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_report_header(config: pytest.Config) -> str:
    """Say where the tests of the Azure platform run, as they need more than the others: a stand-in for Azure's providers."""
    left_out = any("tests/platform" in str(path) for path in config.getoption("ignore") or ())
    here = importlib.util.find_spec("pyvider") is not None and not left_out
    return f"tests/platform: {'with the others' if here else 'not here, by `./run nox -s infra`'}"


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Asynchronous tests (`pytest.mark.anyio`) run on asyncio, as the server does."""
    return "asyncio"
