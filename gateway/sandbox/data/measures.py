"""The numbers of a call that is over: latency, tokens, cost."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from gateway.sandbox.data.moment import Moment
    from gateway.sandbox.data.scripts import Script

Json = dict[str, Any]

_MEAN_MS = {
    "e2e": 950,
    "asr": 130,
    "llm": 560,
    "llm_websocket_network_rtt": 45,
    "tts": 240,
    "knowledge_base": 180,
    "s2s": 700,
}
_PERCENTILES = {"p50": 0.50, "p90": 0.90, "p95": 0.95, "p99": 0.99}

_CENTS_A_SECOND = {
    "retell_voice_engine": 0.0917,
    "elevenlabs_tts": 0.1167,
    "gpt_5_4_mini": 0.0183,
    "twilio_telephony": 0.0250,
}
_TRANSFER_CENTS_A_SECOND = 0.0250
_KNOWLEDGE_BASE_CENTS = 0.5


def uses_knowledge_base(script: Script) -> bool:
    return script.showcase or script.rng("knowledge base").random() < 0.3


@lru_cache(maxsize=8192)
def latency_json(script: Script) -> orjson.Fragment:
    """The costliest part of a list item to make, kept in its smallest form."""
    return orjson.Fragment(orjson.dumps(latency(script)))


def latency(script: Script) -> Json:
    """The blocks that the kind of agent has; a showcase has all seven."""
    kinds = {"e2e", "asr", "llm", "tts"}
    if uses_knowledge_base(script):
        kinds.add("knowledge_base")
    if script.agent.engine == "custom-llm":
        kinds.add("llm_websocket_network_rtt")
    if script.rng("s2s").random() < 0.05:
        kinds = {"e2e", "s2s"}
    return {kind: block(script, kind) for kind in _MEAN_MS if kind in kinds or script.showcase}


def block(script: Script, kind: str) -> Json:
    """One block: the values as they came, and what follows from them."""
    rng = script.rng(f"latency {kind}")
    count = max(1, script.duration_ms // 20_000)
    values = [round(_MEAN_MS[kind] * rng.lognormvariate(0, 0.35), 1) for _ in range(count)]
    ranked = sorted(values)
    stats: Json = {
        name: ranked[math.ceil(share * count) - 1] for name, share in _PERCENTILES.items()
    }
    stats |= {"min": ranked[0], "max": ranked[-1], "num": count, "values": values}
    return stats


def token_usage(script: Script) -> Json | None:
    """Retell counts none for a custom LLM."""
    if script.agent.engine == "custom-llm" and not script.showcase:
        return None
    rng = script.rng("tokens")
    values = [rng.randrange(700, 4200) for _ in range(max(1, script.duration_ms // 20_000))]
    average = round(sum(values) / len(values), 2)
    return {"values": values, "average": average, "num_requests": len(values)}


def cost(moment: Moment) -> Json:
    """In cents. The leg after a transfer is added when it is over, long after the call."""
    script = moment.script
    seconds = math.ceil(script.duration_ms / 1000)
    products: list[Json] = [
        {"product": product, "unit_price": price, "cost": round(price * seconds, 4)}
        for product, price in _CENTS_A_SECOND.items()
        if product != "twilio_telephony" or script.call_type == "phone_call"
    ]
    if uses_knowledge_base(script):
        products.append({"product": "knowledge_base", "cost": _KNOWLEDGE_BASE_CENTS})
    if moment.transferred and script.transfer_end_ms is not None:
        leg_s = math.ceil((script.transfer_end_ms - script.end_ms) / 1000)
        products.append(
            {
                "product": "twilio_telephony",
                "unit_price": _TRANSFER_CENTS_A_SECOND,
                "cost": round(_TRANSFER_CENTS_A_SECOND * leg_s, 4),
                "is_transfer_leg_cost": True,
            }
        )
    unit_prices = [p["unit_price"] for p in products if "unit_price" in p and len(p) == 3]
    return {
        "product_costs": products,
        "total_duration_seconds": seconds,
        "total_duration_unit_price": round(sum(unit_prices), 4),
        "combined_cost": round(sum(product["cost"] for product in products), 4),
    }
