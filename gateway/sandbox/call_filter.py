"""What list-calls can be filtered by, as one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from gateway.sandbox.filters import (
    BOOLEAN,
    ENUM,
    NUMBER,
    RANGE,
    STRING,
    condition,
    keyed,
    listed,
    properties,
)
from gateway.sandbox.problem import bad_request

if TYPE_CHECKING:
    from collections.abc import Callable

    Test = Callable[[Any], bool]


class Told(Protocol):
    """A call, asked for one value at a time: no record is built to be filtered away."""

    def value(self, name: str) -> object: ...


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single condition on one value."""

    kinds: tuple[str, ...]
    choices: tuple[str, ...] = ()

    def test(self, name: str, given: object) -> Test:
        return condition(name, given, self.kinds, choices=self.choices)


class Keyed:
    """A list of conditions on the entries of a map."""

    def test(self, name: str, given: object) -> Test:
        return keyed(name, given)


class Agents:
    """Any of some agents, each with any of some versions; no versions named means all."""

    def test(self, name: str, given: object) -> Test:
        wanted = [self._agent(name, one) for one in listed(name, given)]
        return lambda has: (
            not wanted
            or any(
                has[0] == agent and (not versions or has[1] in versions)
                for agent, versions in wanted
            )
        )

    def _agent(self, name: str, one: object) -> tuple[str, list[Any]]:
        one = properties(name, one, {"agent_id", "version"})
        if not isinstance(one.get("agent_id"), str):
            raise bad_request(f"{name}: agent_id is required")
        return one["agent_id"], listed(f"{name}.version", one.get("version", []))


class ToolCalls:
    """For each entry, some tool call of the call must have all that it says."""

    def test(self, name: str, given: object) -> Test:
        wanted = [self._tool(name, one) for one in listed(name, given)]
        return lambda uses: all(any(test(use) for use in uses) for test in wanted)

    def _tool(self, name: str, one: object) -> Test:
        one = properties(name, one, {"name", "type", "success", "latency_ms"})
        if not one:
            raise bad_request(f"{name}: at least one property is required")
        tests: list[tuple[str, Test]] = []
        for key in ("name", "type"):
            if key in one:
                exact = {"type": STRING, "op": "eq", "value": one[key]}
                tests.append((key, condition(f"{name}.{key}", exact, (STRING,))))
        if "success" in one:
            tests.append(("success", condition(f"{name}.success", one["success"], (BOOLEAN,))))
        if "latency_ms" in one:
            latency = condition(f"{name}.latency_ms", one["latency_ms"], (NUMBER, RANGE))
            tests.append(("latency_ms", latency))
        return lambda use: all(test(getattr(use, key)) for key, test in tests)


_AMOUNT = Scalar((NUMBER, RANGE))
_TEXT = Scalar((STRING,))
_TRUTH = Scalar((BOOLEAN,))


def _one_of(*choices: str) -> Scalar:
    return Scalar((ENUM,), choices)


REASONS = (
    "user_hangup",
    "agent_hangup",
    "user_requested_dnc",
    "user_requested_callback",
    "call_transfer",
    "voicemail_reached",
    "ivr_reached",
    "inactivity",
    "max_duration_reached",
    "concurrency_limit_reached",
    "no_concurrency_fallback",
    "no_valid_payment",
    "credit_exhausted",
    "budget_reached",
    "scam_detected",
    "dial_busy",
    "dial_failed",
    "dial_no_answer",
    "invalid_destination",
    "telephony_provider_permission_denied",
    "telephony_provider_unavailable",
    "sip_routing_error",
    "marked_as_spam",
    "network_blocked",
    "user_declined",
    "error_llm_websocket_open",
    "error_llm_websocket_lost_connection",
    "error_llm_websocket_runtime",
    "error_llm_websocket_corrupt_payload",
    "error_no_audio_received",
    "error_asr",
    "error_retell",
    "error_unknown",
    "error_user_not_joined",
    "registered_call_timeout",
    "transfer_bridged",
    "transfer_cancelled",
    "manual_stopped",
    "call_take_over",
)

FIELDS: dict[str, Scalar | Keyed | Agents | ToolCalls] = {
    "agent": Agents(),
    "agent_tag": Scalar((ENUM,)),
    "batch_call_id": _TEXT,
    "call_id": Scalar((STRING, ENUM)),
    "call_status": _one_of("not_connected", "ongoing", "ended", "error"),
    "call_successful": _TRUTH,
    "call_type": _one_of("web_call", "phone_call"),
    "combined_cost": _AMOUNT,
    "custom_analysis_data": Keyed(),
    "custom_attributes": Keyed(),
    "data_storage_setting": _one_of("everything", "everything_except_pii", "basic_attributes_only"),
    "direction": _one_of("inbound", "outbound"),
    "disconnection_reason": _one_of(*REASONS),
    "duration_ms": _AMOUNT,
    "dynamic_variables": Keyed(),
    "e2e_latency_p50": _AMOUNT,
    "end_timestamp": _AMOUNT,
    "from_number": _TEXT,
    "in_voicemail": _TRUTH,
    "metadata": Keyed(),
    "start_timestamp": _AMOUNT,
    "to_number": _TEXT,
    "tool_calls": ToolCalls(),
    "user_sentiment": _one_of("Negative", "Positive", "Neutral", "Unknown"),
}


def call_filter(criteria: object) -> Callable[[Told], bool]:
    """All criteria must be met; none given, all calls meet them."""
    criteria = properties("filter_criteria", criteria, set(FIELDS))
    tests = [(name, FIELDS[name].test(name, given)) for name, given in criteria.items()]
    return lambda call: all(test(call.value(name)) for name, test in tests)
