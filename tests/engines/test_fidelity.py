"""The table of tests/cluster/fidelity on the embedded engine; tests/cluster/fidelity runs the same on Argo."""

from pathlib import Path

import pytest

from tests.cluster.fidelity.compare import differences
from tests.cluster.fidelity.play import play
from tests.cluster.fidelity.table import Case, cases
from tests.engines.fidelity import local_stage

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("case", cases(), ids=str)
async def test_the_embedded_engine_does_as_the_table_says(case: Case, tmp_path: Path) -> None:
    async with local_stage(case, tmp_path) as stage:
        assert differences(case, await play(case, stage, f"{case.capability}-{case.number}")) == []
