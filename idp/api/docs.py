"""Swagger UI at /docs, from files of this server: it also works where there is no internet.

The assets are those of the package fastapi-offline (0.8 MB, kept up with swagger-ui 5); its own page is not used, as it
has a script inside the HTML, which our Content-Security-Policy forbids.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import Final

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse, Response

router = APIRouter(include_in_schema=False)

_PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>idp</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="icon" href="data:,">
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</html>
"""
_START: Final = """SwaggerUIBundle({
  url: new URL("openapi.json", document.baseURI).href,
  dom_id: "#swagger-ui",
  deepLinking: true,
  displayRequestDuration: true,
  persistAuthorization: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
"""
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
"""Swagger UI sets styles of its own and draws with data: images; nothing comes from or goes to another host."""
_FOR_A_DAY: Final = {"Cache-Control": "public, max-age=86400"}


@router.get("/docs")
async def docs() -> Response:
    """The page."""
    return HTMLResponse(_PAGE, headers={"Content-Security-Policy": _POLICY})


@router.get("/docs/start.js")
async def start() -> Response:
    """What starts it."""
    return Response(_START, media_type="text/javascript")


@router.get("/docs/swagger-ui-bundle.js")
async def script() -> Response:
    """Swagger UI."""
    return FileResponse(_assets() / "swagger-ui-bundle.js", media_type="text/javascript", headers=_FOR_A_DAY)


@router.get("/docs/swagger-ui.css")
async def style() -> Response:
    """Its looks."""
    return FileResponse(_assets() / "swagger-ui.css", media_type="text/css", headers=_FOR_A_DAY)


def _assets() -> Path:
    """The package's folder, without importing it."""
    spec = find_spec("fastapi_offline")
    assert spec, "installed with the extra `api`"  # noqa: S101 - a dependency
    assert spec.origin  # noqa: S101 - a regular package
    return Path(spec.origin).parent / "static"
