"""A real API of one endpoint, and runs in folders of their own."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.runner.permits import Permits
from tests.runner.steps import Run


@pytest.fixture
def permits() -> Iterator[Permits]:
    """An HTTP server that gives permits, unless told otherwise."""
    with Permits() as server:
        yield server


@pytest.fixture
def run(tmp_path: Path, permits: Permits) -> Callable[..., Run]:
    """`run(capability, **request)`: a run on a sandbox of its own; all runs of a test share it."""

    def made(capability: str, **request: Any) -> Run:
        folder = tmp_path / f"run-{len(list(tmp_path.glob('run-*')))}"
        folder.mkdir()
        body = {"team": "payments", "name": "checkout", **request}
        return Run(folder, tmp_path / "cloud", capability, body, api=permits.url)

    return made
