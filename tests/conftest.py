"""What every test may use."""

import importlib.util
from shutil import which

import pytest
from hypothesis import settings

# How long an example takes says more about the machine than about us: nothing here is judged by time.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


def pytest_report_header(config: pytest.Config) -> str:
    """Say where tests run that need more than the others: a stand-in for Azure's providers, a whole platform and git, or time."""
    ignored = [str(path) for path in config.getoption("ignore") or ()]
    needs = {
        "platform": ("infra", importlib.util.find_spec("pyvider")),
        "applications": ("applications", which("git")),
        "wiring": ("manifests", "anywhere"),
    }
    return "; ".join(
        f"tests/{folder}: {'with the others' if found else f'not here, by `./run nox -s {session}`'}"
        for folder, (session, there) in needs.items()
        for found in (there is not None and not any(f"tests/{folder}" in path for path in ignored),)
    )


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Asynchronous tests (`pytest.mark.anyio`) run on asyncio, as the server does."""
    return "asyncio"
