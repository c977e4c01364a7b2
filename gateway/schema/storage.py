"""How much of a conversation Retell keeps: said of agents and of calls alike."""

from __future__ import annotations

from enum import Enum

from gateway.schema.types import open_enum


@open_enum
class DataStorageSetting(Enum):
    """How much of a conversation Retell stores."""

    EVERYTHING = "everything"
    """Transcripts, recordings and logs included."""
    EVERYTHING_EXCEPT_PII = "everything_except_pii"
    """Everything, with personal data removed after the call."""
    BASIC_ATTRIBUTES_ONLY = "basic_attributes_only"
    """No transcripts, recordings or logs."""
    UNKNOWN = "UNKNOWN"
