"""GET /openapi.json, and Swagger UI at /docs, served without third parties.

https://swagger.io/docs/open-source-tools/swagger-ui/usage/configuration/
"""

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from swagger_ui_bundle import swagger_ui_path  # type: ignore[import-untyped]  # it has no types

from webhook_app.api.openapi import describe
from webhook_app.state import Request

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Darkroom API</title>
<link rel="icon" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
<div id="page"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</html>
"""
_START = 'SwaggerUIBundle({url: "docs/openapi.json", dom_id: "#page", deepLinking: true})\n'
_ASSETS = {"favicon-32x32.png", "swagger-ui.css", "swagger-ui-bundle.js"}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self';"
    " img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)


async def show_openapi(request: Request) -> Response:
    return JSONResponse(describe(request.app.routes))


async def show_page(_: Request) -> Response:
    return HTMLResponse(_PAGE, headers={"Content-Security-Policy": _POLICY})


async def show_asset(request: Request) -> Response:
    name: str = request.path_params["name"]
    if name == "start.js":
        return Response(_START, media_type="text/javascript")
    if name == "openapi.json":
        # The bundled Swagger UI refuses the version number 3.1.
        return JSONResponse(describe(request.app.routes, "3.0.3"))
    if name not in _ASSETS:
        raise HTTPException(404)
    return FileResponse(swagger_ui_path / name, headers={"Cache-Control": "max-age=86400"})
