"""The conversation of a call: utterances with timed words, woven with what happens besides."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import orjson

from gateway.sandbox.data import phrases
from gateway.sandbox.data.tool_uses import all_kinds, tool_entries

if TYPE_CHECKING:
    from random import Random

    from gateway.sandbox.data.scripts import Person, Script

SECONDS_A_TURN = 8.3
SPEAKERS = {"agent": "Agent", "user": "User", "transfer_target": "Transfer Target"}

BACKUP_MODEL = {
    "model": "gpt-5.4-mini",
    "primary_model": "gpt-5.4",
    "backup_model": "gpt-5.4-mini",
    "reason": "primary_failed",
    "selection_latency_ms": 412,
    "primary_ready_ms": 1310,
    "backup_ready_ms": 398,
}

Json = dict[str, Any]
Told = TypeVar("Told")


class Entry(NamedTuple):
    """A part of the conversation, and the second of the call at which it is complete."""

    at_s: float
    body: Json


@lru_cache(maxsize=16)
def conversation(script: Script) -> tuple[Entry, ...]:
    """All of it, in order. Kept for the few fields of one record that are made of it."""
    rng = script.rng("conversation")
    duration_s = script.duration_ms / 1000
    lines = _lines(rng, script, max(1, round(duration_s / SECONDS_A_TURN)))
    gaps = [rng.uniform(0.3, 1.1) for _ in lines]
    natural_s = sum(gaps) + sum(_speaking_s(word) for _, text in lines for word in text.split())
    pace = 0.97 * duration_s / natural_s
    entries, clock = [], 0.0
    for number, ((role, text), gap) in enumerate(zip(lines, gaps, strict=True)):
        words, clock = _words(text, clock + gap * pace, pace)
        body: Json = {"role": role, "content": text, "words": words}
        if role == "agent":
            body["metadata"] = _metadata(rng, number)
        elif rng.random() < 0.1:
            body["metadata"] = {"is_backchannel": True}
        entries.append(Entry(round(clock, 3), body))
    return _woven(script, entries, duration_s)


def scrubbed(value: Told, person: Person) -> Told:
    """The same without what tells who is on the line, in every string of it."""
    text = orjson.dumps(value).decode()
    for told, label in (
        (person.email, "[EMAIL]"),
        (person.phone, "[PHONE_NUMBER]"),
        (person.name, "[PERSON_NAME]"),
    ):
        text = text.replace(told, label)
    return cast("Told", orjson.loads(text))


def readable(entries: list[Json]) -> str:
    """Retell's plain transcript: a line for each utterance."""
    return "".join(f"{SPEAKERS[entry['role']]}: {entry['content']}\n" for entry in entries)


def _lines(rng: Random, script: Script, count: int) -> list[tuple[str, str]]:
    person = script.person
    lines = []
    for number in range(count):
        role, bank = ("user", phrases.USER) if number % 2 else ("agent", phrases.AGENT)
        line = bank[0] if number < 2 else rng.choice(bank)
        text = line.format(name=person.name, email=person.email, phone=person.phone)
        lines.append((role, text))
    if script.ending.reason == "transfer_bridged" or script.showcase:
        lines += [("transfer_target", text) for text in phrases.TARGET]
    return lines


def _speaking_s(word: str) -> float:
    return 0.12 + 0.05 * len(word)


def _words(text: str, start: float, pace: float) -> tuple[list[Json], float]:
    words = []
    for word in text.split():
        end = start + _speaking_s(word) * pace
        words.append({"word": word, "start": round(start, 3), "end": round(end, 3)})
        start = end
    return words, start


def _metadata(rng: Random, number: int) -> Json:
    metadata: Json = {"response_id": number // 2}
    if rng.random() < 0.1:
        metadata["interrupt_id"] = number
    if rng.random() < 0.03:
        metadata["backup_model_used"] = BACKUP_MODEL
    return metadata


def _woven(script: Script, entries: list[Entry], duration_s: float) -> tuple[Entry, ...]:
    """Sorted by time: a tool call stands behind the words after which it was made."""
    extra = [Entry(at * duration_s, body) for at, body in tool_entries(script)]
    if script.showcase:
        some = all_kinds(script.person, round(duration_s / 2, 1))
        extra += [Entry(duration_s / 2, body) for body in some]
        entries[0].body["metadata"] |= {"backup_model_used": BACKUP_MODEL, "interrupt_id": 0}
    return tuple(sorted(entries + extra, key=lambda entry: entry.at_s))
