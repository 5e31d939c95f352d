"""`python -m idp.api.reference` writes docs/reference from the code; `--check` only tells whether it is fresh."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from idp.api.app import application
from idp.api.measuring import Measures
from idp.api.openapi import text
from idp.api.settings_page import settings_page
from idp.loading import loaded
from idp.settings import DEFAULT_CATALOG, ServerSettings

FOLDER: Final = Path(__file__).resolve().parents[2] / "docs" / "reference"


def pages() -> Mapping[str, str]:
    """Each file's text: the OpenAPI document of the reference platform, and the server's settings."""
    document = application(loaded(DEFAULT_CATALOG), Measures()).openapi()
    return {"openapi.json": text(document), "settings.md": settings_page(ServerSettings)}


def main(arguments: Sequence[str]) -> int:
    """Exit code: 0 for fresh or written, 1 for stale."""
    stale = {name: fresh for name, fresh in pages().items() if _written(FOLDER / name) != fresh}
    if "--check" in arguments:
        for name in stale:
            sys.stderr.write(f"docs/reference/{name} is stale: run `python -m idp.api.reference`.\n")
        return 1 if stale else 0
    FOLDER.mkdir(exist_ok=True)
    for name, fresh in stale.items():
        (FOLDER / name).write_text(fresh)
    return 0


def _written(file: Path) -> str | None:
    return file.read_text() if file.exists() else None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
