"""A DAG's shape and how it ends: a table by hand after Argo's assessDAGPhase."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.engines.local import depends
from idp.engines.local.dags import Dag
from idp.engines.local.tasks import Task
from idp.engines.protocol import Phase


def dag(**needs: str) -> Dag:
    return Dag(
        tuple(
            Task(
                name=name,
                template="t",
                depends=depends.parsed(text) if text else None,
                when="",
                arguments={},
                artifacts={},
            )
            for name, text in needs.items()
        )
    )


def test_roots_targets_and_ancestors() -> None:
    found = dag(a="", b="a", c="a", d="b && c.Failed", e="")
    assert (found.roots, found.targets) == (("a", "e"), ("d", "e"))
    assert found.ancestors("d") == {"a", "b", "c"}
    assert found.cycle() is None
    assert dag(a="c", b="a", c="b", d="").cycle() == "a"


PHASES: tuple[Phase, ...] = ("Succeeded", "Failed", "Error", "Skipped", "Omitted")
DIAMOND = {"a": "", "b": "a", "c": "a.Failed", "d": "b || c"}
CHAIN = {"a": "", "b": "a", "c": "b"}


@pytest.mark.parametrize(
    ("needs", "phases", "outcome"),
    [
        (CHAIN, "Succeeded Succeeded Succeeded", "Succeeded"),
        (CHAIN, "Failed Omitted Omitted", "Failed"),
        (CHAIN, "Error Omitted Omitted", "Error"),
        (CHAIN, "Skipped Succeeded Succeeded", "Succeeded"),
        (CHAIN, "Skipped Omitted Omitted", "Succeeded"),
        (CHAIN, "Failed Succeeded Omitted", "Succeeded"),
        (CHAIN, "Failed Skipped Succeeded", "Succeeded"),
        (CHAIN, "Succeeded Error Skipped", "Error"),
        (DIAMOND, "Failed Omitted Succeeded Succeeded", "Succeeded"),
        (DIAMOND, "Failed Omitted Succeeded Omitted", "Failed"),
        (DIAMOND, "Succeeded Failed Omitted Omitted", "Failed"),
        (DIAMOND, "Succeeded Succeeded Omitted Skipped", "Succeeded"),
        ({"a": "", "b": ""}, "Failed Error", "Failed"),
        ({"a": "", "b": ""}, "Succeeded Error", "Error"),
        ({}, "", "Succeeded"),
    ],
)
def test_the_outcome_is_argos(needs: dict[str, str], phases: str, outcome: Phase) -> None:
    given_phases: dict[str, Phase] = dict(zip(needs, phases.split(), strict=True))  # type: ignore[arg-type]  # a table's words
    assert dag(**needs).outcome(given_phases) == outcome


@given(st.data())
def test_it_fails_where_and_only_where_a_failure_reaches_an_end(data: st.DataObject) -> None:
    names = [f"t{number}" for number in range(data.draw(st.integers(1, 7)))]
    needs = {
        name: " || ".join(data.draw(st.lists(st.sampled_from(names[:at]), unique=True)) if at else [])
        for at, name in enumerate(names)
    }
    phases: dict[str, Phase] = {name: data.draw(st.sampled_from(PHASES)) for name in names}
    whole = dag(**needs)

    def reached(task: str) -> bool:
        """A failure of the task, or of one before with nothing completed between."""
        if phases[task] in ("Succeeded", "Failed", "Error"):
            return phases[task] != "Succeeded"
        return any(reached(before) for before in whole.before[task])

    assert (whole.outcome(phases) != "Succeeded") == any(reached(target) for target in whole.targets)
