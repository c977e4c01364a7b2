"""A call at a time: what its script has come to by then, with what `update-call` changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.sandbox.data.scripts import Script

Json = dict[str, Any]

SCRUBBED_AFTER_MS = 3_000
"""Between the end of a call and the end of its scrubbing the record still shows everything."""


@dataclass(frozen=True, slots=True)
class Moment:
    script: Script
    now_ms: int
    edits: Mapping[str, Any]

    @property
    def status(self) -> str:
        script, end = self.script, self.script.ending
        if self.now_ms < script.start_ms or end.status == "registered":
            return "registered"
        return "ongoing" if self.now_ms < script.end_ms else end.status

    @property
    def started(self) -> bool:
        return self.status != "registered"

    @property
    def over(self) -> bool:
        return self.status not in ("registered", "ongoing")

    @property
    def talked(self) -> bool:
        """Whether the call is over and there is something to tell of it."""
        return self.over and self.script.ending.talks

    @property
    def analysed(self) -> bool:
        at = self.script.analysed_ms
        return self.over and at is not None and self.now_ms >= at and self.storage != BASIC

    @property
    def transferred(self) -> bool:
        """Whether the transferred leg, which outlives the call, is over too."""
        at = self.script.transfer_end_ms
        return at is not None and self.now_ms >= at

    @property
    def storage(self) -> str:
        return str(self.edits.get("data_storage_setting", self.script.storage))

    @property
    def keeps_content(self) -> bool:
        """Whether transcripts, recordings and logs are stored at all."""
        return self.storage != BASIC

    @property
    def scrubs(self) -> bool:
        """Whether there are forms without personal data by now."""
        wanted = self.storage == NO_PII or "pii_config" in self.script.agent.body
        return self.talked and wanted and self.now_ms >= self.script.end_ms + SCRUBBED_AFTER_MS

    @property
    def scrubs_in_place(self) -> bool:
        """Whether only those forms are left."""
        return self.scrubs and self.storage == NO_PII

    @property
    def injected(self) -> Sequence[tuple[float, Json]]:
        """What `update-live-call` told the agent: the second of the call, and the entry."""
        told: Sequence[tuple[float, Json]] = self.edits.get("injected", ())
        return told

    @property
    def elapsed_s(self) -> float:
        """How much of the conversation has been heard."""
        return (min(self.now_ms, self.script.end_ms) - self.script.start_ms) / 1000


EVERYTHING, NO_PII, BASIC = STORAGE_SETTINGS = (
    "everything",
    "everything_except_pii",
    "basic_attributes_only",
)
"""From the loosest to the tightest."""
