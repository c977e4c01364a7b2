"""What calls and chats have in common: how they end, what users feel, what products cost."""

from __future__ import annotations

from enum import Enum

from gateway.schema.fields import read
from gateway.schema.permissions import RECORDINGS, personal
from gateway.schema.scalars import URL
from gateway.schema.types import object_type, open_enum

OF_CONTACTS = ("contact_conversations", "all")
"""What any call or chat that begins, changes or ends makes out of date as well: contacts have lists
of theirs, with summaries."""


@open_enum
class UserSentiment(Enum):
    """How the user felt about the conversation."""

    NEGATIVE = "Negative"
    """Not well."""
    POSITIVE = "Positive"
    """Well."""
    NEUTRAL = "Neutral"
    """Neither."""
    UNKNOWN = "Unknown"
    """Retell could not tell, or says something newer than this schema."""


@open_enum
class DisconnectionReason(Enum):
    """Why a conversation ended. Retell adds to these: see `disconnectionReasonRaw`."""

    USER_HANGUP = "user_hangup"
    """The user hung up."""
    AGENT_HANGUP = "agent_hangup"
    """The agent hung up."""
    USER_REQUESTED_DNC = "user_requested_dnc"
    """The user asked not to be called again."""
    USER_REQUESTED_CALLBACK = "user_requested_callback"
    """The user asked to be called back."""
    CALL_TRANSFER = "call_transfer"
    """The call was transferred away."""
    VOICEMAIL_REACHED = "voicemail_reached"
    """A voicemail answered."""
    IVR_REACHED = "ivr_reached"
    """An automated menu answered."""
    INACTIVITY = "inactivity"
    """Nobody spoke for too long."""
    MAX_DURATION_REACHED = "max_duration_reached"
    """The longest duration allowed was reached."""
    CONCURRENCY_LIMIT_REACHED = "concurrency_limit_reached"
    """Too many calls were running at once."""
    NO_CONCURRENCY_FALLBACK = "no_concurrency_fallback"
    """Too many calls were running, and there was no fallback number."""
    NO_VALID_PAYMENT = "no_valid_payment"
    """The account had no valid payment."""
    CREDIT_EXHAUSTED = "credit_exhausted"
    """The account's credit was used up."""
    BUDGET_REACHED = "budget_reached"
    """The budget that was set was reached."""
    SCAM_DETECTED = "scam_detected"
    """Retell took the call for a scam."""
    DIAL_BUSY = "dial_busy"
    """The line was busy."""
    DIAL_FAILED = "dial_failed"
    """Dialling failed."""
    DIAL_NO_ANSWER = "dial_no_answer"
    """Nobody answered."""
    INVALID_DESTINATION = "invalid_destination"
    """The number called is not valid."""
    TELEPHONY_PROVIDER_PERMISSION_DENIED = "telephony_provider_permission_denied"
    """The telephony provider did not allow the call."""
    TELEPHONY_PROVIDER_UNAVAILABLE = "telephony_provider_unavailable"
    """The telephony provider was not reachable."""
    SIP_ROUTING_ERROR = "sip_routing_error"
    """SIP routing failed."""
    MARKED_AS_SPAM = "marked_as_spam"
    """The number is marked as spam."""
    NETWORK_BLOCKED = "network_blocked"
    """The carrier's network blocked the call."""
    USER_DECLINED = "user_declined"
    """The user declined the call."""
    ERROR_LLM_WEBSOCKET_OPEN = "error_llm_websocket_open"
    """The custom LLM's websocket could not be opened."""
    ERROR_LLM_WEBSOCKET_LOST_CONNECTION = "error_llm_websocket_lost_connection"
    """The custom LLM's websocket was lost."""
    ERROR_LLM_WEBSOCKET_RUNTIME = "error_llm_websocket_runtime"
    """The custom LLM's websocket failed while running."""
    ERROR_LLM_WEBSOCKET_CORRUPT_PAYLOAD = "error_llm_websocket_corrupt_payload"
    """The custom LLM sent something that could not be read."""
    ERROR_NO_AUDIO_RECEIVED = "error_no_audio_received"
    """No audio arrived."""
    ERROR_ASR = "error_asr"
    """Speech recognition failed."""
    ERROR_RETELL = "error_retell"
    """Retell failed."""
    ERROR_UNKNOWN = "error_unknown"
    """An error that Retell has no name for."""
    ERROR_USER_NOT_JOINED = "error_user_not_joined"
    """The user never joined."""
    REGISTERED_CALL_TIMEOUT = "registered_call_timeout"
    """The registered call was never connected."""
    TRANSFER_BRIDGED = "transfer_bridged"
    """The call was bridged to the transfer target."""
    TRANSFER_CANCELLED = "transfer_cancelled"
    """The transfer was cancelled."""
    MANUAL_STOPPED = "manual_stopped"
    """The call was stopped by hand or by API."""
    CALL_TAKE_OVER = "call_take_over"
    """A human took the call over."""
    UNKNOWN = "UNKNOWN"


@open_enum
class NodeTransitionType(Enum):
    """What kind of step a conversation flow took."""

    NORMAL = "normal"
    """Along an edge of the flow."""
    GLOBAL = "global"
    """Into a global node."""
    GLOBAL_GO_BACK = "global_go_back"
    """Back out of a global node."""
    INTERRUPT_GO_BACK = "interrupt_go_back"
    """Back after an interruption."""
    UNKNOWN = "UNKNOWN"


@object_type()
class Multimedia:
    """A file that came with a message."""

    url: URL | None = personal(RECORDINGS)
    """Where it is."""
    summary: str | None
    """What it shows, in words."""


@object_type()
class ProductCost:
    """What one product cost."""

    product: str | None
    """Name of the product, such as a voice engine or a model."""
    unit_price: float | None = read("unit_price", "unitPrice")
    """US cents per second."""
    cost: float | None
    """US cents in all."""
    is_transfer_leg_cost: bool | None
    """Whether it is for the leg that the call was transferred to."""
