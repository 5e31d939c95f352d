"""What can be wrong with manifests and events."""

from idp.errors import DefinitionError, IdpError


class ManifestError(DefinitionError):
    """A manifest holds what this engine does not carry out: refused when it is loaded, never skipped."""

    slug = "manifest"
    title = "Manifest not carried out by the embedded engine"

    def __init__(self, file: str, path: str, reason: str) -> None:
        """`path` is where in the object, as `spec.templates[0].container.lifecycle`."""
        super().__init__(f"{file}: {path or 'the object'}: {reason}")
        self.file = file
        self.path = path


class DroppedEventError(IdpError):
    """Argo Events would retry the trigger, fail, acknowledge the event and drop it."""

    slug = "event-dropped"
    title = "Event dropped"


class AbsentError(IdpError):
    """A reference to the output of a step that was skipped or omitted, with no default."""

    slug = "absent"


class UnresolvedError(IdpError):
    """A `{{reference}}` with no value."""

    slug = "unresolved"
