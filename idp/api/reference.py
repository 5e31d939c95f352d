"""`python -m idp.api.reference` writes the reference platform's OpenAPI document; `--check` only tells whether it is fresh."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from idp.api.app import application
from idp.api.measuring import Measures
from idp.api.openapi import text
from idp.loading import loaded
from idp.settings import DEFAULT_CATALOG

DOCUMENT: Final = Path(__file__).resolve().parents[2] / "docs" / "reference" / "openapi.json"


def main(arguments: Sequence[str]) -> int:
    """Exit code: 0 for fresh or written, 1 for stale."""
    fresh = text(application(loaded(DEFAULT_CATALOG), Measures()).openapi())
    if "--check" not in arguments:
        DOCUMENT.parent.mkdir(exist_ok=True)
        DOCUMENT.write_text(fresh)
        return 0
    if DOCUMENT.exists() and DOCUMENT.read_text() == fresh:
        return 0
    sys.stderr.write("docs/reference/openapi.json is stale: run `python -m idp.api.reference`.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
