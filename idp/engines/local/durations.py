"""Durations as Argo writes them: `10`, `10s`, `1m30s`, `500ms`."""

import re

from idp.engines.local.fields import Fields

_PARTS = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def seconds(fields: Fields, name: str) -> float | None:
    """A field's duration in seconds; a bare number is seconds."""
    text = fields.text_or(name, None)
    if text is None:
        return None
    if text.isdecimal():
        return float(text)
    parts = list(_PARTS.finditer(text))
    if "".join(part.group() for part in parts) != text or not parts:
        fields.refuse(name, f"{text!r} is no duration such as 10s or 1m30s")
    return sum(float(part[1]) * _SECONDS[part[2]] for part in parts)


def said(duration_seconds: float) -> str:
    """The duration in words, as Argo has it in `Backoff for ...` (argo-workflows util/humanize)."""
    whole = int(duration_seconds)
    for name, size, rest, part in (
        ("day", 86400, "hours", 3600),
        ("hour", 3600, "minutes", 60),
        ("minute", 60, "seconds", 1),
    ):
        if whole >= size:
            return f"{_counted(whole // size, name)} {whole % size // part} {rest}"
    return _counted(whole, "second")


def _counted(count: int, name: str) -> str:
    return f"{count} {name}{'' if count == 1 else 's'}"
