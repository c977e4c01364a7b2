"""The eight transcript fields, which only `get-call` has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.sandbox.data.conversation import (
    BACKUP_MODEL,
    SPEAKERS,
    conversation,
    readable,
    scrubbed,
)
from gateway.sandbox.data.tool_uses import all_kinds

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.sandbox.data.moment import Moment
    from gateway.sandbox.data.scripts import Person

Json = dict[str, Any]


def _heard(moment: Moment) -> list[Json] | None:
    """What has been said and done so far; None where nothing is kept, or nothing can be yet."""
    if not (moment.started and moment.script.ending.talks and moment.keeps_content):
        return None
    told = [(entry.at_s, entry.body) for entry in conversation(moment.script)]
    if moment.injected:
        told = sorted([*told, *moment.injected], key=lambda entry: entry[0])
    entries = [body for at_s, body in told if at_s <= moment.elapsed_s]
    return scrubbed(entries, moment.script.person) if moment.scrubs_in_place else entries


def _spoken(moment: Moment) -> list[Json] | None:
    heard = _heard(moment)
    return None if heard is None else [entry for entry in heard if entry["role"] in SPEAKERS]


def _transcript(moment: Moment) -> str | None:
    spoken = _spoken(moment)
    return None if spoken is None else readable(spoken)


def _session(
    when: str, state: str, *, scrub: bool = False
) -> Callable[[Moment], list[Json] | None]:
    """The tools of an agent that run before or after the session, as a transcript of their own."""

    def field(moment: Moment) -> list[Json] | None:
        script = moment.script
        runs = f"{when}_tools" in script.agent.body or script.showcase
        known = moment.talked and getattr(moment, state) and moment.keeps_content
        if not (runs and known) or (scrub and not moment.scrubs):
            return None
        entries = _session_entries(script.person, showcase=script.showcase)
        hide = scrub or moment.scrubs_in_place
        return scrubbed(entries, script.person) if hide else entries

    return field


def _session_entries(person: Person, *, showcase: bool) -> list[Json]:
    """Tools only, as a rule; a showcase has every kind that the type allows."""
    others = all_kinds(person, 0.0)
    if not showcase:
        return others[:2]
    utterance: Json = {
        "role": "agent",
        "content": f"Looking up {person.name}",
        "words": [
            {"word": "Looking", "start": 0.0, "end": 0.4},
            {"word": "up", "start": 0.4, "end": 0.5},
            {"word": person.name, "start": 0.5, "end": 0.9},
        ],
        "metadata": {
            "response_id": 0,
            "interrupt_id": 0,
            "is_backchannel": False,
            "backup_model_used": BACKUP_MODEL,
        },
    }
    return [utterance, *others]


def _scrubbed_heard(moment: Moment) -> list[Json] | None:
    heard = _heard(moment) if moment.scrubs else None
    return None if heard is None else scrubbed(heard, moment.script.person)


TRANSCRIPTS: dict[str, Callable[[Moment], Any]] = {
    "transcript": _transcript,
    "transcript_object": _spoken,
    "transcript_with_tool_calls": _heard,
    "scrubbed_transcript_with_tool_calls": _scrubbed_heard,
    "pre_session_transcript_with_tool_calls": _session("pre_session", "over"),
    "post_session_transcript_with_tool_calls": _session("post_session", "analysed"),
    "scrubbed_pre_session_transcript_with_tool_calls": _session("pre_session", "over", scrub=True),
    "scrubbed_post_session_transcript_with_tool_calls": _session(
        "post_session", "analysed", scrub=True
    ),
}
