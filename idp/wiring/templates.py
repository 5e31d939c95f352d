"""Within a WorkflowTemplate: verbs, tasks, their order, and every `{{...}}`."""

import re
from collections.abc import Iterator
from typing import Final

from idp import names
from idp.capability import Capability, Catalog, Verb
from idp.events.model import Model
from idp.steps import Step
from idp.wiring import expected
from idp.wiring.findings import Finding, different, unequal_sets
from idp.wiring.parsed import Parsed
from idp.wiring.shapes import Arguments, Task, Template, WorkflowTemplate
from idp.wiring.steps import Place, step_findings

_REFERENCE: Final = re.compile(r"\{\{([^{}]*)\}\}")


def template_findings(parsed: Parsed, catalog: Catalog, reference: str) -> list[Finding]:
    """Each capability has its template, and each template its capability."""
    templates = parsed.all(WorkflowTemplate)
    wanted = [each.name for each in catalog]
    found = unequal_sets("WorkflowTemplate", "name", [each.metadata.name for each in templates], wanted)
    for template in templates:
        for capability in catalog:
            if capability.name == template.metadata.name:
                found += _One(template, capability, catalog, reference).findings()
    return found


class _One:
    """One template and what it should be."""

    def __init__(self, template: WorkflowTemplate, capability: Capability, catalog: Catalog, reference: str) -> None:
        self.where = f"WorkflowTemplate {capability.name}"
        self.template = template
        self.capability = capability
        self.catalog = catalog
        self.reference = reference
        self.by_name = {each.name: each for each in template.spec.templates}

    def findings(self) -> list[Finding]:
        spec, metadata = self.template.spec, self.template.metadata
        arguments = [each.name for each in spec.arguments.parameters]
        mutexes = [each.name for each in spec.synchronization.mutexes]
        return [
            *different(self.where, "namespace", metadata.namespace, names.NAMESPACE_RUNS),
            *different(self.where, "labels", metadata.labels, {names.LABEL_CAPABILITY: self.capability.name}),
            *different(
                self.where, "annotations", metadata.annotations, {expected.DESCRIPTION: self.capability.summary}
            ),
            *unequal_sets(self.where, "argument", arguments, list(names.PARAMETERS)),
            *different(self.where, "mutexes", mutexes, [f"{{{{workflow.parameters.{names.PARAMETER_RESOURCE}}}}}"]),
            *self._template_names(),
            *self._volumes(),
            *(each for verb in self.capability.verbs for each in self._verb(verb)),
            *self._references(),
        ]

    def _template_names(self) -> Iterator[Finding]:
        used = {each.template for verb in self.capability.verbs for each in self._tasks(verb)}
        wanted = [*self.capability.verbs, *sorted(used)]
        yield from unequal_sets(self.where, "template", [each.name for each in self.template.spec.templates], wanted)

    def _tasks(self, verb: Verb) -> list[Task]:
        template = self.by_name.get(verb)
        return template.dag.tasks if template and template.dag else []

    def _volumes(self) -> Iterator[Finding]:
        yield from different(self.where, "podSpecPatch", self.template.spec.pod_spec_patch, expected.POD_PATCH)
        volumes = [
            (each.name, each.empty_dir is not None, each.projected is not None) for each in self.template.spec.volumes
        ]
        wanted = [("work", True, False), ("token", False, True), ("cluster", False, True)]
        yield from different(self.where, "volumes", volumes, wanted)
        for each in self.template.spec.volumes:
            sources = [source.rendered() for source in each.projected.sources] if each.projected else []
            yield from different(
                f"{self.where}: volume {each.name}", "sources", sources, expected.SOURCES.get(each.name, [])
            )

    def _verb(self, verb: Verb) -> Iterator[Finding]:
        """The verb's DAG has the tasks of the capability's steps, in their order, each with its template."""
        where = f"{self.where}: {verb}"
        template = self.by_name.get(verb)
        if template is None or template.kinds != ["dag"]:
            yield Finding(where, "there is no DAG of this name: an event with this verb would fail")
            return
        yield from _only_a_graph(where, template)
        wanted = expected.tasks(self.capability, verb)
        yield from different(where, "tasks", [each.name for each in self._tasks(verb)], [each[0] for each in wanted])
        for task in self._tasks(verb):
            for name, depends, when, step in wanted:
                if name == task.name:
                    yield from different(f"{where}: {name}", "depends", task.depends, depends)
                    yield from different(f"{where}: {name}", "when", task.when, when)
                    yield from self._task(where, verb, task, step)

    def _task(self, where: str, verb: Verb, task: Task, step: Step | None) -> Iterator[Finding]:
        where = f"{where}: {task.name}"
        template = self.by_name.get(task.template)
        if template is None:
            yield Finding(where, f"there is no template {task.template!r}")
        elif task.name == names.TASK_GATE:
            yield from _only_a_gate(where, template)
        elif template.kinds != ["container"]:
            yield Finding(where, f"template {task.template!r} has no container")
        else:
            yield from step_findings(where, template, Place(self.capability, verb, step), self.catalog, self.reference)
        if template is not None:
            yield from _handed_over(where, task.arguments or Arguments(), template)

    def _references(self) -> Iterator[Finding]:
        """Every `{{...}}` names something that is there, and nothing else looks like one."""
        known = {"workflow.name"} | {
            f"workflow.parameters.{each.name}" for each in self.template.spec.arguments.parameters
        }
        spec = self.template.spec.model_copy(update={"templates": []})
        yield from unresolved(self.where, spec, known)
        for template in self.template.spec.templates:
            inputs = {f"inputs.parameters.{each.name}" for each in template.taken.parameters}
            place = f"{self.where}: {template.name}"
            if template.dag is None:
                yield from unresolved(place, template, known | inputs)
                continue
            before: set[str] = set()
            for task in template.dag.tasks:
                yield from unresolved(f"{place}: {task.name}", task, known | before)
                before |= self._given(task)

    def _given(self, task: Task) -> set[str]:
        """What later tasks may refer to: the order of tasks is that of `depends`, which is proved."""
        template = self.by_name.get(task.template)
        if template is None:
            return set()
        start = f"tasks.{task.name}.outputs"
        return {f"{start}.parameters.{each.name}" for each in template.given.parameters} | {
            f"{start}.artifacts.{each.name}" for each in template.given.artifacts
        }


def unresolved(where: str, model: Model, known: set[str]) -> Iterator[Finding]:
    """Every `{{...}}` in it names something known; in JSON, two opening braces meet only within a string."""
    text = model.model_dump_json(by_alias=True, exclude_none=True)
    for name in _REFERENCE.findall(text):
        if name not in known:
            yield Finding(where, f"{{{{{name}}}}} is nothing that is known here")
    if "{{" in _REFERENCE.sub("", text):
        yield Finding(where, "two opening braces are never closed")


def _handed_over(where: str, arguments: Arguments, template: Template) -> Iterator[Finding]:
    """A task hands over what its template takes: each under the name that it had where it comes from."""
    given = [each.name for each in arguments.parameters]
    yield from unequal_sets(where, "argument", given, [each.name for each in template.taken.parameters])
    artifacts = [each.name for each in arguments.artifacts]
    yield from unequal_sets(where, "artifact", artifacts, [each.name for each in template.taken.artifacts])
    for name, source in (
        *((each.name, each.value) for each in arguments.parameters),
        *((each.name, each.from_) for each in arguments.artifacts),
    ):
        if not re.fullmatch(
            rf"\{{\{{tasks\.[a-z0-9-]+\.outputs\.(parameters|artifacts)\.{re.escape(name)}\}}\}}", source
        ):
            yield Finding(where, f"argument {name!r} is {source!r}, expected an output {name!r} of a task")


def _only_a_graph(where: str, template: Template) -> list[Finding]:
    return _only(where, template, "dag")


def _only_a_gate(where: str, template: Template) -> list[Finding]:
    return _only(where, template, "suspend")


def _only(where: str, template: Template, kind: str) -> list[Finding]:
    """A graph or a gate has no pod: whatever belongs to one would be lost."""
    fields = sorted(template.model_fields_set - {"name"})
    return different(where, f"template {template.name!r}: its fields", fields, [kind])
