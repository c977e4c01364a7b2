"""The data of the upstream stand-in: calls of some 55 KB, pages of calls, agents; all made up."""

from __future__ import annotations

from random import Random
from typing import Any

CALLS = 256
PAGES = 64
AGENTS = 10
STARTED = 1_780_000_000_000
"""Milliseconds; long ago, so that every call is settled."""

_WORDS = (
    "yes",
    "the",
    "appointment",
    "Monday",
    "could",
    "please",
    "morning",
    "number",
    "thank",
    "you",
    "insurance",
    "again",
    "afternoon",
    "sure",
    "address",
    "doctor",
)


def call_id(number: int) -> str:
    """Of the same form as Retell's."""
    return f"call_{number:027x}"


def agent_id(number: int) -> str:
    """Of the same form as Retell's."""
    return f"agent_{number:026x}"


def phone_number(page: int) -> str:
    """What a list is filtered by to get that page."""
    return f"+1415555{page % PAGES:04}"


def whole_call(number: int) -> dict[str, Any]:
    """As `GET /v2/get-call` gives it: 40 utterances, 480 words."""
    random = Random(number)
    entries = [_utterance(random, at) for at in range(40)]
    transcript = "\n".join(f"{entry['role'].title()}: {entry['content']}" for entry in entries)
    return list_item(number) | {
        "transcript": transcript,
        "transcript_object": entries,
        "transcript_with_tool_calls": entries,
    }


def page(number: int, limit: int) -> dict[str, Any]:
    """As `POST /v3/list-calls` gives it: no transcripts."""
    items = [list_item(1000 * (number + 1) + at) for at in range(limit)]
    return {"items": items, "has_more": True, "pagination_key": f"after_{number}_{limit}"}


def agent(number: int) -> dict[str, Any]:
    """As `GET /get-agent` gives it, without most of its settings."""
    return {
        "agent_id": agent_id(number),
        "agent_name": f"Agent {number}",
        "version": 1,
        "is_published": True,
        "channel": "voice",
        "voice_id": "11labs-Adrian",
        "language": "en-US",
        "response_engine": {"type": "retell-llm", "llm_id": f"llm_{number:028x}", "version": 1},
        "interruption_sensitivity": 0.9,
        "enable_backchannel": True,
        "last_modification_timestamp": STARTED - 864_000_000,
    }


CONCURRENCY = {
    "current_concurrency": 7,
    "concurrency_limit": 20,
    "base_concurrency": 20,
    "purchased_concurrency": 0,
    "concurrency_purchase_limit": 100,
    "remaining_purchase_limit": 100,
    "concurrency_burst_enabled": False,
}
ACCOUNT = {"org_id": "org_bench", "org_name": "Benchmarks", "api_key_name": "bench"}


def list_item(number: int) -> dict[str, Any]:
    """A call without its transcripts: some 2.7 KB."""
    random = Random(f"item {number}")
    started = STARTED - number * 61_000
    duration = 60_000 + random.randrange(240_000)
    return {
        "call_id": call_id(number),
        "call_type": "web_call",
        "access_token": "never shown",
        "agent_id": agent_id(number % AGENTS),
        "agent_version": 1,
        "agent_name": f"Agent {number % AGENTS}",
        "call_status": "ended",
        "start_timestamp": started,
        "end_timestamp": started + duration,
        "duration_ms": duration,
        "disconnection_reason": random.choice(("user_hangup", "agent_hangup", "inactivity")),
        "metadata": {
            "customer": f"customer {number}",
            "campaign": "spring",
            "note": "again. " * 30,
        },
        "retell_llm_dynamic_variables": {"customer_name": "Ada", "due": "Monday"},
        "latency": {
            kind: _latency(random) for kind in ("e2e", "asr", "llm", "tts", "knowledge_base")
        },
        "call_cost": {
            "product_costs": [
                {"product": "elevenlabs_tts", "unit_price": 0.1167, "cost": 25.5},
                {"product": "gpt_4_1", "unit_price": 0.075, "cost": 16.25},
                {"product": "us_telephony", "unit_price": 0.025, "cost": 5.5},
            ],
            "total_duration_seconds": duration // 1000,
            "total_duration_unit_price": 0.2167,
            "combined_cost": random.randrange(1000, 9000) / 100,
        },
        "call_analysis": {
            "call_summary": "The user moved an appointment to Monday; nothing is left open.",
            "in_voicemail": False,
            "user_sentiment": random.choice(("Positive", "Neutral", "Negative")),
            "call_successful": True,
            "custom_analysis_data": {"name": "Ada", "day": "Monday", "score": 4},
        },
        "recording_url": f"https://recordings.test/{call_id(number)}/recording.wav",
        "public_log_url": f"https://recordings.test/{call_id(number)}/public.log",
        "data_storage_setting": "everything",
        "opt_in_signed_url": False,
        "llm_token_usage": {"values": [random.randrange(900, 3000) for _ in range(20)]},
    }


def _latency(random: Random) -> dict[str, Any]:
    values = [random.randrange(300, 2600) for _ in range(24)]
    ordered = sorted(values)
    return {
        "p50": ordered[12],
        "p90": ordered[21],
        "p95": ordered[21] + 0.5,
        "p99": ordered[23],
        "max": ordered[23],
        "min": ordered[0],
        "num": len(values),
        "values": values,
    }


def _utterance(random: Random, at: int) -> dict[str, Any]:
    words = []
    for place in range(12):
        start = round(at * 6.5 + place * 0.41 + random.random() / 10, 2)
        words.append({"word": random.choice(_WORDS), "start": start, "end": round(start + 0.3, 1)})
    content = " ".join(str(word["word"]) for word in words)
    return {"role": ("agent", "user")[at % 2], "content": content, "words": words}
