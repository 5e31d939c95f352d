"""What must hold between the parts of a WorkflowTemplate, so that a run never meets a name that is not there."""

from collections.abc import Iterable
from dataclasses import dataclass

from idp.engines.local import depends, references
from idp.engines.local.containers import mapped
from idp.engines.local.dags import Dag
from idp.engines.local.errors import ManifestError
from idp.engines.local.fields import Fields
from idp.engines.local.tasks import Task
from idp.engines.local.templates import Template, WorkflowTemplate

_OF_THE_RUN = frozenset({"workflow.name", "workflow.uid", "workflow.namespace"})


def check(whole: WorkflowTemplate, fields: Fields) -> None:
    """Raise ManifestError for the first thing that does not fit."""
    _Check(whole, fields.file).everything()


@dataclass(frozen=True, slots=True)
class _Check:
    whole: WorkflowTemplate
    file: str

    def everything(self) -> None:
        for name, at in ((self.whole.entrypoint, "spec.entrypoint"), (self.whole.on_exit, "spec.onExit")):
            if name is not None and name not in self.whole.templates:
                self.refuse(at, f"there is no template {name!r}")
        for mutex in self.whole.mutexes:
            self.references(mutex, self.of_the_run(""), "spec.synchronization.mutexes")
        for template in self.whole.templates.values():
            self.template(template, f"spec.templates[{template.name}]")

    def refuse(self, path: str, reason: str) -> None:
        raise ManifestError(self.file, path, reason)

    def template(self, template: Template, at: str) -> None:
        if template.container:
            self.container(template, at)
        if template.tasks is not None:
            self.dag(template, at)

    def container(self, template: Template, at: str) -> None:
        assert template.container  # noqa: S101 - the caller asked
        known = self.of_the_run(template.name) | _inputs(template) | _paths(template)
        what = template.container
        for text in (*what.command, *what.args, *what.env.values()):
            self.references(text, known, f"{at}.container")
        folders = {mount.path: "" for mount in what.mounts}
        artifacts = (*template.input_artifacts, *template.output_artifacts)
        for path in (*(artifact.path for artifact in artifacts), *(output.path for output in template.outputs)):
            if mapped(path, folders) == path:
                self.refuse(
                    at, f"{path} is in no volume of the container: the embedded engine has no other files of a step"
                )
        if what.working_dir and mapped(what.working_dir, folders) == what.working_dir:
            self.refuse(f"{at}.container.workingDir", f"{what.working_dir} is in no volume of the container")

    def dag(self, template: Template, at: str) -> None:
        tasks = {task.name for task in template.tasks or ()}
        if len(tasks) != len(template.tasks or ()):
            self.refuse(f"{at}.dag.tasks", "two tasks have the same name")
        for task in template.tasks or ():
            self.known_tasks(task, tasks, f"{at}.dag.tasks[{task.name}]")
        dag = Dag(template.tasks or ())
        if cycle := dag.cycle():
            self.refuse(f"{at}.dag.tasks[{cycle}].depends", "waits for itself")
        for task in template.tasks or ():
            self.task(task, template, dag, f"{at}.dag.tasks[{task.name}]")

    def known_tasks(self, task: Task, tasks: set[str], at: str) -> None:
        if task.name == "onExit":
            self.refuse(f"{at}.name", "Argo gives this name to the exit handler")
        for name in sorted((depends.tasks(task.depends) if task.depends else frozenset()) - tasks):
            self.refuse(f"{at}.depends", f"there is no task {name!r}")

    def task(self, task: Task, inside: Template, dag: Dag, at: str) -> None:
        target = self.whole.templates.get(task.template)
        if target is None or target.tasks is not None:
            raise ManifestError(
                self.file, f"{at}.template", f"{task.template!r} is no template of a container or a suspension"
            )
        known = self.of_the_run(inside.name) | _inputs(inside) | self.of_the_tasks(dag, task)
        for text in (task.when, *task.arguments.values()):
            self.references(text, known, at)
        self.arguments(task, target, at)
        for name, text in task.artifacts.items():
            reference = references.only_reference(text)
            if reference not in self.artifacts_of_the_tasks(dag, task):
                self.refuse(
                    f"{at}.arguments.artifacts[{name}].from", f"{text!r} is no artifact of a task before this one"
                )

    def arguments(self, task: Task, target: Template, at: str) -> None:
        needed = {name for name, default in target.inputs.items() if default is None}
        files = {artifact.name for artifact in target.input_artifacts if not artifact.optional}
        for what, given, wanted, allowed in (
            ("parameters", task.arguments, needed, set(target.inputs)),
            ("artifacts", task.artifacts, files, {artifact.name for artifact in target.input_artifacts}),
        ):
            for name in sorted(wanted - given.keys()):
                self.refuse(f"{at}.arguments.{what}", f"{name!r} is not supplied")
            for name in sorted(given.keys() - allowed):
                self.refuse(f"{at}.arguments.{what}[{name}]", f"the template {target.name!r} has no such input")

    def references(self, text: str, known: Iterable[str], at: str) -> None:
        for name in references.names(text):
            if name not in known:
                self.refuse(at, f"{{{{{name}}}}} refers to nothing that the embedded engine knows here")

    def of_the_run(self, template: str) -> frozenset[str]:
        known = _OF_THE_RUN | {f"workflow.parameters.{name}" for name in self.whole.arguments}
        if template in self.exit_templates():
            outputs = {o.global_name for t in self.whole.templates.values() for o in t.outputs if o.global_name}
            known |= {"workflow.status"} | {f"workflow.outputs.parameters.{name}" for name in outputs}
        return known

    def exit_templates(self) -> set[str]:
        if self.whole.on_exit is None:
            return set()
        tasks = self.whole.templates[self.whole.on_exit].tasks or ()
        return {self.whole.on_exit, *(task.template for task in tasks)}

    def of_the_tasks(self, dag: Dag, task: Task) -> frozenset[str]:
        before = dag.ancestors(task.name)
        outputs = {f"tasks.{n}.outputs.parameters.{o.name}" for n in before for o in self.target(dag, n).outputs}
        return frozenset(outputs | {f"tasks.{name}.status" for name in before})

    def artifacts_of_the_tasks(self, dag: Dag, task: Task) -> set[str]:
        before = dag.ancestors(task.name)
        return {f"tasks.{n}.outputs.artifacts.{a.name}" for n in before for a in self.target(dag, n).output_artifacts}

    def target(self, dag: Dag, task: str) -> Template:
        return self.whole.templates[dag.tasks[task].template]


def _inputs(template: Template) -> frozenset[str]:
    return frozenset(f"inputs.parameters.{name}" for name in template.inputs)


def _paths(template: Template) -> frozenset[str]:
    return frozenset(
        {f"inputs.artifacts.{artifact.name}.path" for artifact in template.input_artifacts}
        | {f"outputs.artifacts.{artifact.name}.path" for artifact in template.output_artifacts}
        | {f"outputs.parameters.{output.name}.path" for output in template.outputs}
    )
