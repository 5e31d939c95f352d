"""Reading a manifest so that nothing in it is overlooked: what is not taken is refused by name."""

from collections.abc import Iterator, Mapping
from typing import Any, Self

from idp.engines.local.errors import ManifestError
from idp.engines.local.inert import INERT


class Fields:
    """One object of a manifest. Each field is taken once, by type; `done` refuses what is left.

    `kind` names the object's entry in the table of fields without effect here.
    """

    __slots__ = ("_left", "file", "kind", "path", "value")

    def __init__(self, value: Any, *, kind: str, file: str, path: str = "") -> None:
        self.file = file
        self.path = path
        self.kind = kind
        if not isinstance(value, dict):
            self.refuse("", f"must be an object, not {type(value).__name__}")
        self.value: Mapping[str, Any] = value
        self._left = {str(name) for name in value} - INERT.get(kind, {}).keys()

    def __enter__(self) -> Self:
        """The object's reading; what is left at the end of the block is refused."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Nothing is skipped silently."""
        if kind is None:
            self.done()

    def done(self) -> None:
        """Refuse what was not taken."""
        for name in sorted(self._left):
            self.refuse(name, "the embedded engine does not carry out this field")

    def refuse(self, name: str, reason: str) -> Any:
        """Raise ManifestError about one field."""
        raise ManifestError(self.file, f"{self.path}.{name}".strip("."), reason)

    def free(self, name: str, default: Any = None) -> Any:
        """The field as it is."""
        self._left.discard(name)
        return self.value.get(name, default)

    def template(self, name: str, default: str | None = None) -> str | None:
        """A text in which `{{references}}` are filled in later. Expressions (`{{=`) are not carried out."""
        value = self.free(name)
        if value is None:
            return default
        if isinstance(value, bool):
            return "true" if value else "false"  # as Go's AnyString has it
        if isinstance(value, int):
            return str(value)
        if not isinstance(value, str):
            self.refuse(name, f"must be a text, not {type(value).__name__}")
        if "{{=" in value:
            self.refuse(name, "expressions ({{=...}}) are not carried out by the embedded engine")
        return str(value)

    def text(self, name: str) -> str:
        """A text that must be there and is meant literally."""
        value = self.text_or(name, None)
        return value if value is not None else self.refuse(name, "is missing")

    def text_or(self, name: str, default: str | None) -> str | None:
        """A text that is meant literally."""
        value = self.template(name, default)
        if value is not None and "{{" in value:
            self.refuse(name, "the embedded engine fills in no {{references}} here")
        return value

    def whole(self, name: str, default: int | None = None) -> int | None:
        """A whole number; Argo also takes it as a text."""
        value = self.free(name)
        if value is None:
            return default
        if isinstance(value, str) and value.isdecimal():
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            self.refuse(name, f"must be a whole number, not {value!r}")
        return int(value)

    def flag(self, name: str, *, default: bool) -> bool:
        """A boolean."""
        value = self.free(name, default)
        return bool(value) if isinstance(value, bool) else self.refuse(name, f"must be true or false, not {value!r}")

    def choice(self, name: str, allowed: tuple[str, ...], default: str | None = None) -> str:
        """One of a few texts."""
        value = self.text_or(name, default)
        if value not in allowed:
            self.refuse(name, f"the embedded engine carries out {' or '.join(allowed)}, not {value!r}")
        return str(value)

    def templates(self, name: str) -> tuple[str, ...]:
        """A list of texts with references."""
        values = self.free(name, [])
        if not isinstance(values, list):
            self.refuse(name, "must be a list")
        inner = Fields(
            {str(i): value for i, value in enumerate(values)}, kind="", file=self.file, path=f"{self.path}.{name}"
        )
        return tuple(inner.template(str(i)) or "" for i in range(len(values)))

    def one(self, name: str, kind: str) -> "Fields | None":
        """An object inside, None where there is none."""
        value = self.free(name)
        if value is None:
            return None
        return Fields(value, kind=kind, file=self.file, path=f"{self.path}.{name}".strip("."))

    def required(self, name: str, kind: str) -> "Fields":
        """An object inside that must be there."""
        return self.one(name, kind) or self.refuse(name, "is missing")

    def many(self, name: str, kind: str) -> Iterator["Fields"]:
        """The objects of a list."""
        values = self.free(name)
        values = [] if values is None else values
        if not isinstance(values, list):
            self.refuse(name, "must be a list")
        for index, value in enumerate(values):
            yield Fields(value, kind=kind, file=self.file, path=f"{self.path}.{name}[{index}]".strip("."))

    def texts(self, name: str) -> dict[str, str]:
        """Texts by name: labels, annotations, the data of a ConfigMap."""
        values = self.free(name)
        values = {} if values is None else values
        if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
            self.refuse(name, "must hold texts by name")
        return dict(values)
