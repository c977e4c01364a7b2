"""The HTML page that opens GraphiQL, and where its files are; it loads nothing from elsewhere."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gateway.http.answer import HttpAnswer
from gateway.http.graphiql.assets import Assets
from gateway.http.graphiql.examples import examples
from gateway.http.graphiql.policy import SECURITY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.http.graphiql.examples import Example

BUILT = Path(__file__).parent / "built"

# The empty icon spares a request for /favicon.ico.
_HTML = """\
<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>{title}</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="{style}">
    <script type="module" src="{script}"></script>
  </head>
  <body>
    <div id="graphiql"></div>
    <script type="application/json" id="graphiql-config">{config}</script>
    <noscript>GraphiQL needs JavaScript. The endpoint answers GraphQL without it.</noscript>
  </body>
</html>
"""


class GraphiQL:
    """`page` is for the endpoint, `assets` is to be mounted at `assets_path`.

    `endpoint` is the path that browsers see, a proxy's prefix included.
    """

    def __init__(
        self, title: str, endpoint: str = "/graphql", *, tabs: Sequence[Example] | None = None
    ) -> None:
        self.assets_path = f"{endpoint}/assets"
        self.assets = Assets(BUILT / "assets")
        config = _config(title, endpoint, examples() if tabs is None else tabs)
        self._answer = HttpAnswer(
            200,
            "text/html; charset=utf-8",
            _html(title, endpoint, config).encode(),
            SECURITY,
        )

    def page(self) -> HttpAnswer:
        """The page; the endpoint adds what it says with every answer, `nosniff` among it."""
        return self._answer


def _html(title: str, endpoint: str, config: str) -> str:
    manifest = json.loads((BUILT / "manifest.json").read_text("utf-8"))
    return _HTML.format(
        title=escape(title),
        style=escape(f"{endpoint}/{manifest['style.css']['file']}"),
        script=escape(f"{endpoint}/{manifest['src/main.jsx']['file']}"),
        config=config,
    )


def _config(title: str, endpoint: str, tabs: Sequence[Example]) -> str:
    """As JSON that may stand inside a `script` element: nothing in it can close the element."""
    config = {"title": title, "endpoint": endpoint, "examples": [_tab(tab) for tab in tabs]}
    return json.dumps(config).replace("<", "\\u003c")


def _tab(example: Example) -> dict[str, Any]:
    variables = json.dumps(example.variables, indent=2, ensure_ascii=False)
    return {"document": example.document, "variables": variables if example.variables else None}
