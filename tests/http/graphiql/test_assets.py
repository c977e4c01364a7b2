"""The files of the page, as they are served."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from gateway.http.graphiql.assets import CONTENT_TYPES, Assets
from gateway.http.graphiql.page import BUILT
from gateway.http.graphiql.policy import CONTENT_SECURITY_POLICY

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.types import Message

FILES = sorted((BUILT / "assets").iterdir())
CONTENT = {file.name: sha256(file.read_bytes()).digest() for file in FILES}


def client(folder: Path = BUILT / "assets", *, root_path: str = "") -> httpx.AsyncClient:
    app = Starlette(routes=[Mount("/graphql/assets", Assets(folder))])
    transport = httpx.ASGITransport(app, root_path=root_path)
    return httpx.AsyncClient(transport=transport, base_url="http://gateway")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
async def test_a_file_is_served_whole_for_ever_and_as_what_it_is(file: Path) -> None:
    async with client() as browser:
        answer = await browser.get(f"/graphql/assets/{file.name}")

    assert answer.status_code == 200
    assert sha256(answer.content).digest() == CONTENT[file.name]
    assert answer.headers["content-type"] == CONTENT_TYPES[file.suffix]
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_file_is_named_by_a_hash_and_has_no_source_map(file: Path) -> None:
    assert re.fullmatch(r".+-[\w-]{8}", file.stem)
    assert not re.search(rb"# sourceMappingURL=\S+\s*$", file.read_bytes())


async def test_head_has_the_length_and_no_body() -> None:
    file = FILES[0]
    async with client() as browser:
        answer = await browser.head(f"/graphql/assets/{file.name}")

    assert answer.status_code == 200
    assert answer.headers["content-length"] == str(file.stat().st_size)
    assert answer.content == b""


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/other.js",
        "/../manifest.json",
        "/assets/../" + FILES[0].name,
        "//" + FILES[0].name,
        "/" + FILES[0].name + "/",
        "/" + FILES[0].name + "\0",
        str(FILES[0]),
    ],
)
async def test_nothing_but_the_listed_names_is_found(path: str) -> None:
    # Without a client, which would tidy the path.
    root = "/graphql/assets"
    scope = {"type": "http", "method": "GET", "path": root + path, "root_path": root, "headers": []}
    sent: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("there is no body to wait for")

    async def send(message: Message) -> None:
        sent.append(message)

    await Assets(BUILT / "assets")(scope, receive, send)

    assert sent[0]["status"] == 404
    assert sent[1]["body"] == b"Not Found"


async def test_files_are_only_read() -> None:
    async with client() as browser:
        answer = await browser.post(f"/graphql/assets/{FILES[0].name}")

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD"


async def test_a_prefix_of_the_server_is_no_part_of_the_name() -> None:
    async with client(root_path="/api") as browser:
        answer = await browser.get(f"/api/graphql/assets/{FILES[0].name}")

    assert answer.status_code == 200


def test_a_file_of_an_unknown_kind_fails_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "page.wasm").touch()

    with pytest.raises(KeyError, match="wasm"):
        Assets(tmp_path)


def test_the_licences_of_what_is_bundled_are_beside_it() -> None:
    licences = (BUILT / "licenses.md").read_text("utf-8")

    for package in ("graphiql", "monaco-editor", "react-dom", "@graphiql/plugin-explorer"):
        assert f"\n## {package} - " in licences
