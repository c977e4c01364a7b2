"""How calls end: each status and each of Retell's disconnection reasons occurs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from random import Random

Status = Literal["registered", "not_connected", "ended", "error"]


@dataclass(frozen=True, slots=True)
class Ending:
    """The last status of a call, and why it came to it."""

    status: Status
    reason: str | None
    talks: bool = True
    """Whether there was a conversation: without one the call has no length."""
    only: Literal["phone_call", "web_call"] | None = None
    outbound: bool = False
    transfers: bool = False
    voicemail: bool = False


def unanswered(reason: str) -> Ending:
    """A call that was dialled, and reached nobody."""
    return Ending("not_connected", reason, talks=False, only="phone_call", outbound=True)


def _broken(reason: str, *, talks: bool) -> Ending:
    return Ending("error", reason, talks=talks)


HANGUPS = (Ending("ended", "user_hangup"), Ending("ended", "agent_hangup"))
TRANSFERS = (
    Ending("ended", "call_transfer", only="phone_call", transfers=True),
    Ending("ended", "transfer_bridged", only="phone_call", transfers=True),
)
VOICEMAIL = Ending("ended", "voicemail_reached", only="phone_call", outbound=True, voicemail=True)
ABANDONED = Ending("registered", None, talks=False)

_ENDED = (
    "user_requested_dnc",
    "user_requested_callback",
    "ivr_reached",
    "inactivity",
    "max_duration_reached",
    "transfer_cancelled",
    "manual_stopped",
    "call_take_over",
)
_UNANSWERED = (
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
)
_BROKEN_WHILE_TALKING = (
    "error_llm_websocket_lost_connection",
    "error_llm_websocket_runtime",
    "error_llm_websocket_corrupt_payload",
    "error_asr",
    "error_retell",
    "error_unknown",
    "scam_detected",
)
_BROKEN_AT_ONCE = (
    "error_llm_websocket_open",
    "error_no_audio_received",
    "error_user_not_joined",
    "registered_call_timeout",
    "concurrency_limit_reached",
    "no_concurrency_fallback",
    "no_valid_payment",
    "credit_exhausted",
    "budget_reached",
)

ENDINGS: tuple[Ending, ...] = (
    *HANGUPS,
    *TRANSFERS,
    VOICEMAIL,
    ABANDONED,
    *(Ending("ended", reason) for reason in _ENDED),
    *map(unanswered, _UNANSWERED),
    *(_broken(reason, talks=True) for reason in _BROKEN_WHILE_TALKING),
    *(_broken(reason, talks=False) for reason in _BROKEN_AT_ONCE),
)


def ending(rng: Random, number: int) -> Ending:
    """Every third of the first calls takes its turn in the list; the rest is as in life."""
    turn, rest = divmod(number, 3)
    if rest == 1 and turn < len(ENDINGS):
        return ENDINGS[turn]
    common = rng.random()
    if common < 0.80:
        return HANGUPS[common < 0.3]
    return rng.choice((*TRANSFERS, VOICEMAIL, *ENDINGS))


def hangup(rng: Random, _number: int) -> Ending:
    """The plain end of a call that both sides took part in."""
    return rng.choice(HANGUPS)
