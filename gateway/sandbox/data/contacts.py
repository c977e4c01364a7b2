"""The contacts of one key: most of them people of its newest calls, with chats besides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.sandbox.data.seeds import seeded, token

if TYPE_CHECKING:
    from collections.abc import Sequence

Json = dict[str, Any]

MOST = 40
"""Contacts at the start."""
_LEAST = 12
_DAY_MS = 24 * 3600 * 1000
_FIRST = ("Ada", "Bilal", "Chiara", "Dmitri", "Elif", "Femi", "Greta", "Hugo")
_LAST = ("Ahmadi", "Brandt", "Costa", "Dubois", "Eriksen", "Fischer")
_MEMORY = (
    "Prefers mornings. Asked twice about the invoice of March.",
    "Has a dog that barks when the phone rings; allergic to penicillin.",
)


def tag_id(world: str, number: int) -> str:
    """Of the tags that the configuration has at the start."""
    return token(seeded(world, "contact tag", number), 32)


def contacts_of(world: str, org_id: str, anchor_ms: int, numbers: Sequence[str]) -> list[Json]:
    """The oldest first. `numbers` are those of calls; where there are few, some more are made."""
    made = [f"+1212555{number:04}" for number in range(100, 100 + _LEAST)]
    known = list(dict.fromkeys(numbers))[:MOST]
    wanted = known + made[: max(0, _LEAST - len(known))]
    return [
        _contact(world, org_id, anchor_ms, place, number)
        for place, number in enumerate(reversed(wanted))
    ]


def _contact(world: str, org_id: str, anchor_ms: int, place: int, number: str) -> Json:
    """Every field that may be left out is left out of some."""
    rng = seeded(world, "contact", number)
    created_ms = anchor_ms - (60 - place) * _DAY_MS
    contact: Json = {
        "contact_id": f"contact_{token(rng, 24)}",
        "org_id": org_id,
        "phone_number": number,
        "created_timestamp": created_ms,
        "user_modified_timestamp": created_ms + rng.randrange(_DAY_MS),
        "contact_tag_ids": [tag_id(world, each) for each in range(3) if rng.random() < 0.4],
        "do_not_call": place % 9 == 5,
        "custom_fields": {"plan": rng.choice(("free", "gold")), "seats": rng.randrange(1, 50)},
    }
    if place % 5:
        contact |= {"first_name": rng.choice(_FIRST), "last_name": rng.choice(_LAST)}
    if place % 3:
        contact["contact_memory"] = rng.choice(_MEMORY)
    if place % 4:
        contact["external_id"] = f"crm-{token(rng, 10)}"
    return contact


def chats_with(contact: Json, chats: Sequence[Json]) -> list[Json]:
    """The chats with a contact, in short: two with every other one that was there at the start,
    which are some of `chats`."""
    rng = seeded("chats with", contact["contact_id"])
    if "plan" not in (contact.get("custom_fields") or {}) or rng.random() < 0.5 or not chats:
        return []
    chat, running = (
        {
            "type": "chat",
            "chat_id": found["chat_id"],
            "start_timestamp": found["body"]["start_timestamp"],
        }
        for found in (rng.choice(chats[:-1] or chats), chats[-1])
    )
    over = {
        "direction": "inbound",
        "disconnection_reason": "inactivity",
        "duration_ms": rng.randrange(60_000, 900_000),
        "sentiment": "Positive",
        "successful": True,
        "summary": "Asked by SMS when the office opens.",
    }
    return [chat | over, running | {"direction": "outbound"}]
