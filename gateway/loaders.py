"""What one operation reads and changes at Retell: key, then cache, then upstream.

Each key is asked for once per operation, misses at most a few at a time. Knows no GraphQL type.
Longer than other modules: what one operation has read is one state.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass, field
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar, cast

from gateway.cache.entry import Fetched, Freshness
from gateway.cache.keys import entry_key, resource_of, tag
from gateway.cache.readings import Readings
from gateway.cache.single_flight import FlightCancelledError
from gateway.changes import Named
from gateway.errors import (
    BadUserInput,
    NotFound,
    OutcomeUnknown,
    UpstreamInvalid,
    UpstreamTimeout,
    UpstreamUnavailable,
)
from gateway.interruption import TimeLimit
from gateway.telemetry.trace import Seen, Sent
from gateway.upstream.deadline import Deadline
from gateway.upstream.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence

    from gateway.auth.caller import Caller
    from gateway.cache.entry import Entry
    from gateway.cache.read_through import ReadThrough
    from gateway.changes import Changes
    from gateway.telemetry.trace import Path, Trace
    from gateway.upstream.client import Attempt, RetellClient, UpstreamAnswer
    from gateway.upstream.endpoint import Endpoint, UpstreamRequest

    Policy = Callable[["Json", float], Freshness]

Json = dict[str, Any]
"""A JSON object as Retell sent it: shared with the cache, so never changed."""

Loaded = Json | Awaitable[Json | None] | None
"""An object, or nothing, at once where it is at hand; else an awaitable of it."""

_TOO_LATE = "Retell did not answer within the operation's time."

UNTOLD = "untold"
"""In place of an id."""

TAG_SIZE = 400
"""Bytes that a tag of an entry takes in memory, about."""

T = TypeVar("T")


class Placed(Protocol):
    """For what something is read."""

    @property
    def at(self) -> Path:
        """Where in the answer that stands; asked only where somebody wants to see it."""


_NO_SOONER = Deadline(inf)
"""What is sent to Retell ends at the client's own limits: others may wait for it as well."""

MISSING = Freshness(max_age=3)
"""How long it is remembered that an object does not exist: it may be about to."""


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Where one kind of answer is read, and how long each lives.

    `policy` decides by the answer itself and the wall clock (seconds since the epoch).
    """

    resource: str
    """First part of its keys and tags: `call`, `calls`, `agent`."""
    endpoint: Endpoint
    policy: Policy
    bare: bool = False
    """Retell answers with a bare array: it is kept, and read, as `{"items": [...]}`."""

    def read(
        self,
        *,
        query: Json | None = None,
        body: Json | None = None,
        tags: Iterable[str] = (),
        policy: Policy | None = None,
        notes: Json | None = None,
        **ids: str,
    ) -> Read:
        """One read of it. `tags` default to the ids.

        `notes` are added to the answer before anyone has it: what was asked, where that matters.
        """
        return Read(
            self, ids, query, body, policy or self.policy, notes, tuple(tags) or tuple(ids.values())
        )


class Read(NamedTuple):
    """One answer to be read. Equal arguments make an equal key."""

    source: Source
    ids: dict[str, str]
    query: Json | None
    body: Json | None
    policy: Policy
    notes: Json | None
    tags: tuple[str, ...]

    @property
    def request(self) -> UpstreamRequest:
        """What to send; `BadUserInput` where an id cannot be sent. Not needed for what is kept."""
        return self.source.endpoint.request(query=self.query, body=self.body, **self.ids)

    def key(self, tenant: str) -> str:
        """Its key in the cache; `BadUserInput` where there can be none."""
        try:
            return entry_key(tenant, self.source.resource, self.ids, self.query, self.body)
        except TypeError:
            raise BadUserInput("A value holds text or a number that JSON cannot carry.") from None


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Objects of which a list request reads many, in the form that lists give them."""

    whole: Callable[[str], Read]
    """Reads one object, in full."""
    listed: Callable[[Sequence[str]], Read]
    """Reads a page that holds all of these ids that exist."""
    id_key: str
    """Which key of an item is its id."""
    most: int = 1000
    """How many one request can read."""


@dataclass(slots=True)
class Gathering:
    """What is asked of a batch within one turn of the event loop."""

    wanted: dict[str, tuple[str, Read, UpstreamRequest]] = field(default_factory=dict)
    """Ids, each with the key, the read and the request of the whole object."""
    listing: asyncio.Task[dict[str, Json | None]] | None = None
    """The requests for all of them; None as long as there is only one, which is read by itself."""


@dataclass(frozen=True, slots=True)
class Change:
    """One change at Retell."""

    request: UpstreamRequest
    touches: Callable[[Json | None], Iterable[tuple[str, str]]]
    """The tags (resource, id) of what it touches, told by its answer."""
    answers: Read | Callable[[Json], Read] | None = None
    """The read that its answer answers as well, for the rest of the operation; of something new,
    told by the answer. It is not kept for others: what is about to be erased may still be in it."""


class Loaders:
    """Made for one operation and closed with it."""

    def __init__(
        self,
        *,
        cache: ReadThrough,
        client: RetellClient,
        changes: Changes,
        caller: Caller,
        deadline: Deadline,
        trace: Trace,
        clock: Callable[[], float],
        at_once: int = 8,
    ) -> None:
        self._cache = cache
        self._client = client
        self._changes = changes
        self._caller = caller
        self._deadline = deadline
        self._trace = trace
        self._clock = clock
        self._at_once = at_once
        self._reading: Readings[Json | None] | None = None
        self._held: dict[str, Json | None] = {}
        self._listed: dict[str, Json | None] = {}
        self._changed: list[tuple[str, Json]] = []
        """What changes answered, by the key of the read that it answers: the next change forgets
        it, but it was shown all the same."""
        self.entries: dict[str, Entry] = {}
        """Every entry that was read, by its key: what the answer is made from."""
        self._gathering: dict[Batch, Gathering] = {}
        self._tasks: set[asyncio.Task[Any]] = set()

    async def load(self, read: Read, place: Placed) -> Json | None:
        """The answer to `read`, or None where Retell knows no such object."""
        return await at_hand(self.find(read, place))

    def find(self, read: Read, place: Placed) -> Loaded:
        """The same, at once where it is at hand; else something to wait for."""
        return self._find(read.key(self._caller.tenant), read, place)

    def _find(
        self, key: str, read: Read, place: Placed, request: UpstreamRequest | None = None
    ) -> Loaded:
        if key in self._held:
            return self._held[key]
        if (entry := self._fresh(key)) is not None:
            return self._hold(key, entry, "fresh", place)
        if self._reading is None:  # most operations are answered by what is at hand
            self._reading = Readings(
                self._cache,
                at_once=self._at_once,
                remaining=self._deadline.remaining,
                worded=_worded,
            )
        return self._reading.read(
            key,
            partial(self._fetch, read, request),
            lambda hit: self._hold(key, hit.entry, hit.source, place),
        )

    def _fresh(self, key: str) -> Entry | None:
        """What is kept, unless the key is on its way already."""
        return None if self._is_reading(key) else self._cache.peek(key)

    def _is_reading(self, key: str) -> bool:
        return self._reading is not None and key in self._reading

    def find_listed(self, batch: Batch, id_: str, place: Placed) -> Loaded:
        """The object with this id, at least in the form that lists give it.

        What is asked for in the same turn of the event loop is read with one request, or as few as
        can hold it.
        """
        whole = batch.whole(id_)
        key = whole.key(self._caller.tenant)
        if key in self._held:
            return self._held[key]
        if (entry := self._fresh(key)) is not None:
            return self._hold(key, entry, "fresh", place)
        if self._is_reading(key) or self._cache.has(key):
            return self._find(key, whole, place)
        if key in self._listed:
            return self._listed[key]
        request = whole.request  # an id that cannot be sent must not spoil the batch
        if batch not in self._gathering:
            self._gathering[batch] = Gathering()
        gathering = self._gathering[batch]
        gathering.wanted[id_] = key, whole, request
        return self._gathered(batch, gathering, id_, place)

    async def _gathered(
        self, batch: Batch, gathering: Gathering, id_: str, place: Placed
    ) -> Json | None:
        """What became of one id of a batch, which ends its gathering with this turn of the loop."""
        await asyncio.sleep(0)
        if self._gathering.get(batch) is gathering:
            del self._gathering[batch]  # what is asked for from here on is another batch
            if len(gathering.wanted) > 1:
                gathering.listing = self._spawn(self._list(batch, list(gathering.wanted), place))
        key, whole, request = gathering.wanted[id_]
        if gathering.listing is None:
            return await at_hand(self._find(key, whole, place, request))
        found = (await asyncio.shield(gathering.listing)).get(id_)
        self._listed[key] = found
        return found

    def ids_read(self, id_keys: Mapping[str, str]) -> set[str]:
        """Ids of the objects of these resources that were read, by themselves or in lists, or that
        changes answered with; `UNTOLD` for one that Retell gave without its id.

        `id_keys` says by the name of a resource which key of an object is its id.
        """
        found: set[str] = set()
        for key, entry in self.entries.items():
            if (id_key := id_keys.get(resource_of(key))) is not None:
                if id_key not in entry.ids:
                    entry.ids[id_key] = _ids(entry.value, id_key)
                found |= entry.ids[id_key]
        changed = [(id_keys.get(resource_of(key)), answer) for key, answer in self._changed]
        return found.union(*(_ids(answer, key) for key, answer in changed if key is not None))

    async def change(self, change: Change, mutation_id: str | None = None) -> Json | None:
        """Send it once, and forget what it touches, whatever came of it.

        It goes on if the operation's time is over before it has come to an end. A `mutation_id`
        that this caller gave to the same change before is answered with what came of that one.
        """
        if not (seconds := self._deadline.remaining()):
            raise UpstreamTimeout("The operation's time was over before this change was sent.")
        caller, named, what = self._caller, None, None
        if mutation_id is not None:
            named, what = Named(caller.tenant, caller.name, mutation_id), change.request.digest
        try:
            with TimeLimit(seconds):
                sent = await self._changes.run(partial(self._change, change), what, named)
        except TimeoutError:
            raise OutcomeUnknown(
                "The change was sent, and had come to no end when the operation's time was over.",
                _shown_by(change),
            ) from None
        except OutcomeUnknown as error:
            raise OutcomeUnknown(error.message, _shown_by(change)) from None
        answer = _object(sent)
        if answer is not None and (read := change.answers) is not None:
            read = read if isinstance(read, Read) else read(answer)
            answer.update(read.notes or {})  # as if it had been read
            key = read.key(caller.tenant)
            self._held[key] = answer
            self._changed.append((key, answer))
        return answer

    def now(self) -> float:
        """Seconds since the epoch, by the clock by which answers age."""
        return self._clock()

    def close(self) -> None:
        """Give up what is still being read; other operations keep what they share."""
        if self._reading is not None:
            self._reading.close()
        for task in self._tasks:
            task.cancel()

    def _hold(self, key: str, entry: Entry, source: str, place: Placed) -> Json | None:
        """What an operation has read; `source` is how it was come by."""
        if self._trace.is_shown:
            age = max(0.0, self._clock() - entry.stored_at)
            self._trace.seen.append(Seen(place.at, source, age))
        value = cast("Json | None", entry.value)
        self._held[key] = value
        self.entries[key] = entry
        return value

    async def _fetch(self, read: Read, request: UpstreamRequest | None) -> Fetched:
        resource = read.source.resource
        tags = frozenset(tag(self._caller.tenant, resource, name) for name in read.tags)
        try:
            answer = await self._send(request or read.request)
        except NotFound:
            return Fetched(None, MISSING, tags)
        value = answer.value
        if read.source.bare and isinstance(value, list):
            value = {"items": value}
        if not isinstance(value, dict):
            raise UpstreamInvalid("Retell answered with something else than an object.")
        freshness = read.policy(value, self._clock())
        value.update(read.notes or {})  # nobody else has it yet
        return Fetched(value, freshness, tags, answer.held + len(tags) * TAG_SIZE)

    async def _send(self, request: UpstreamRequest) -> UpstreamAnswer:
        return await self._client.send(
            request,
            api_key=self._caller.api_key,
            own_key=self._caller.own_key,
            deadline=_NO_SOONER,
            on_attempt=self._sent,
        )

    def _sent(self, attempt: Attempt) -> None:
        self._trace.sent.append(
            Sent(attempt.endpoint_name, attempt.status, attempt.duration, attempt.number)
        )

    async def _change(self, change: Change) -> UpstreamAnswer:
        answer: Json | None = None
        try:
            sent = await self._send(change.request)
            answer = _object(sent)
        finally:
            # Also after an error: the change may have been made all the same.
            touched = {tag(self._caller.tenant, *named) for named in change.touches(answer)}
            await self._cache.purge(touched)
            self._held.clear()
            self._listed.clear()
            if self._reading is not None:
                self._reading.forget()
        return sent

    async def _list(self, batch: Batch, ids: list[str], place: Placed) -> dict[str, Json | None]:
        wanted = sorted(ids)
        parts = [wanted[n : n + batch.most] for n in range(0, len(wanted), batch.most)]
        pages = await asyncio.gather(*(self.load(batch.listed(part), place) for part in parts))
        items = (item for page in pages for item in page_items(page or {}))
        return {id_: item for item in items if isinstance(id_ := item.get(batch.id_key), str)}

    def _spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(_retrieve)
        return task


async def at_hand(loaded: Loaded) -> Json | None:
    """What was loaded, waited for where it was not at hand."""
    return loaded if loaded is None or isinstance(loaded, dict) else await loaded


_OBJECTS = frozenset(map(type, ({}, Record())))


def page_items(page: Json) -> list[Json]:
    """The items of a list page; `UpstreamInvalid` where it is not one."""
    items = page.get("items")
    if not isinstance(items, list) or not _OBJECTS.issuperset(map(type, items)):
        raise UpstreamInvalid("Retell answered a list with something else than a page.")
    return items


def _ids(value: object, id_key: str) -> frozenset[str]:
    """Of an object, or of the items of a list; `UNTOLD` for one without its id."""
    if not isinstance(value, dict):
        return frozenset()
    items = value.get("items") if id_key not in value else None
    objects = items if isinstance(items, list) else [value]
    ids = [dict.get(each, id_key) for each in objects if isinstance(each, dict)]
    return frozenset(each if isinstance(each, str) else UNTOLD for each in ids)


def _object(answer: UpstreamAnswer) -> Json | None:
    """What Retell answered a change with, if that is an object: "204 or nothing" is right too."""
    return answer.value if isinstance(answer.value, dict) else None


def _shown_by(change: Change) -> tuple[str, ...]:
    """Where it shows whether a change was made: the objects of its path that it would have touched,
    and where it names none, all that it would have."""
    path, touched = change.request.path.split("/"), tuple(change.touches(None))
    objects = {f"{name} {id_}" for name, id_ in touched if id_ in path}
    return tuple(sorted(objects or {name for name, _ in touched}))


def _worded(error: BaseException) -> BaseException:
    """What a reader is told of what is wrong with a read."""
    match error:
        case TimeoutError():
            return UpstreamTimeout(_TOO_LATE)
        case FlightCancelledError():
            return UpstreamUnavailable("The gateway is shutting down.")
    return error


def _retrieve(task: asyncio.Task[Any]) -> None:
    """Mark the exception of a task as seen: whoever waited for it may have left."""
    if not task.cancelled():
        task.exception()
