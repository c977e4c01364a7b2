"""The routes of knowledge bases. What is added to one is indexed for some seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from gateway.sandbox.data.knowledge_bases import knowledge_bases_of
from gateway.sandbox.data.seeds import seeded, token
from gateway.sandbox.endpoint import Endpoint
from gateway.sandbox.filters import properties
from gateway.sandbox.forms import files_in
from gateway.sandbox.problem import bad_request, not_found
from gateway.sandbox.shelf import Shelf
from gateway.sandbox.urls import plain, sign

if TYPE_CHECKING:
    from gateway.sandbox.endpoint import Ask
    from gateway.sandbox.store import Account

Json = dict[str, Any]

INDEXING_MS = 5_000
_LISTS = ("knowledge_base_texts", "knowledge_base_urls")
_FILES = "knowledge_base_files"
_SOURCES = {_FILES, *_LISTS}
MOST_FILES = 25
MOST_FILE_BYTES = 50 * 1024 * 1024
_SETTINGS = {"knowledge_base_name", "enable_auto_refresh", "max_chunk_size", "min_chunk_size"}
_OURS = ("ready_ms", "meanwhile", "then", "sources", "coming")
"""What is kept of one and not told."""


def _bases(account: Account) -> Shelf:
    return account.shelf(
        "knowledge bases",
        lambda account: Shelf(
            "knowledge base",
            "knowledge_base_id",
            knowledge_bases_of(account.world, account.anchor_ms),
        ),
    )


def get_knowledge_base(ask: Ask) -> Json:
    return _told(_bases(ask.account).find(ask.path["knowledge_base_id"]), ask.now_ms)


def list_knowledge_bases(ask: Ask) -> bytes:
    return orjson.dumps([_told(base, ask.now_ms) for base in _bases(ask.account)])


def create_knowledge_base(ask: Ask) -> Json:
    given = properties("body", ask.body, _SOURCES | _SETTINGS)
    name = given.get("knowledge_base_name", "")
    if not 0 < len(name) < 40:
        raise bad_request("knowledge_base_name must have 1 to 39 characters")
    least, most = _whole(given, "min_chunk_size", 400), _whole(given, "max_chunk_size", 2000)
    if least >= most:
        raise bad_request("min_chunk_size must be less than max_chunk_size")
    bases = _bases(ask.account)
    made = seeded(ask.account.world, "made knowledge base", len([*bases]), ask.now_ms, name)
    base: Json = {
        "knowledge_base_id": f"knowledge_base_{token(made, 16)}",
        "knowledge_base_name": name,
        "max_chunk_size": most,
        "min_chunk_size": least,
        "enable_auto_refresh": given.get("enable_auto_refresh", "false") == "true",
        "ready_ms": ask.now_ms + INDEXING_MS,
        "meanwhile": "in_progress",
        "then": "complete",
        "sources": [],
        "coming": [],
    }
    return _told(bases.put(base | {"coming": _sources(given, base)}), ask.now_ms)


def add_sources(ask: Ask) -> Json:
    bases = _bases(ask.account)
    base = bases.find(ask.path["knowledge_base_id"])
    found = _sources(properties("body", ask.body, _SOURCES), base)
    if not found:
        raise bad_request("No source is given")
    indexed = _indexed(base, ask.now_ms)
    more: Json = {
        "sources": indexed,
        "coming": [*(s for s in base["coming"] if s not in indexed), *found],
        "ready_ms": ask.now_ms + INDEXING_MS,
        "meanwhile": "refreshing_in_progress",
        "then": "complete",
    }
    return _told(bases.put(base | more), ask.now_ms)


def delete_knowledge_base(ask: Ask) -> None:
    _bases(ask.account).remove(ask.path["knowledge_base_id"])


def delete_source(ask: Ask) -> Json:
    bases, source_id = _bases(ask.account), ask.path["source_id"]
    base = bases.find(ask.path["knowledge_base_id"])
    if source_id not in [source["source_id"] for source in _indexed(base, ask.now_ms)]:
        raise not_found("knowledge base source", source_id)
    left = {
        name: [source for source in base[name] if source["source_id"] != source_id]
        for name in ("sources", "coming")
    }
    return _told(bases.put(base | left), ask.now_ms)


def _indexed(base: Json, now_ms: int) -> list[Json]:
    return [*base["sources"], *(base["coming"] if now_ms >= base["ready_ms"] else [])]


def _told(base: Json, now_ms: int) -> Json:
    """As Retell shows it now: sources only once there are some that are indexed."""
    told = {name: value for name, value in base.items() if name not in _OURS}
    told["status"] = status = base["then" if now_ms >= base["ready_ms"] else "meanwhile"]
    if status in ("in_progress", "error"):
        return told
    id_ = base["knowledge_base_id"]
    sources = [_shown(source, id_, now_ms) for source in _indexed(base, now_ms)]
    return told | {"knowledge_base_sources": sources}


def _shown(source: Json, id_: str, now_ms: int) -> Json:
    address = plain(id_, source["source_id"])
    match source["type"]:
        case "document":
            return source | {"file_url": sign(address, now_ms)}
        case "text":
            return source | {"content_url": address}
    return source


def _sources(given: Json, base: Json) -> list[Json]:
    texts, urls = (_listed(given, name) for name in _LISTS)
    files = files_in(given, _FILES, MOST_FILES) if _FILES in given else []
    if not all(isinstance(text, dict) and text.keys() == {"title", "text"} for text in texts):
        raise bad_request("knowledge_base_texts must have title and text each")
    if not all(isinstance(url, str) and url.startswith("http") for url in urls):
        raise bad_request("knowledge_base_urls must be valid urls")
    if any(len(file.content) > MOST_FILE_BYTES for file in files):
        raise bad_request("knowledge_base_files must have up to 50 MB each")
    found: list[Json] = [
        {"type": "document", "filename": file.name, "file_size": len(file.content)}
        for file in files
    ]
    found += [{"type": "text", "title": text["title"]} for text in texts]
    found += [{"type": "url", "url": url} for url in urls]
    before = len(base["sources"]) + len(base["coming"])
    parts = [base["knowledge_base_id"], base["ready_ms"]]
    return [
        {"source_id": f"source_{token(seeded(*parts, before + n), 12)}"} | source
        for n, source in enumerate(found)
    ]


def _listed(given: Json, name: str) -> list[Any]:
    """A list, which a form has as JSON."""
    try:
        value = orjson.loads(given.get(name, "[]"))
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, list):
        raise bad_request(f"{name} must be a list")
    return value


def _whole(given: Json, name: str, default: int) -> int:
    value = given.get(name, str(default))
    if not (value.isascii() and value.isdigit()):
        raise bad_request(f"{name} must be an integer")
    return int(value)


ENDPOINTS = (
    Endpoint("GET", "/get-knowledge-base/{knowledge_base_id}", get_knowledge_base),
    Endpoint("GET", "/list-knowledge-bases", list_knowledge_bases),
    Endpoint("POST", "/create-knowledge-base", create_knowledge_base, form=True),
    Endpoint("POST", "/add-knowledge-base-sources/{knowledge_base_id}", add_sources, form=True),
    Endpoint("DELETE", "/delete-knowledge-base/{knowledge_base_id}", delete_knowledge_base),
    Endpoint(
        "DELETE",
        "/delete-knowledge-base-source/{knowledge_base_id}/source/{source_id}",
        delete_source,
    ),
)
