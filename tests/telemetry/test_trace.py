"""`gateway.telemetry.trace`: what an operation did, as `extensions.gateway` shows it."""

from __future__ import annotations

from gateway.telemetry.trace import Seen, Sent, Trace


def test_an_operation_that_did_nothing_has_nothing_to_explain() -> None:
    assert Trace().explain("request-1") == {
        "requestId": "request-1",
        "upstreamRequests": 0,
        "upstream": [],
        "cache": [],
    }


def test_requests_and_answers_are_explained_in_order() -> None:
    trace = Trace()
    trace.sent += [Sent("GET /v2/get-call", None, 0.01234, 1)]
    trace.sent += [Sent("GET /v2/get-call", 200, 1.0, 2)]
    trace.seen += [Seen(("call",), "miss", 0.0), Seen(("calls", 0, "agent"), "stale", 61.2346)]
    assert trace.explain("request-1") == {
        "requestId": "request-1",
        "upstreamRequests": 2,
        "upstream": [
            {"endpoint": "GET /v2/get-call", "status": None, "durationMs": 12.3, "attempt": 1},
            {"endpoint": "GET /v2/get-call", "status": 200, "durationMs": 1000.0, "attempt": 2},
        ],
        "cache": [
            {"path": ["call"], "state": "miss", "ageMs": 0},
            {"path": ["calls", 0, "agent"], "state": "stale", "ageMs": 61235},
        ],
    }


def test_traces_share_nothing() -> None:
    Trace().sent.append(Sent("GET /v2/get-call", 200, 1.0, 1))
    assert Trace() == Trace([], [])
