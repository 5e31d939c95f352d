"""Tasks of a DAG."""

from collections.abc import Mapping
from dataclasses import dataclass

from idp.engines.local import depends
from idp.engines.local.fields import Fields


@dataclass(frozen=True, slots=True)
class Task:
    """One task of a DAG. Arguments are texts with references; artifacts are references."""

    name: str
    template: str
    depends: depends.Term | None
    when: str
    arguments: Mapping[str, str]
    artifacts: Mapping[str, str]


def dag_tasks(fields: Fields) -> tuple[Task, ...] | None:
    """The tasks of a DAG template, None where it is none. Raises ManifestError."""
    dag = fields.one("dag", "DAG")
    if dag is None:
        return None
    with dag:
        return tuple(_task(inner) for inner in dag.many("tasks", "Task"))


def _task(fields: Fields) -> Task:
    with fields:
        arguments = fields.one("arguments", "TaskArguments")
        return Task(
            name=fields.text("name"),
            template=fields.text("template"),
            depends=_depends(fields),
            when=fields.template("when", "") or "",
            arguments=_given(arguments, "parameters", "value") if arguments else {},
            artifacts=_given(arguments, "artifacts", "from") if arguments else {},
        )


def _depends(fields: Fields) -> depends.Term | None:
    text = fields.text_or("depends", None)
    try:
        return depends.parsed(text) if text else None
    except ValueError as error:
        return fields.refuse("depends", str(error))  # type: ignore[no-any-return]  # never returns


def _given(arguments: Fields, field: str, what: str) -> dict[str, str]:
    found = {}
    for inner in arguments.many(field, "TaskArgument"):
        with inner:
            text = inner.template(what)
            found[inner.text("name")] = inner.refuse(what, "is missing") if text is None else text
    if field == "artifacts":
        arguments.done()
    return found
