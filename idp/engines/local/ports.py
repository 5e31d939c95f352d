"""What goes into a template and what comes out: texts and files."""

from dataclasses import dataclass

from idp.engines.local.fields import Fields


@dataclass(frozen=True, slots=True)
class Output:
    """An output parameter: the contents of a file of the step."""

    name: str
    path: str
    default: str | None
    global_name: str | None


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file that a step takes or leaves."""

    name: str
    path: str
    optional: bool


def inputs(fields: Fields) -> dict[str, str | None]:
    """Input parameters with their defaults."""
    found = {}
    for inner in fields.many("parameters", "InputParameter"):
        with inner:
            found[inner.text("name")] = inner.text_or("value", inner.text_or("default", None))
    return found


def artifacts(fields: Fields, kind: str) -> tuple[Artifact, ...]:
    """Files in or out; out only as they are (`archive: {none: {}}`)."""
    found = []
    for inner in fields.many("artifacts", kind):
        with inner:
            found.append(Artifact(inner.text("name"), inner.text("path"), inner.flag("optional", default=False)))
            if kind == "OutputArtifact":
                with inner.required("archive", "Archive") as archive, archive.required("none", "ArchiveNone"):
                    pass
    return tuple(found)


def outputs(fields: Fields) -> tuple[Output, ...]:
    """Output parameters, from files alone."""
    found = []
    for inner in fields.many("parameters", "OutputParameter"):
        with inner, inner.required("valueFrom", "ValueFrom") as source:
            found.append(
                Output(
                    name=inner.text("name"),
                    path=source.text("path"),
                    default=source.text_or("default", None),
                    global_name=inner.text_or("globalName", None),
                )
            )
    return tuple(found)
