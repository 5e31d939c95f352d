"""What a run differs in from its row of the table. Ids, pod names and times are not looked at: they must differ."""

from collections.abc import Iterator, Mapping

from idp.engines.protocol import NodeSeen, RunSeen
from tests.cluster.fidelity.meanings import meaning
from tests.cluster.fidelity.table import Case, Cell, Kind, Outputs

_NEVER_RAN = frozenset({"Skipped", "Omitted"})


def differences(case: Case, seen: RunSeen) -> list[str]:
    """One line each, empty where the run is as the table says."""
    return list(_differences(case, seen))


def _differences(case: Case, seen: RunSeen) -> Iterator[str]:
    yield from _said("the run", case.run, seen.phase, seen.message)
    yield from _left("the run", case, seen.name, case.outputs, seen.outputs)
    nodes = {node.name: node for node in seen.nodes}
    if len(nodes) != len(seen.nodes):
        yield f"two nodes have the same name: {[node.name for node in seen.nodes]}"
    expected = dict(_expected(case, seen.name))
    for name in sorted(expected.keys() - nodes.keys()):
        yield f"{name}: is missing"
    for name in sorted(nodes.keys() - expected.keys()):
        yield f"{name}: is too much: {nodes[name].type} {nodes[name].phase} {nodes[name].message!r}"
    for name in sorted(expected.keys() & nodes.keys()):
        yield from _node(case, seen.name, nodes[name], *expected[name])


def _expected(case: Case, run: str) -> Iterator[tuple[str, tuple[Cell, Kind]]]:
    if case.nodes:
        yield run, (Cell(case.run.phases, frozenset({""}), Outputs()), Kind("DAG", case.verb))
    for name, cell in case.nodes.items():
        yield name, (cell, case.kinds[name])
    for number, cell in enumerate(case.attempts):
        yield f"look({number})", (cell, Kind("Pod", case.kinds["look"].template))


def _node(case: Case, run: str, node: NodeSeen, cell: Cell, kind: Kind) -> Iterator[str]:
    yield from _said(node.name, cell, node.phase, node.message)
    yield from _left(node.name, case, run, cell.leaves, node.outputs)
    never_ran = cell.phases <= _NEVER_RAN or cell.meanings == {"no-condition"}
    wanted = Kind("Skipped" if never_ran else kind.type, kind.template)
    if Kind(node.type, node.template) != wanted:
        yield f"{node.name}: is {node.type} of {node.template}, not {wanted.type} of {wanted.template}"


def _said(name: str, cell: Cell, phase: str, message: str) -> Iterator[str]:
    if phase not in cell.phases:
        yield f"{name}: is {phase}, not {' or '.join(sorted(cell.phases))} ({message})"
    if meaning(message) not in cell.meanings:
        yield f"{name}: {message!r} means {meaning(message)!r}, not {' or '.join(sorted(cell.meanings))!r}"


def _left(name: str, case: Case, run: str, wanted: Outputs, outputs: Mapping[str, str]) -> Iterator[str]:
    allowed = {output: case.value(output, run) for output in (*wanted.surely, *wanted.perhaps)}
    if not (outputs.items() <= allowed.items() and outputs.keys() >= set(wanted.surely)):
        yield f"{name}: leaves {dict(outputs)}, not {allowed}"
