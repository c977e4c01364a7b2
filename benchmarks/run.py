"""One run: every chosen target, in every temperature, under every chosen workload."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import orjson

from benchmarks import growth
from benchmarks.load import Failed
from benchmarks.measure import Bench, Wrong
from benchmarks.peers.configured import HIVE, TAILCALL
from benchmarks.peers.node_servers import APOLLO, YOGA
from benchmarks.peers.ours import ANSWERS, ASGI, GATEWAY, INTERPRETED, STRAWBERRY
from benchmarks.processes import NotStarted
from benchmarks.targets import Missing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.measure import Result
    from benchmarks.processes import Running
    from benchmarks.targets import Target
    from benchmarks.workloads import Workload

TARGETS = (GATEWAY, INTERPRETED, TAILCALL, YOGA, APOLLO, HIVE, STRAWBERRY, ASGI)


@dataclass(slots=True)
class Run:
    """What came out of it."""

    results: list[Result] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    """Why a target, or a part of it, has no figures."""
    growth: growth.Growth | None = None
    pace: float = 1.0
    """How much slower the machine was at its slowest than at its fastest."""

    @property
    def targets(self) -> list[Target]:
        """Those with figures, in their order."""
        measured = {result.target for result in self.results}
        return [target for target in TARGETS if target.name in measured]

    def find(self, target: str, temperature: str, workload: str) -> Result | None:
        """The window of a cell."""
        place = (target, temperature, workload)
        for result in self.results:
            if (result.target, result.temperature, result.workload) == place:
                return result
        return None

    def as_json(self) -> dict[str, Any]:
        """All of it."""
        return {
            "versions": self.versions,
            "missing": self.missing,
            "pace": self.pace,
            "results": [result.as_json() for result in self.results],
            "growth": self.growth,
        }


def say(line: str) -> None:
    """Progress, as it is made."""
    print(line, flush=True)


class Runner:
    """Goes through the targets; what fails is named and left out."""

    def __init__(
        self, bench: Bench, workloads: Sequence[Workload], warm_up: float, settling: float
    ) -> None:
        self.run = Run()
        self._bench = bench
        self._workloads = workloads
        self._warm_up = warm_up
        self._settling = settling
        """Before the first window of a process: compilers in it have not seen its code yet."""

    def install(self, targets: Sequence[Target]) -> list[Target]:
        """Those that can be measured here."""
        installed = []
        for target in targets:
            try:
                self.run.versions[target.name] = target.install()
                installed.append(target)
            except Missing as reason:
                self._miss(target.name, str(reason))
        return installed

    async def measure(self, target: Target, temperatures: Sequence[str]) -> None:
        """One target in all its temperatures; once more for another round."""
        if target is ASGI:
            ANSWERS.write_bytes(orjson.dumps(self._bench.answers))
        for temperature in target.temperatures:
            if temperature in temperatures and temperature not in target.same_as:
                await self._temperature(target, temperature)
        for temperature, other in target.same_as.items():
            if temperature in temperatures:
                if other not in temperatures:
                    await self._temperature(target, other)
                self._copy(target, temperature, other)

    async def grow(self, targets: Sequence[Target]) -> None:
        """The tables of growth; the gateway and the floor are among the targets."""
        peers = [target for target in targets if target not in (GATEWAY, ASGI)]
        try:
            self.run.growth = await growth.measured(self._bench, GATEWAY, ASGI, peers, say)
        except (Wrong, Failed, NotStarted) as reason:
            self._miss("growth", str(reason)[:300])

    async def _temperature(self, target: Target, temperature: str) -> None:
        try:
            with self._bench.started(target, temperature) as running:
                warm_up = self._warm_up + self._settling
                for workload in self._workloads:
                    await self._window(target, temperature, workload, running, warm_up)
                    warm_up = self._warm_up
        except NotStarted as reason:
            self._miss(f"{target.name}, {temperature}", str(reason))

    async def _window(
        self,
        target: Target,
        temperature: str,
        workload: Workload,
        running: Running,
        warm_up: float,
    ) -> None:
        try:
            result = await self._bench.measure(
                target, temperature, workload, running, warm_up=warm_up
            )
        except (Wrong, Failed) as reason:
            self._miss(f"{target.name}, {temperature}, {workload.name}", str(reason)[:300])
            return
        say(line(result))
        self._keep(result)

    def _copy(self, target: Target, temperature: str, other: str) -> None:
        for result in tuple(self.run.results):
            if (result.target, result.temperature) == (target.name, other):
                self._keep(replace(result, temperature=temperature))

    def _keep(self, result: Result) -> None:
        """The best window of its cell: whatever else this machine does can only slow it down."""
        known = self.run.find(result.target, result.temperature, result.workload)
        if known is None:
            self.run.results.append(result)
        elif result.cpu < known.cpu:
            self.run.results[self.run.results.index(known)] = result

    def _miss(self, what: str, reason: str) -> None:
        say(f"{what}: left out: {reason}")
        self.run.missing[what] = reason


def chosen(names: Sequence[str], *, with_ours: bool) -> list[Target]:
    """The targets of these names, in the order of measuring: all where none is named."""
    wanted = {*names, *((GATEWAY.name, ASGI.name) if with_ours else ())}
    if not names:
        return [target for target in TARGETS if not target.only_if_named]
    return [target for target in TARGETS if target.name in wanted]


def line(result: Result) -> str:
    """A window on one line."""
    return (
        f"{result.target:<11}{result.temperature:<6}{result.workload:<11}"
        f"{result.capacity:>9,.0f}/s{result.cpu:>9,.0f} us  p50 {result.p50:>8.2f}  "
        f"p99 {result.p99:>8.2f} ms{result.memory:>7,.0f} MB{result.upstream:>7.2f} upstream"
    )
