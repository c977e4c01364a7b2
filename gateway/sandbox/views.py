"""A call as the routes see it: made from a script, or a document that stands as it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from gateway.sandbox.data.measures import block
from gateway.sandbox.data.record import FIELDS, item, record
from gateway.sandbox.data.tool_uses import tool_uses
from gateway.sandbox.data.transcripts import TRANSCRIPTS

if TYPE_CHECKING:
    from gateway.sandbox.data.moment import Moment
    from gateway.sandbox.pages import Place

Json = dict[str, Any]


class CallView(Protocol):
    @property
    def call_id(self) -> str: ...
    @property
    def place(self) -> Place: ...
    def item(self) -> Json: ...
    def record(self) -> Json: ...
    def value(self, name: str) -> object: ...


_WITHIN = {
    "call_successful": ("call_analysis", "call_successful"),
    "in_voicemail": ("call_analysis", "in_voicemail"),
    "user_sentiment": ("call_analysis", "user_sentiment"),
    "custom_analysis_data": ("call_analysis", "custom_analysis_data"),
    "combined_cost": ("call_cost", "combined_cost"),
}
"""What a filter calls by a short name."""


@dataclass(frozen=True, slots=True)
class ScriptedCall:
    moment: Moment

    @property
    def call_id(self) -> str:
        return self.moment.script.call_id

    @property
    def place(self) -> Place:
        return self.moment.script.start_ms, self.moment.script.call_id

    def item(self) -> Json:
        return item(self.moment)

    def record(self) -> Json:
        return record(self.moment)

    def value(self, name: str) -> object:
        """The value that the filter of this name is about."""
        script = self.moment.script
        match name:
            case "agent":
                return script.agent.agent_id, script.agent.version
            case "batch_call_id":
                return script.batch_call_id
            case "dynamic_variables":
                return FIELDS["retell_llm_dynamic_variables"](self.moment)
            case "e2e_latency_p50":
                return block(script, "e2e")["p50"] if self.moment.talked else None
            case "tool_calls":
                return tool_uses(script) if self.moment.talked else ()
        if name in _WITHIN:
            outer, inner = _WITHIN[name]
            return (FIELDS[outer](self.moment) or {}).get(inner)
        return FIELDS[name](self.moment)


@dataclass(frozen=True, slots=True)
class FixedCall:
    document: Json

    @property
    def call_id(self) -> str:
        return str(self.document["call_id"])

    @property
    def place(self) -> Place:
        return int(self.document["start_timestamp"]), self.call_id

    def item(self) -> Json:
        return {name: value for name, value in self.document.items() if name not in TRANSCRIPTS}

    def record(self) -> Json:
        return self.document

    def value(self, name: str) -> object:
        match name:
            case "agent":
                return self.document["agent_id"], self.document["version"]
            case "dynamic_variables":
                return self.document["retell_llm_dynamic_variables"]
            case "duration_ms":
                return self.document["end_timestamp"] - self.document["start_timestamp"]
            case "e2e_latency_p50":
                return self.document["latency"]["e2e"]["p50"]
            case "tool_calls":
                return ()
        if name in _WITHIN:
            outer, inner = _WITHIN[name]
            return self.document[outer][inner]
        return self.document.get(name)
