"""A walk of 48 hours past a hundred calls: no URL that has expired, no ongoing call that is old,
and exactly as many requests as the policy, written down here once more, says.
"""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, Any

from gateway.sandbox.urls import expires_at_ms, is_expired
from gateway.schema.node import global_id
from tests.promises.clients import refreshed
from tests.world import GET_CALL, LIST_CALLS, World, world

if TYPE_CHECKING:
    from collections.abc import Iterator

    Item = dict[str, Any]

FIELDS = """callId callStatus optInSignedUrl callAnalysis { callSummary }
recordingUrl recordingMultiChannelUrl scrubbedRecordingUrl scrubbedRecordingMultiChannelUrl
publicLogUrl knowledgeBaseRetrievedContentsUrl"""
DETAIL = f"query ($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Call {{ {FIELDS} transcript }} }} }}"
LIST = f"""query ($ids: [String!]!) {{
  calls(first: 100, filter: {{ callId: {{ in: $ids }} }}) {{ nodes {{ {FIELDS} }} }}
}}"""
HOUR = 3600.0
WALK = 48 * HOUR
PACE = (0.75, 1.25, 28.0, 299.0, 1801.0, 3599.0, 26_000.0)
URLS = (
    "recording_url",
    "recording_multi_channel_url",
    "scrubbed_recording_url",
    "scrubbed_recording_multi_channel_url",
    "public_log_url",
    "knowledge_base_retrieved_contents_url",
)


def urls(item: Item) -> list[str]:
    return [item[name] for name in URLS if name in item]


def life(item: Item, now: float) -> tuple[float, float]:
    """Seconds for which a call is fresh, and served while it is asked for again."""
    fresh, stale = 1800.0, 3600.0
    end = item.get("end_timestamp")
    analysed = "call_analysis" in item
    transferring = (
        item.get("disconnection_reason") in ("call_transfer", "transfer_bridged")
        and "transfer_end_timestamp" not in item
    )
    if end is None:
        fresh = stale = 2.0
    elif now - end / 1000 < (600 if analysed and not transferring else HOUR):
        fresh, stale = 10.0, 30.0
    ends = [at / 1000 for url in urls(item) if (at := expires_at_ms(url)) is not None]
    cap = (min(ends) - now) / 2 if ends else stale
    return min(fresh, cap), min(stale, cap)


class Known:
    """What one key of the cache should hold, by the policy."""

    def __init__(self) -> None:
        self.items: dict[str, Item] = {}
        self.stored_at = 0.0
        self.fresh, self.stale = -1.0, -1.0
        self.fetches = 0

    def read(self, now: float, items: list[Item], *, most: tuple[float, float]) -> None:
        """Somebody reads it now; `items` is what Retell would answer."""
        self.served, self.age = self.items, now - self.stored_at
        if self.age < self.fresh:
            return
        self.fetches += 1
        lives = [most, *(life(item, now) for item in items)]
        self.items = {item["call_id"]: item for item in items}
        if self.age >= self.stale:
            self.served, self.age = self.items, 0.0
        # The stale time that is left is the shortest one after the shortest fresh time.
        self.fresh = min(fresh for fresh, _ in lives)
        self.stale = self.fresh + min(stale - fresh for fresh, stale in lives)
        self.stored_at = now

    def check(self, answer: Item, now: float) -> None:
        """The answer is the one that should be there, and may be shown."""
        item = self.served[answer["callId"]]
        assert answer["callStatus"] == item["call_status"].upper()
        assert (answer["callAnalysis"] is not None) == ("call_analysis" in item)
        shown = [url for name, url in answer.items() if name.lower().endswith("url")]
        shown = [url for url in shown if isinstance(url, str)]
        assert sorted(shown) == sorted(urls(item))
        assert not [url for url in shown if is_expired(url, int(now * 1000))]
        assert answer["callStatus"] not in {"ONGOING", "REGISTERED"} or self.age < 2


def hundred(it: World) -> list[str]:
    """Every status, storage setting and life of URLs; the newest calls first."""
    items = [item for item in it.items() if "agent_version" in item]
    voice = [a for a in it.sandbox.accounts["sandbox-key-a"].agents if a.channel == "voice"]
    lives = {agent.agent_id: agent.versions[0].url_life_ms for agent in voice}
    kinds: dict[object, list[str]] = {}
    for item in items:
        url_life = lives[item["agent_id"]]
        kind = (item["call_status"], item["data_storage_setting"], url_life)
        kinds.setdefault(kind, []).append(item["call_id"])
    rounds = [ids[turn] for turn in range(len(items)) for ids in kinds.values() if turn < len(ids)]
    return rounds[:100]


def moments(pace: tuple[float, ...], start: float) -> Iterator[float]:
    now = start
    steps = cycle(pace)
    while now <= start + WALK:
        yield now
        now += next(steps)


async def test_through_48_hours_nothing_old_is_shown_and_nothing_is_asked_in_vain() -> None:
    async with world() as it:
        ids = hundred(it)
        account = it.sandbox.accounts["sandbox-key-a"]
        details, page = {id_: Known() for id_ in ids}, Known()
        for now in moments(PACE, it.clock.now):
            it.clock.now = now
            items = {id_: account.call(id_, int(now * 1000)).item() for id_ in ids}
            # Half of them at a time: no more than 64 refreshes run at once.
            for some in (ids[:50], ids[50:]):
                answer = await it.data(DETAIL, {"ids": [global_id("Call", id_) for id_ in some]})
                await refreshed()
                for id_, call in zip(some, answer["nodes"], strict=True):
                    details[id_].read(now, [items[id_]], most=(1800.0, 3600.0))
                    details[id_].check(call, now)
            answer = await it.data(LIST, {"ids": ids})
            await refreshed()
            found = [item for item in items.values() if item["call_id"] in ids]
            page.read(now, found, most=(5.0, 10.0))
            for call in answer["calls"]["nodes"]:
                page.check(call, now)
            assert it.requests == {
                GET_CALL: sum(known.fetches for known in details.values()),
                LIST_CALLS: page.fetches,
            }
