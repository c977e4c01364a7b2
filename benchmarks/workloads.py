"""The operations that are measured, and what their right answers are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from benchmarks import corpus

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Workload:
    """One operation; `variables` rotates over ids or pages, by the turn."""

    name: str
    title: str
    query: str
    variables: Callable[[int], dict[str, Any]]
    turns: int
    """After so many it begins again."""
    upstream: int
    """Requests that a cold answer needs where nothing is shared between answers."""
    documents: int | None = 1
    """How many different ones are sent in turn; None: no document is sent twice."""

    def document(self, turn: int, query: str) -> str:
        """The text to send, from `query` as the target knows it."""
        if self.documents == 1:
            return query
        number = turn % self.documents if self.documents else turn
        return query.replace("query", f"query Document{number}", 1)


def _one_call(turn: int) -> dict[str, Any]:
    return {"id": corpus.call_id(turn % corpus.CALLS)}


def _one_page(turn: int) -> dict[str, Any]:
    return {"number": corpus.phone_number(turn)}


def _screen(turn: int) -> dict[str, Any]:
    return {
        "id": corpus.call_id(turn % corpus.CALLS),
        "number": corpus.phone_number(turn),
        "other": corpus.phone_number(turn + corpus.PAGES // 2),
    }


_CARD = """callId callStatus callType agentName startTimestamp endTimestamp durationMs
    disconnectionReason callCost { combinedCost } latency { e2e { p50 p95 } }"""

_STATS = "{ p50 p90 p95 p99 max min num values }"

_DETAIL = f"""callId callStatus durationMs transcriptObject {{ role content @@ }}
    latency {{ e2e {_STATS} asr {_STATS} llm {_STATS} tts {_STATS} knowledgeBase {_STATS} }}
    callCost {{ combinedCost totalDurationSeconds productCosts {{ product unitPrice cost }} }}
    callAnalysis {{ callSummary userSentiment callSuccessful inVoicemail customAnalysisData }}"""

_LISTED = """callId callStatus callType startTimestamp durationMs disconnectionReason
    callCost { combinedCost } callAnalysis { callSummary userSentiment callSuccessful }
    agent { agentName }"""

CARD = Workload(
    "W1",
    "a card: one call, 8 scalars, cost and latency",
    f"query ($id: ID!) {{ call(callId: $id) {{ {_CARD} }} }}",
    _one_call,
    corpus.CALLS,
    1,
)
DETAIL = Workload(
    "W2",
    "a page of detail: one call, its transcript without words, all latency, cost and analysis",
    f"query ($id: ID!) {{ call(callId: $id) {{ {_DETAIL.replace('@@', '')} }} }}",
    _one_call,
    corpus.CALLS,
    1,
)
WORDS = Workload(
    "W3",
    "the same with start and end of 480 words",
    "query ($id: ID!) { call(callId: $id) { "
    + _DETAIL.replace("@@", "words { start end }")
    + " } }",
    _one_call,
    corpus.CALLS,
    1,
)


def listing(first: int, turns: int = corpus.PAGES) -> Workload:
    """A page of so many calls with their agents' names."""
    return Workload(
        "W4" if first == 50 else f"list of {first}",
        f"{first} calls, 10 fields and their agents' names",
        f"query ($number: String!) {{ calls(first: {first}, filter: {{ fromNumber: "
        f"{{ eq: $number }} }}) {{ nodes {{ {_LISTED} }} }} }}",
        _one_page,
        turns,
        1 + min(first, corpus.AGENTS),
    )


_ROWS = "nodes { callId callStatus durationMs disconnectionReason }"

DASHBOARD = Workload(
    "dashboard",
    "two lists of 10 calls, concurrency, account and one card, in one operation",
    f"""query ($id: ID!, $number: String!, $other: String!) {{
    recent: calls(first: 10, filter: {{ fromNumber: {{ eq: $number }} }}) {{ {_ROWS} }}
    other: calls(first: 10, filter: {{ fromNumber: {{ eq: $other }} }}) {{ {_ROWS} }}
    concurrency {{ currentConcurrency concurrencyLimit }}
    account {{ orgName }}
    call(callId: $id) {{ {_CARD} }} }}""",
    _screen,
    corpus.CALLS,
    5,
)
FIRST_SEEN = Workload(
    "new doc",
    "the card, every request with a document that was never seen",
    CARD.query,
    _one_call,
    corpus.CALLS,
    1,
    documents=None,
)


def cards(documents: int) -> Workload:
    """The card, asked for by so many different documents in turn."""
    turns = max(documents, corpus.CALLS)
    name = f"{documents} documents"
    return replace(CARD, name=name, title=name, turns=turns, documents=documents)


WORKLOADS = (CARD, DETAIL, WORDS, listing(50), DASHBOARD, FIRST_SEEN)
