"""The page as the endpoint sends it: what is in it, and what it may do."""

from __future__ import annotations

import json
import re
from typing import Any

from gateway.http.graphiql.examples import Example
from gateway.http.graphiql.page import BUILT, GraphiQL
from tests.http import tiny

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; worker-src 'self'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'none'"
)


def html(graphiql: GraphiQL) -> str:
    return graphiql.page().body.decode()


def config(graphiql: GraphiQL) -> Any:
    found = re.search(r'<script type="application/json" id="[^"]+">(.*?)</script>', html(graphiql))
    assert found is not None
    return json.loads(found[1])


async def test_a_browser_gets_the_page_under_a_strict_policy() -> None:
    graphiql = GraphiQL("Gateway")
    async with tiny.client(tiny.endpoint(page=graphiql.page)) as client:
        answer = await client.get("/graphql", headers={"accept": "text/html,*/*;q=0.8"})

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text == html(graphiql)


def test_the_page_names_files_that_are_there() -> None:
    paths = re.findall(r'(?:href|src)="([^"]+)"', html(GraphiQL("Gateway")))

    assert paths.pop(0) == "data:,"
    assert len(paths) == 2
    assert [path.rpartition("/")[0] for path in paths] == ["/graphql/assets"] * 2
    assert {path.rpartition("/")[2] for path in paths} <= {
        path.name for path in (BUILT / "assets").iterdir()
    }


def test_an_endpoint_elsewhere_takes_its_files_along() -> None:
    graphiql = GraphiQL("Gateway", "/api/graphql", tabs=[])

    assert graphiql.assets_path == "/api/graphql/assets"
    assert 'src="/api/graphql/assets/main-' in html(graphiql)
    assert config(graphiql) == {"title": "Gateway", "endpoint": "/api/graphql", "examples": []}


def test_variables_are_shown_as_the_text_of_an_editor() -> None:
    tabs = [Example("a", "query A { a }", {}), Example("b", "query B { b }", {"x": "é"})]

    assert config(GraphiQL("Gateway", tabs=tabs))["examples"] == [
        {"document": "query A { a }", "variables": None},
        {"document": "query B { b }", "variables": '{\n  "x": "é"\n}'},
    ]


def test_nothing_in_a_title_or_an_example_becomes_markup() -> None:
    hostile = "</script><script>alert(1)</script><!--"
    graphiql = GraphiQL(hostile, tabs=[Example("a", f"# {hostile}\nquery A {{ a }}", {})])

    assert hostile not in html(graphiql)
    assert "<script>" not in html(graphiql)
    assert "<!--" not in html(graphiql)
    assert config(graphiql)["title"] == hostile
    assert config(graphiql)["examples"][0]["document"] == f"# {hostile}\nquery A {{ a }}"


def test_the_default_tabs_are_the_example_files() -> None:
    first = config(GraphiQL("Gateway"))["examples"][0]

    assert "query RecentCalls {" in first["document"]
