"""A DAG's shape: which task waits for which, and how the whole ends. Source: argo-workflows workflow/controller/dag.go."""

from collections import deque
from collections.abc import Mapping
from functools import cached_property

from idp.engines.local import depends
from idp.engines.local.tasks import Task
from idp.engines.protocol import Phase

COMPLETED: frozenset[Phase] = frozenset({"Succeeded", "Failed", "Error"})
"""What a node says of itself; Skipped and Omitted nodes inherit from those before them."""


class Dag:
    """Fixed once made: nothing here changes while a run goes on."""

    def __init__(self, tasks: tuple[Task, ...]) -> None:
        self.tasks: Mapping[str, Task] = {task.name: task for task in tasks}
        self.before = {task.name: depends.tasks(task.depends) if task.depends else frozenset() for task in tasks}
        self.after: dict[str, list[str]] = {task.name: [] for task in tasks}
        for name, needed in self.before.items():
            for other in sorted(needed):
                self.after[other].append(name)

    @cached_property
    def roots(self) -> tuple[str, ...]:
        """Tasks that wait for none."""
        return tuple(name for name in self.tasks if not self.before[name])

    @cached_property
    def targets(self) -> tuple[str, ...]:
        """Tasks that none waits for: they decide."""
        return tuple(sorted(name for name in self.tasks if not self.after[name]))

    def ancestors(self, task: str) -> set[str]:
        """Every task that comes before."""
        found: set[str] = set()
        left = list(self.before[task])
        while left:
            name = left.pop()
            if name not in found:
                found.add(name)
                left.extend(self.before[name])
        return found

    def cycle(self) -> str | None:
        """A task that waits for itself, None where there is none."""
        waiting = {name: len(needed) for name, needed in self.before.items()}
        ready = deque(self.roots)
        while ready:
            for name in self.after[ready.popleft()]:
                waiting[name] -= 1
                if not waiting[name]:
                    ready.append(name)
        return next((name for name in sorted(waiting) if waiting[name]), None)

    def outcome(self, phases: Mapping[str, Phase]) -> Phase:
        """How the DAG ends, once every task has ended: the first failed branch decides, in the order of the targets' names.

        A branch is as good as its last task that completed; failures stay when branches join.
        """
        branches = self._branches(phases)
        return next((branches[target] for target in self.targets if branches[target] != "Succeeded"), "Succeeded")

    def _branches(self, phases: Mapping[str, Phase]) -> dict[str, Phase]:
        seen: set[tuple[str, Phase]] = set()
        left: deque[tuple[str, Phase]] = deque((root, "Succeeded") for root in self.roots)
        found: dict[str, Phase] = {}
        while left:
            step = left.popleft()
            if step in seen:
                continue
            seen.add(step)
            task, inherited = step
            phase = phases[task] if phases[task] in COMPLETED else inherited
            if found.get(task) not in ("Failed", "Error"):
                found[task] = phase
            left.extend((name, phase) for name in self.after[task])
        return found
