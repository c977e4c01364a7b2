"""What happens to a call, decided once: when it starts, how it ends, when its analysis comes.

A script knows no clock: how the call looks at a time is `Moment`'s to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from gateway.sandbox.data.outcomes import HANGUPS, Ending, ending, hangup
from gateway.sandbox.data.seeds import seeded, token

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

    from gateway.sandbox.data.agents import Agent, AgentVersion

MINUTE_MS = 60_000
HISTORY_MS = 30 * 24 * 60 * MINUTE_MS
RECENT_MS = 11 * MINUTE_MS
"""History stops here, before the first call that arrives; see `arrivals`."""

_FIRST_NAMES = ("John", "Maria", "Wei", "Aisha", "Lukas", "Zoë", "Ivan", "Priya", "Noah", "Yuki")
_SHOWCASE_EVERY = 97
"""So often a call has something of everything: both call types, as the number is odd."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who is on the line: what a scrubbed record must not show."""

    name: str
    email: str
    phone: str


@dataclass(frozen=True, slots=True, eq=False)
class Script:
    """All times in epoch milliseconds."""

    call_id: str
    seed: str
    agent: AgentVersion
    call_type: Literal["phone_call", "web_call"]
    direction: Literal["inbound", "outbound"]
    person: Person
    registered_ms: int
    start_ms: int
    end_ms: int
    ending: Ending
    storage: str
    analysed_ms: int | None
    """None where the analysis never comes."""
    transfer_end_ms: int | None
    batch_call_id: str | None
    showcase: bool
    made: bool = False
    """By a request: then nothing is made up of what that request can say."""

    @property
    def duration_ms(self) -> int:
        return self.end_ms - self.start_ms

    def rng(self, part: str) -> Random:
        """Randomness for one part of the record, the same on every read."""
        return seeded(self.seed, part)


def history(world: str, agents: Sequence[Agent], anchor_ms: int, calls: int) -> list[Script]:
    """The calls of the last thirty days, the oldest first."""
    step = (HISTORY_MS - RECENT_MS) / max(calls, 1)
    return [
        _script(
            world,
            agents,
            number,
            start_ms=anchor_ms
            - RECENT_MS
            - int((calls - number - 0.9 * seeded(world, "start", number).random()) * step),
            duration=_past_duration_ms,
        )
        for number in range(calls)
    ]


def arrival(world: str, agents: Sequence[Agent], number: int, start_ms: int) -> Script:
    """A call that runs while the sandbox does: always connected, seven to nine minutes long."""
    return _script(
        f"{world}/live", agents, number, start_ms, duration=_live_duration_ms, outcome=hangup
    )


def made(
    world: str,
    number: int,
    agent: AgentVersion,
    *,
    call_type: Literal["phone_call", "web_call"],
    direction: Literal["inbound", "outbound"],
    registered_ms: int,
    batch_call_id: str | None = None,
    end: Ending = HANGUPS[0],
) -> Script:
    """A call that a request makes: it begins two seconds later, and takes two minutes."""
    rng = seeded(world, "made", number)
    start_ms = registered_ms + 2000
    end_ms = start_ms + (2 * MINUTE_MS if end.talks else 0)
    return Script(
        call_id=f"call_{token(rng, 27)}",
        seed=f"{world}/made/{number}",
        agent=agent,
        call_type=call_type,
        direction=direction,
        person=_person(rng, number),
        registered_ms=registered_ms,
        start_ms=start_ms,
        end_ms=end_ms,
        ending=end,
        storage=agent.storage,
        analysed_ms=None if agent.storage == "basic_attributes_only" else end_ms + 5000,
        transfer_end_ms=None,
        batch_call_id=batch_call_id,
        showcase=False,
        made=True,
    )


def _past_duration_ms(rng: Random) -> int:
    """About 40 utterances on average: some calls are over at once, some are long."""
    low, high = rng.choices(((5, 40), (200, 480), (480, 640)), (15, 70, 15))[0]
    return int(1000 * rng.uniform(low, high))


def _live_duration_ms(rng: Random) -> int:
    return int(1000 * rng.uniform(420, 540))


def _script(
    world: str,
    agents: Sequence[Agent],
    number: int,
    start_ms: int,
    duration: Callable[[Random], int],
    outcome: Callable[[Random, int], Ending] = ending,
) -> Script:
    rng = seeded(world, "call", number)
    call_id = f"call_{token(rng, 27)}"
    voice = [agent for agent in agents if agent.channel == "voice"]
    agent = voice[min(int(rng.expovariate(0.25)), len(voice) - 1)]
    published = [version for version in agent.versions if version.body["is_published"]]
    showcase = number % _SHOWCASE_EVERY == 0
    end = hangup(rng, number) if showcase else outcome(rng, number)
    length_ms = duration(rng) if end.talks else 0
    if showcase:
        length_ms = max(length_ms, 6 * MINUTE_MS)
    storage = published[-1].storage
    if rng.random() < 0.1:
        storage = rng.choice(("everything", "everything_except_pii", "basic_attributes_only"))
    phone_call = end.only != "web_call" and (end.only == "phone_call" or number % 10 < 7)
    end_ms = start_ms + length_ms
    return Script(
        call_id=call_id,
        seed=f"{world}/{number}",
        agent=published[-1] if rng.random() < 0.8 else published[0],
        call_type="phone_call" if phone_call else "web_call",
        direction="outbound" if end.outbound or rng.random() < 0.5 else "inbound",
        person=_person(rng, number),
        registered_ms=start_ms - 2000 - rng.randrange(3000),
        start_ms=start_ms,
        end_ms=end_ms,
        ending=end,
        storage="everything_except_pii" if showcase else storage,
        analysed_ms=_analysed_ms(rng, end_ms, end, storage, showcase=showcase),
        transfer_end_ms=(
            end_ms + rng.randrange(10, 120) * MINUTE_MS if end.transfers or showcase else None
        ),
        batch_call_id=f"batch_call_{number // 50:04d}" if number % 4 == 0 else None,
        showcase=showcase,
    )


def _person(rng: Random, number: int) -> Person:
    name = rng.choice(_FIRST_NAMES)
    mailbox = f"customer{number}@example.com"
    return Person(name=name, email=mailbox, phone=f"+1415555{rng.randrange(10_000):04d}")


def _analysed_ms(
    rng: Random, end_ms: int, end: Ending, storage: str, *, showcase: bool
) -> int | None:
    """Seconds after the end as a rule; for some calls hours, for some never."""
    luck = rng.random()
    soon, late = rng.randrange(5, 90) * 1000, rng.randrange(30, 240) * MINUTE_MS
    if showcase:
        return end_ms + soon
    if end.status == "registered" or storage == "basic_attributes_only" or luck < 0.02:
        return None
    return end_ms + (late if luck < 0.05 else soon)
