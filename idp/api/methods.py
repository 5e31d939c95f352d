"""The methods of a path: routes of one path are several to the framework, whose 405 names those of the first alone."""

import re

from fastapi import FastAPI


def allowed(app: FastAPI, path: str) -> str:
    """For the header Allow; empty for a path that is not in the document."""
    paths = app.openapi()["paths"].items()
    return ", ".join(
        sorted({method.upper() for template, methods in paths if _fits(template, path) for method in methods})
    )


def _fits(template: str, path: str) -> bool:
    pattern = "[^/]+".join(re.escape(part) for part in re.split(r"\{[^}]*\}", template))
    return re.fullmatch(pattern, path) is not None
