"""The chats that a key has at first: every state and kind, and every kind of message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.sandbox.data import phrases
from gateway.sandbox.data.conversation import scrubbed
from gateway.sandbox.data.scripts import Person
from gateway.sandbox.data.seeds import seeded, token
from gateway.sandbox.data.tool_uses import all_kinds

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from gateway.sandbox.data.agents import AgentVersion
    from gateway.sandbox.store import Account

Json = dict[str, Any]

COUNT = 40
ONGOING = 3
"""The newest ones, which wait for the next message."""
OFFICE = "+14155550177"

_HOUR_MS = 3600 * 1000
_SHOWCASE_EVERY = 10
"""So often a chat has something of everything."""


def first_chats(account: Account) -> Iterator[Json]:
    """The chats of the last thirty days, the oldest first: see `chat`."""
    agents = [agent for agent in account.agents if agent.channel == "chat"]
    for number in range(COUNT):
        rng = seeded(account.world, "chat", number)
        start_ms = account.anchor_ms - (COUNT - number) * 18 * _HOUR_MS + rng.randrange(_HOUR_MS)
        agent = agents[number % len(agents)].versions[0]
        ongoing = number >= COUNT - ONGOING
        yield _chat(rng, number, agent, start_ms, ongoing=ongoing)


def chat(chat_id: str, agent: Json, chat_type: str, start_ms: int) -> Json:
    """One that begins. `body` is what get-chat answers; the rest are what lists can be filtered by,
    and what is not known to everybody yet."""
    body = {
        "chat_id": chat_id,
        "agent_id": agent["agent_id"],
        "version": agent["version"],
        "agent_tag": next(iter(agent["assigned_tags"]), None),
        "chat_status": "ongoing",
        "chat_type": chat_type,
        "start_timestamp": start_ms,
        "transcript": "",
        "message_with_tool_calls": [],
    }
    return {
        "chat_id": chat_id,
        "body": {name: value for name, value in body.items() if value is not None},
        "direction": "inbound",
        "agent_number": None,
        "user_number": None,
        "disconnection_reason": None,
        "data_storage_setting": agent.get("data_storage_setting", "everything"),
        "analysed_ms": None,
        "overrides": {},
    }


def message(role: str, content: str, number: int, at_ms: int) -> Json:
    """Something that was written."""
    return {
        "role": role,
        "content": content,
        "message_id": f"message_{number}",
        "created_timestamp": at_ms,
    }


def written(messages: list[Json]) -> str:
    """The plain transcript: a line for each message."""
    names = {"agent": "Agent", "user": "User"}
    spoken = (entry for entry in messages if entry["role"] in names)
    return "".join(f"{names[entry['role']]}: {entry['content']}\n" for entry in spoken)


def analysis(rng: Random, name: str) -> Json:
    """What Retell makes of a chat that is over."""
    return {
        "chat_summary": rng.choice(phrases.SUMMARIES).format(name=name, phone="[PHONE_NUMBER]"),
        "chat_successful": rng.random() < 0.75,
        "user_sentiment": rng.choice(("Positive", "Neutral", "Negative")),
        "custom_analysis_data": {"reason_for_call": "booking", "order_value": rng.randrange(500)},
    }


def cost(messages: int) -> Json:
    """In cents."""
    each, tool = round(0.7 * messages, 4), {"product": "knowledge_base", "cost": 0.5}
    model = {
        "product": "gpt_5_4_mini",
        "unit_price": 0.7,
        "cost": each,
        "is_transfer_leg_cost": False,
    }
    return {"product_costs": [model, tool], "combined_cost": round(each + 0.5, 4)}


def _chat(rng: Random, number: int, agent: AgentVersion, start_ms: int, *, ongoing: bool) -> Json:
    made = chat(f"chat_{token(rng, 27)}", agent.body, _type(number), start_ms)
    person = Person(
        name=rng.choice(("Maria", "Wei", "Lukas")),
        email=f"writer{number}@example.com",
        phone=f"+1415555{rng.randrange(10_000):04d}",
    )
    showcase = number % _SHOWCASE_EVERY == 0
    messages = _messages(rng, person, start_ms, showcase=showcase)
    body = made["body"] | {
        "message_with_tool_calls": messages,
        "transcript": written(messages),
        "metadata": {"customer_id": f"cust_{rng.randrange(400):04d}"},
        "custom_attributes": {"customer_tier": rng.choice(("gold", "silver")), "priority": number},
        "retell_llm_dynamic_variables": {"customer_name": person.name, "email": person.email},
        "chat_cost": cost(len(messages)),
    }
    made |= {"body": body}
    if _type(number) == "sms_chat":
        outbound = number % 2 == 1
        made |= {"agent_number": OFFICE, "user_number": person.phone}
        made |= {"direction": "outbound" if outbound else "inbound"}
    if showcase:
        made["body"] |= _around(person, start_ms)
    return made if ongoing else over(made, start_ms + rng.randrange(1, 10) * 60_000, number)


def over(made: Json, end_ms: int, number: int) -> Json:
    """The chat when it has come to its end; some end with an error, some are never analysed."""
    failed = number % 7 == 3
    rng = seeded("end of chat", made["chat_id"])
    told = {
        "chat_status": "error" if failed else "ended",
        "end_timestamp": end_ms,
        "collected_dynamic_variables": {"preferred_day": rng.choice(("Monday", "Thursday"))},
        "chat_analysis": analysis(rng, "The customer"),
    }
    return made | {
        "body": made["body"] | told,
        "disconnection_reason": "error_unknown" if failed else "inactivity",
        "analysed_ms": None if number % 9 == 5 else end_ms + 20_000,
    }


def _type(number: int) -> str:
    return "sms_chat" if number % 4 in (1, 2) else "api_chat"


def _messages(rng: Random, person: Person, start_ms: int, *, showcase: bool) -> list[Json]:
    messages = []
    for number in range(2 * rng.randrange(2, 8)):
        role, bank = ("user", phrases.USER) if number % 2 else ("agent", phrases.AGENT)
        text = rng.choice(bank).format(name=person.name, email=person.email, phone=person.phone)
        messages.append(message(role, text, number, start_ms + number * 15_000))
    if showcase:
        picture = {"url": "https://files.retell.example/mms/2.jpg", "summary": "A photo of a bill"}
        messages[1] |= {"multimedia": [picture]}
        messages += _every_kind(person, start_ms)
    return messages


def _every_kind(person: Person, at_ms: int) -> list[Json]:
    """One of each kind but what is written."""
    kinds = [entry for entry in all_kinds(person, 0.0) if entry["role"] != "dtmf"]
    kinds.append(
        {
            "role": "state_transition",
            "former_state_name": "Greeting",
            "new_state_name": "Booking",
        }
    )
    return [
        {name: value for name, value in entry.items() if name not in ("metadata", "time_sec")}
        | {"message_id": f"message_k{number}", "created_timestamp": at_ms}
        for number, entry in enumerate(kinds)
    ]


def _around(person: Person, at_ms: int) -> Json:
    """What ran before and after, as it was and without personal data."""
    picture = {"url": "https://files.retell.example/mms/3.jpg", "summary": "A form"}
    told = message("agent", f"Looking up {person.name}", 0, at_ms) | {"multimedia": [picture]}
    entries = [told, *_every_kind(person, at_ms)]
    return {
        f"{form}{when}_session_message_with_tool_calls": (
            scrubbed(entries, person) if form else entries
        )
        for when in ("pre", "post")
        for form in ("", "scrubbed_")
    }
