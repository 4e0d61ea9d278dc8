"""Interactive documentation that works offline: Swagger UI as the package `swagger-ui-py` brings it along."""

from functools import cache
from html import escape
from importlib.metadata import distribution
from pathlib import Path

from litestar import MediaType, Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Redirect

from booked.adapters.http.access.levels import Access
from booked.adapters.http.contracts.contract import Contract, contract_of
from booked.adapters.http.errors import catalogue
from booked.adapters.http.requests.request import ApiRequest
from booked.adapters.http.responses.statuses import STATUSES

# The page may load nothing and talk to nothing but this server; Swagger UI draws its icons from data: URLs.
POLICY = "default-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"

PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Booked</title>
<link rel="icon" type="image/png" href="/docs/assets/favicon-32x32.png">
<link rel="stylesheet" href="/docs/assets/swagger-ui.css">
</head>
<body>
<div id="docs"></div>
<noscript>This page needs JavaScript. <a href="/openapi.json">openapi.json</a> does without.</noscript>
<script src="/docs/assets/swagger-ui-bundle.js"></script>
<script src="/docs/assets/start.js"></script>
</body>
</html>
"""

ERRORS = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Booked: errors</title>
<link rel="icon" type="image/png" href="/docs/assets/favicon-32x32.png">
</head>
<body>
<h1>Errors</h1>
<p>Every error has a code that stays the same for ever. <a href="/docs">The documentation</a> tells which operation may
answer with which of them.</p>
{errors}
</body>
</html>
"""

START = """\
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  displayRequestDuration: true,
  persistAuthorization: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
"""

ASSETS = {
    "swagger-ui.css": "text/css",
    "swagger-ui-bundle.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}

_KEEP = {"Cache-Control": "public, max-age=3600"}


@get("/openapi.json", access=Access.PUBLIC, sync_to_thread=True)
def show_openapi(request: ApiRequest) -> Response[bytes]:
    """Return the document, which the first request for it makes."""
    return Response(request.app.state["openapi"](), media_type=MediaType.JSON)


@get("/docs", access=Access.PUBLIC)
async def show_docs() -> Response[str]:
    return Response(PAGE, media_type=MediaType.HTML, headers={"Content-Security-Policy": POLICY})


@get("/redoc", access=Access.PUBLIC)
async def show_docs_elsewhere() -> Redirect:
    """Lead to the one page of documentation. Other services have a second one here."""
    return Redirect("/docs")


@get("/docs/errors", access=Access.PUBLIC)
async def show_errors(request: ApiRequest) -> Response[str]:
    return Response(
        _errors(contract_of(request)), media_type=MediaType.HTML, headers={"Content-Security-Policy": POLICY}
    )


@get("/docs/assets/start.js", access=Access.PUBLIC)
async def show_start() -> Response[str]:
    return Response(START, media_type="text/javascript", headers=_KEEP)


@get("/docs/assets/{name:str}", access=Access.PUBLIC, sync_to_thread=True)
def show_asset(name: FromPath[str]) -> Response[bytes]:
    if name not in ASSETS:
        raise NotFoundException
    return Response(_read(name), media_type=ASSETS[name], headers=_KEEP)


@cache
def _errors(first: Contract) -> str:
    """Return a page with a heading per error, which the `type` of a problem leads to."""
    told = []
    for kind in catalogue():
        error, own = kind(), first.status_of(kind)
        told.append(f'<h2 id="{error.code.lower()}">{error.code}</h2>')
        told.append(f"<p>{escape(error.message)}</p>")
        told.append(f"<p>Status {STATUSES[kind]} in the resource API, {own} in the first contract.</p>")
    return ERRORS.format(errors="\n".join(told))


@cache
def _read(name: str) -> bytes:
    return (_directory() / name).read_bytes()


def _directory() -> Path:
    # Importing the package would import a template engine and more; only its files are of use here.
    return Path(str(distribution("swagger-ui-py").locate_file("swagger_ui/static")))


ROUTES = [show_openapi, show_docs, show_docs_elsewhere, show_errors, show_start, show_asset]
