"""The operations that are measured, and the upstream that answers them from ready bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import orjson

if TYPE_CHECKING:
    from collections.abc import Callable

CALLS = 256
AGENTS = 10
NOW = 1_780_000_000


@dataclass(frozen=True, slots=True)
class Workload:
    """One operation; `variables` rotates over ids, `upstream` is the requests of a cold answer."""

    name: str
    query: str
    variables: Callable[[int], dict[str, Any]]
    upstream: int


def _one_call(turn: int) -> dict[str, Any]:
    return {"id": f"call_{turn % CALLS}"}


def _one_page(turn: int) -> dict[str, Any]:
    return {"number": f"+1415555{turn % 64:04}"}


_DETAIL = """
    callId callStatus durationMs transcriptObject { role content @@ }
    latency { e2e { p50 p90 p95 p99 max min num values } llm { p50 p95 values } tts { p50 p95 } }
    callCost { combinedCost totalDurationSeconds productCosts { product unitPrice cost } }
    callAnalysis { callSummary userSentiment callSuccessful inVoicemail customAnalysisData }
"""

WORKLOADS = (
    Workload(
        "W1 card",
        """query ($id: ID!) { call(callId: $id) {
            callId callStatus callType agentName startTimestamp endTimestamp durationMs
            disconnectionReason callCost { combinedCost } latency { e2e { p50 p95 } } } }""",
        _one_call,
        1,
    ),
    Workload(
        "W2 detail",
        "query ($id: ID!) { call(callId: $id) {" + _DETAIL.replace("@@", "") + "} }",
        _one_call,
        1,
    ),
    Workload(
        "W3 words",
        "query ($id: ID!) { call(callId: $id) {"
        + _DETAIL.replace("@@", "words { start end }")
        + "} }",
        _one_call,
        1,
    ),
    Workload(
        "W4 list",
        """query ($number: String!) {
            calls(first: 50, filter: { fromNumber: { eq: $number } }) { nodes {
                callId callStatus callType startTimestamp durationMs disconnectionReason
                callCost { combinedCost } callAnalysis { callSummary userSentiment callSuccessful }
                agent { agentName } } } }""",
        _one_page,
        1 + AGENTS,
    ),
)


def upstream() -> httpx.MockTransport:
    """Retell from ready bytes: calls of some 50 KB, pages of 50 calls, agents."""
    calls = [orjson.dumps(_call(number)) for number in range(CALLS)]
    items = [_list_item(number) for number in range(50)]
    page = orjson.dumps({"items": items, "has_more": True, "pagination_key": "next"})

    def answer(request: httpx.Request) -> httpx.Response:
        kind, _, name = request.url.path.rpartition("/")
        if kind == "/v2/get-call":
            body = calls[int(name.removeprefix("call_"))]
        elif kind == "/get-agent":
            body = orjson.dumps({"agent_id": name, "agent_name": f"Agent {name}", "version": 1})
        else:
            body = page
        return httpx.Response(200, content=body, headers={"content-type": "application/json"})

    return httpx.MockTransport(answer)


def _call(number: int) -> dict[str, Any]:
    words = [{"word": f"word{at} ", "start": at / 2, "end": at / 2 + 0.4} for at in range(12)]
    entries = [
        {
            "role": ("agent", "user")[at % 2],
            "content": "a sentence of some words " * 3,
            "words": words,
        }
        for at in range(40)
    ]
    transcript = "\n".join(f"{entry['role']}: {entry['content']}" for entry in entries)
    return _list_item(number) | {
        "transcript": transcript,
        "transcript_object": entries,
        "transcript_with_tool_calls": entries,
    }


def _list_item(number: int) -> dict[str, Any]:
    stats: dict[str, Any] = {"p50": 800, "p90": 1200, "p95": 1500, "p99": 2500}
    stats |= {"max": 2700, "min": 500, "num": 20, "values": list(range(500, 520))}
    return {
        "call_id": f"call_{number}",
        "call_type": "web_call",
        "access_token": "secret",
        "agent_id": f"agent_{number % AGENTS}",
        "agent_version": 1,
        "agent_name": "Ada",
        "call_status": "ended",
        "start_timestamp": (NOW - 90_000) * 1000,
        "end_timestamp": (NOW - 89_700) * 1000,
        "duration_ms": 300_000,
        "disconnection_reason": "user_hangup",
        "latency": dict.fromkeys(("e2e", "asr", "llm", "tts", "knowledge_base"), stats),
        "call_cost": {
            "product_costs": [{"product": "elevenlabs_tts", "unit_price": 0.1, "cost": 30}],
            "total_duration_seconds": 300,
            "total_duration_unit_price": 0.2,
            "combined_cost": 60,
        },
        "call_analysis": {
            "call_summary": "The user asked for an appointment and got one on Monday.",
            "in_voicemail": False,
            "user_sentiment": "Positive",
            "call_successful": True,
            "custom_analysis_data": {"name": "Ada"},
        },
    }
