"""What is written down about a call: metadata, variables, attributes, analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from gateway.sandbox.data import phrases
from gateway.sandbox.data.conversation import scrubbed

if TYPE_CHECKING:
    from gateway.sandbox.data.moment import Moment
    from gateway.sandbox.data.scripts import Script

Json = dict[str, Any]
Told = TypeVar("Told")

ATTRIBUTES = ("campaign", "customer_tier", "priority", "vip")
"""The custom attributes that the organisation has defined; Retell ignores others."""


def _shown(moment: Moment, value: Told) -> Told:
    return scrubbed(value, moment.script.person) if moment.scrubs_in_place else value


def metadata(moment: Moment) -> Json | None:
    edited: Json | None = moment.edits.get("metadata")
    if edited is not None or moment.script.made:
        return edited
    return _shown(moment, _metadata(moment.script))


def _metadata(script: Script) -> Json | None:
    rng = script.rng("metadata")
    if script.showcase:
        deep = {
            "list": [1, "two", None, {"three": 3.5}],
            "für": "日本",
            "email": script.person.email,
        }
        return {"customer_id": "cust_0000", "score": 1, "vip": True, "nested": deep, "empty": {}}
    if rng.random() < 0.3:
        return rng.choice((None, {}))
    return {
        "customer_id": f"cust_{rng.randrange(400):04d}",
        "campaign": rng.choice(("spring", "recall", "winback")),
        "score": rng.randrange(100),
        "vip": rng.random() < 0.1,
    }


def custom_attributes(moment: Moment) -> Json | None:
    given = _custom_attributes(moment.script) | moment.edits.get("custom_attributes", {})
    return given or None


def _custom_attributes(script: Script) -> Json:
    rng = script.rng("attributes")
    if rng.random() < 0.5 or script.made:
        return {}
    return {
        "customer_tier": rng.choice(("gold", "silver", "bronze")),
        "priority": rng.randrange(1, 6),
        "vip": rng.random() < 0.1,
    }


def variables(moment: Moment) -> dict[str, str] | None:
    """Strings only, as Retell has them, numbers and truths included."""
    script = moment.script
    rng = script.rng("variables")
    if script.made and moment.keeps_content:
        return moment.edits.get("retell_llm_dynamic_variables")
    if not moment.keeps_content or (rng.random() < 0.3 and not script.showcase):
        return None
    given = {
        "customer_name": script.person.name,
        "email": script.person.email,
        "attempts": str(rng.randrange(1, 6)),
        "returning": rng.choice(("true", "false")),
    }
    return _shown(moment, given)


def collected_variables(moment: Moment) -> dict[str, str] | None:
    if not moment.keeps_content:
        return None
    collected = {
        "preferred_day": moment.script.rng("collected").choice(("Monday", "Thursday")),
        "callback_number": moment.script.person.phone,
    }
    return _shown(moment, collected)


def sip_headers(moment: Moment) -> dict[str, str] | None:
    script = moment.script
    if script.made:
        return moment.edits.get("custom_sip_headers")
    wanted = script.showcase or (script.direction == "outbound" and script.batch_call_id)
    return {"X-Ticket": script.call_id[-8:]} if wanted else None


def analysis(moment: Moment) -> Json:
    script = moment.script
    rng = script.rng("analysis")
    talked, length = script.ending.talks, script.duration_ms
    successful = talked and length > 60_000 and rng.random() < 0.75
    mood = rng.choices(("Positive", "Neutral", "Negative"), (45, 40, 15))[0]
    summary = rng.choice(phrases.SUMMARIES) if talked else "Nobody answered."
    custom: Json = {
        "reason_for_call": rng.choice(("booking", "billing", "question")),
        "appointment_booked": successful and rng.random() < 0.5,
        "order_value": rng.randrange(0, 50_000) / 100,
        "follow_up": f"Write to {script.person.email}",
    }
    told = {
        "call_summary": summary.format(name=script.person.name, phone=script.person.phone),
        "in_voicemail": script.ending.voicemail,
        "user_sentiment": mood if talked and length > 30_000 else "Unknown",
        "call_successful": successful,
        "custom_analysis_data": custom if talked else {},
    }
    return _shown(moment, told)
