"""The table on real Argo. `tests/engines/test_fidelity.py` runs the same on the embedded engine."""

from collections.abc import Mapping

import pytest

from idp.engines.protocol import RunSeen
from tests.cluster.fidelity.argo import strange_ids
from tests.cluster.fidelity.compare import differences
from tests.cluster.fidelity.table import Case, cases
from tests.cluster.fidelity.templates import Manifest


@pytest.mark.parametrize("case", cases(), ids=str)
def test_argo_does_as_the_table_says(case: Case, ended: Mapping[int, tuple[RunSeen, Manifest] | BaseException]) -> None:
    how = ended[case.number]
    if isinstance(how, BaseException):
        raise how
    seen, workflow = how
    assert differences(case, seen) == []
    assert strange_ids(workflow) == []
