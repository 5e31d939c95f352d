"""What the tests measured, for who reads the run: it stands at its end."""

import json
from collections.abc import Mapping
from typing import Final

LINES: Final[list[str]] = []


def said(title: str, parts: Mapping[str, float]) -> None:
    """The seconds, or the number, of each part."""
    LINES.append(f"{title}: {json.dumps({name: round(each, 1) for name, each in parts.items()})}")
