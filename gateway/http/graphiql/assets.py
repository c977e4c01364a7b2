"""The files of the page, as an ASGI application to be mounted: those in the folder, no others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import FileResponse, PlainTextResponse, Response

from gateway.http.graphiql.policy import SECURITY

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import Receive, Scope, Send

# Named here rather than guessed: what `mimetypes` says depends on the machine.
CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".ttf": "font/ttf",
}

_HEADERS = {name.decode(): value.decode() for name, value in SECURITY} | {
    "x-content-type-options": "nosniff"
}
# Each name holds a hash of its content.
_FOUND = _HEADERS | {"cache-control": "public, max-age=31536000, immutable"}
_REFUSED = _HEADERS | {"cache-control": "no-store"}


class Assets:
    """Looks a path up in the list made at the start; no path reaches the file system."""

    def __init__(self, folder: Path) -> None:
        self._files = {
            f"/{path.name}": (path, CONTENT_TYPES[path.suffix]) for path in folder.iterdir()
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI, for `http` scopes below where this is mounted."""
        await self._response(scope)(scope, receive, send)

    def _response(self, scope: Scope) -> Response:
        if scope["method"] not in ("GET", "HEAD"):
            headers = _REFUSED | {"allow": "GET, HEAD"}
            return PlainTextResponse("Method Not Allowed", 405, headers)
        found = self._files.get(scope["path"].removeprefix(scope.get("root_path", "")))
        if found is None:
            return PlainTextResponse("Not Found", 404, _REFUSED)
        path, content_type = found
        return FileResponse(path, headers=_FOUND, media_type=content_type)
