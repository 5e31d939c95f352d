"""Through a DAG: which task is next, and how the whole ends. Source: argo-workflows workflow/controller/dag.go."""

from typing import TYPE_CHECKING

from idp.engines.local import depends, references, scope, when
from idp.engines.local.cuts import shut
from idp.engines.local.dags import Dag
from idp.engines.local.errors import AbsentError, UnresolvedError
from idp.engines.local.nodes import Node
from idp.engines.local.tasks import Task
from idp.engines.protocol import Phase

if TYPE_CHECKING:
    from idp.engines.local.run import Run


def start(run: "Run", node: Node, tasks: tuple[Task, ...]) -> None:
    """Begin with the tasks that wait for none."""
    dag = _know(run, node, tasks)
    for task in dag.roots:
        _consider(run, node, dag, task)
    _judge(run, node, dag)


def advance(run: "Run", boundary: Node, task: str) -> None:
    """A task ended: look at those that waited for it."""
    dag, waiting = run.dags[boundary.name], run.waiting_for[boundary.name]
    run.open_tasks[boundary.name] -= 1
    for name in dag.after[task]:
        waiting[name] -= 1
        if not waiting[name]:
            _consider(run, boundary, dag, name)
    _judge(run, boundary, dag)


def recover(run: "Run", node: Node, tasks: tuple[Task, ...]) -> None:
    """After a restart: tasks whose turn it was may have no node yet."""
    dag = _know(run, node, tasks)
    done = {task for task in dag.tasks if (found := run.nodes.get(f"{node.name}.{task}")) and _ended(run, found)}
    run.open_tasks[node.name] -= len(done)
    waiting = run.waiting_for[node.name] = {task: len(dag.before[task] - done) for task in dag.tasks}
    for task in dag.tasks:
        if not waiting[task] and f"{node.name}.{task}" not in run.nodes:
            _consider(run, node, dag, task)
    _judge(run, node, dag)


def _know(run: "Run", node: Node, tasks: tuple[Task, ...]) -> Dag:
    dag = run.dags[node.name] = Dag(tasks)
    run.open_tasks[node.name] = len(dag.tasks)
    run.waiting_for[node.name] = {name: len(before) for name, before in dag.before.items()}
    return dag


def _consider(run: "Run", boundary: Node, dag: Dag, name: str) -> None:
    """Every task before this one ended: run it, skip it or leave it out."""
    task = dag.tasks[name]
    if task.depends and not depends.holds(task.depends, _phases(run, boundary, dag.before[name])):
        _without(run, boundary, task, "Omitted", "omitted: depends condition not met")
        return
    inputs = run.inputs(boundary)
    try:
        condition = references.filled(task.when, scope.in_a_dag(run, boundary.name, inputs))
        if condition and not when.holds(condition):
            _without(run, boundary, task, "Skipped", f"when '{condition}' evaluated false")
            return
        scope.arguments(run, boundary.name, task, inputs)
    except (ValueError, UnresolvedError, AbsentError) as error:
        _without(run, boundary, task, "Error", str(error))
        return
    run.execute(f"{boundary.name}.{name}", name, run.template(task.template), boundary.name)


def _without(run: "Run", boundary: Node, task: Task, phase: Phase, message: str) -> None:
    """A node of a task that never runs: it ends when it starts."""
    node = run.add(f"{boundary.name}.{task.name}", task.name, "Skipped", task.template, boundary.name)
    node.finished = node.started
    run.mark(node, phase, message)


def _judge(run: "Run", boundary: Node, dag: Dag) -> None:
    """A stopped DAG has failed, however its tasks ended."""
    if not run.open_tasks[boundary.name] and not boundary.fulfilled:
        run.mark(
            boundary, "Failed" if shut(run, boundary) else dag.outcome(_phases(run, boundary, frozenset(dag.tasks)))
        )


def _ended(run: "Run", node: Node) -> bool:
    return node.fulfilled and not run.winds_up(node)


def _phases(run: "Run", boundary: Node, tasks: frozenset[str]) -> dict[str, Phase]:
    return {task: run.nodes[f"{boundary.name}.{task}"].phase for task in tasks}
