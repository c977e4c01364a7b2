"""The knowledge bases that a key has at first: every state and every kind of source."""

from __future__ import annotations

from typing import Any

from gateway.sandbox.data.seeds import seeded, token
from gateway.sandbox.data.session_tools import SECRET

_DAY_MS = 24 * 3600 * 1000
NAMES = ("Opening hours", "Price list", "Product manuals", "Broken import", "New handbook")


def knowledge_base_id(world: str, number: int) -> str:
    return f"knowledge_base_{token(seeded(world, 'knowledge base', number), 16)}"


def _source(world: str, name: str, **more: Any) -> dict[str, Any]:
    return {"source_id": f"source_{token(seeded(world, 'source', name), 12)}"} | more


def knowledge_bases_of(world: str, anchor_ms: int) -> list[dict[str, Any]]:
    """As the sandbox holds them: what is indexed until `ready_ms`, and what it is afterwards."""
    manual = _source(
        world, "manual", type="document", filename="manual, 3rd edition.pdf", file_size=482_133
    )
    hours = _source(world, "hours", type="text", title="Opening hours")
    page = f"https://ada:{SECRET}-page@shop.example.com/hours?key={SECRET}-key"
    web = _source(world, "web", type="url", url=page)
    plain = _source(world, "plain", type="url", url="https://shop.example.com/prices")
    settled: dict[str, Any] = {"ready_ms": 0, "meanwhile": "in_progress", "then": "complete"}
    kept = {
        0: settled | {"sources": [manual, hours, web]},
        1: settled | {"sources": [plain]},
        2: settled
        | {
            "ready_ms": anchor_ms + 60_000,
            "meanwhile": "refreshing_in_progress",
            "sources": [manual | _source(world, "second manual")],
            "coming": [_source(world, "more", type="text", title="Errata")],
        },
        3: settled | {"then": "error", "sources": []},
        4: settled | {"ready_ms": anchor_ms + 30_000, "sources": [], "coming": [hours]},
    }
    refreshed = {0: {"enable_auto_refresh": True, "last_refreshed_timestamp": anchor_ms - _DAY_MS}}
    return [
        {
            "knowledge_base_id": knowledge_base_id(world, number),
            "knowledge_base_name": name,
            "max_chunk_size": 2000,
            "min_chunk_size": 400,
            "enable_auto_refresh": False,
            "coming": [],
        }
        | kept[number]
        | refreshed.get(number, {})
        for number, name in enumerate(NAMES)
    ]
