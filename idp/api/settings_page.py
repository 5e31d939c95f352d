"""The server's settings as a page of the documentation."""

from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from idp.settings import OF_ARGO, OF_LOCAL, ROOT, ServerSettings

_HEAD = """\
# Settings of the server

`idp serve` reads them from its environment when it starts. What is of one engine is refused where the other one serves: it would be
without effect. Written by `python -m idp.api.reference`.

| variable | default | meaning | engine |
|---|---|---|---|
"""


def settings_page(settings: type[ServerSettings]) -> str:
    """Markdown, one row a setting in the order of the class."""
    prefix = settings.model_config["env_prefix"]
    return _HEAD + "".join(
        _row(f"{prefix}{name}".upper(), name, field) for name, field in settings.model_fields.items()
    )


def _row(variable: str, name: str, field: FieldInfo) -> str:
    engine = "local" if name in OF_LOCAL else "argo" if name in OF_ARGO else "both"
    return f"| `{variable}` | {_default(field.default)} | {field.description} | {engine} |\n"


def _default(value: Any) -> str:
    """A folder that comes with the package is named within it."""
    if value is None:
        return ""
    if isinstance(value, Path) and value.is_relative_to(ROOT):
        return f"`{value.relative_to(ROOT)}` of the package"
    return f"`{value}`"
