"""An engine on hand-written manifests."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from idp.engines.local import LocalEngine
from tests.engines.rendered import Manifest, event_source, sensor, written

Engines = Callable[..., AbstractAsyncContextManager[LocalEngine]]

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}


@pytest.fixture
def engines(tmp_path: Path) -> Engines:
    """Opens an engine on one WorkflowTemplate, `things`; a second time is a restart on the same folder."""

    @asynccontextmanager
    async def opened(
        template: Manifest | None = None,
        *others: Manifest,
        parallelism: int = 8,
        config_maps: Mapping[str, Mapping[str, str]] | None = None,
    ) -> AsyncIterator[LocalEngine]:
        manifests = tmp_path / "manifests"
        if template:
            names = [found["name"] for found in template["spec"]["arguments"]["parameters"]]
            written(manifests, event_source("things"), sensor("things", parameters=names), template, *others)
        engine = LocalEngine(
            manifests,
            tmp_path / "data",
            config_maps=config_maps or {},
            image_environment=ENVIRONMENT,
            parallelism=parallelism,
        )
        await engine.start()
        try:
            yield engine
        finally:
            await engine.close()

    return opened
