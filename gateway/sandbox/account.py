"""The routes of the account: its concurrency, and whose key it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.sandbox.data.seeds import seeded, token
from gateway.sandbox.endpoint import Endpoint

if TYPE_CHECKING:
    from gateway.sandbox.endpoint import Ask

_BASE, _PURCHASED, _PURCHASE_LIMIT = 20, 10, 100


def get_concurrency(ask: Ask) -> dict[str, Any]:
    limit = _BASE + _PURCHASED
    return {
        "current_concurrency": ask.account.ongoing(ask.now_ms),
        "concurrency_limit": limit,
        "base_concurrency": _BASE,
        "purchased_concurrency": _PURCHASED,
        "concurrency_purchase_limit": _PURCHASE_LIMIT,
        "remaining_purchase_limit": _PURCHASE_LIMIT - _PURCHASED,
        "concurrency_burst_enabled": True,
        "concurrency_burst_limit": min(3 * limit, limit + 300),
        "reserved_inbound_concurrency": 5,
    }


def org_of(key: str) -> str:
    """The id of the organisation that a key belongs to."""
    return f"org_{token(seeded('org', key), 16)}"


def get_api_key_info(ask: Ask) -> dict[str, Any]:
    key = ask.account.key
    return {
        "org_id": org_of(key),
        "org_name": f"Sandbox of {key[-1].upper()}",
        "api_key_name": f"Key {key[-1].upper()}",
    }


ENDPOINTS = (
    Endpoint("GET", "/get-concurrency", get_concurrency),
    Endpoint("GET", "/get-api-key-info", get_api_key_info),
)
