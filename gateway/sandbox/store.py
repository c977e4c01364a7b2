"""What the sandbox holds for one key: its agents, its calls, and what was changed of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import orjson

from gateway.sandbox.data.agents import agents_of
from gateway.sandbox.data.arrivals import Arrivals
from gateway.sandbox.data.moment import Moment
from gateway.sandbox.data.scripts import history
from gateway.sandbox.problem import not_found
from gateway.sandbox.views import FixedCall, ScriptedCall

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gateway.sandbox.data.agents import Agent
    from gateway.sandbox.data.scripts import Script
    from gateway.sandbox.shelf import Shelf
    from gateway.sandbox.views import CallView


@cache
def example() -> bytes:
    """The document of Retell's own "Get Call" page, in its older spelling."""
    return files("gateway.sandbox.data").joinpath("get_call_example.json").read_bytes()


@dataclass(slots=True)
class Changes:
    """What was done by requests; `reset` forgets it."""

    edits: dict[str, dict[str, Any]] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    made: dict[str, Script] = field(default_factory=dict)
    """Calls that were made, as they go by themselves."""
    scripts: dict[str, Script] = field(default_factory=dict)
    """What has become of calls that were stopped, taken over or analysed again."""
    calls_by_key: dict[str, tuple[int, str]] = field(default_factory=dict)
    """By idempotency key: when it was given, and the id of the call."""
    shelves: dict[str, Shelf] = field(default_factory=dict)


class Account:
    """The data of one key: made from the seed and the key, so no two keys share an id."""

    def __init__(
        self, key: str, *, seed: int, anchor_ms: int, calls: int, with_example: bool
    ) -> None:
        world = f"{seed}/{key}"
        self.key = key
        self.world = world
        """What ids and all else that is made up are drawn from."""
        self.anchor_ms = anchor_ms
        """When its history ends, and the first request may come."""
        self.agents = agents_of(world, anchor_ms)
        self.changes = Changes()
        self._agents = {agent.agent_id: agent for agent in self.agents}
        self._history = history(world, self.agents, anchor_ms, calls)
        self._by_id = {script.call_id: script for script in self._history}
        self._arrivals = Arrivals(world, self.agents, anchor_ms)
        self._fixed = [orjson.loads(example())] if with_example else []

    def reset(self) -> None:
        self.changes = Changes()

    def shelf(self, name: str, make: Callable[[Account], Shelf]) -> Shelf:
        """The objects of one kind: as `make` has them at first, then as requests left them."""
        if name not in self.changes.shelves:
            self.changes.shelves[name] = make(self)
        return self.changes.shelves[name]

    def agent(self, agent_id: str) -> Agent:
        agent = self._agents.get(agent_id)
        if agent is None:
            raise not_found("agent", agent_id)
        return agent

    def calls(self, now_ms: int) -> list[CallView]:
        """Every call there is by now, by the time of its start."""
        calls = [call for call in self._all(now_ms) if call.call_id not in self.changes.deleted]
        return sorted(calls, key=lambda call: call.place) if self.changes.made else calls

    def call(self, call_id: str, now_ms: int) -> CallView:
        if call_id not in self.changes.deleted:
            script = self._script(call_id, now_ms)
            if script is not None and script.registered_ms <= now_ms:
                return self._view(script, now_ms)
            for document in self._fixed:
                if document["call_id"] == call_id:
                    return FixedCall(document)
        raise not_found("call", call_id)

    def keep(self, script: Script, edits: dict[str, Any]) -> None:
        """Have a new call, with what was said of it."""
        self.changes.made[script.call_id] = script
        self.changes.edits[script.call_id] = edits

    def edit(self, call_id: str, edits: dict[str, Any]) -> None:
        """Change what is said of a call."""
        self.changes.edits[call_id] = self.changes.edits.get(call_id, {}) | edits

    def turn(self, call_id: str, now_ms: int, **changed: Any) -> None:
        """Have a call go another way from here on."""
        script = self._script(call_id, now_ms)
        assert script is not None  # noqa: S101 - narrowing: the example never runs nor ends
        self.changes.scripts[call_id] = replace(script, **changed)

    def _script(self, call_id: str, now_ms: int) -> Script | None:
        return (
            self.changes.scripts.get(call_id)
            or self.changes.made.get(call_id)
            or self._by_id.get(call_id)
            or self._arrivals.get(call_id, now_ms)
        )

    def ongoing(self, now_ms: int) -> int:
        return sum(call.value("call_status") == "ongoing" for call in self.calls(now_ms))

    def _all(self, now_ms: int) -> Iterator[CallView]:
        yield from map(FixedCall, self._fixed)
        turned = self.changes.scripts
        arrived = self._arrivals.until(now_ms)
        for scripts in (self._history, arrived, self.changes.made.values()):
            there = (turned.get(s.call_id, s) for s in scripts if s.registered_ms <= now_ms)
            yield from (self._view(script, now_ms) for script in there)

    def _view(self, script: Script, now_ms: int) -> CallView:
        edits = self.changes.edits.get(script.call_id, {})
        return ScriptedCall(Moment(script, now_ms, edits))
