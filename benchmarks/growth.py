"""How costs grow: with the length of lists, remembered calls, connections and documents."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from benchmarks import corpus, load
from benchmarks.measure import body
from benchmarks.workloads import CARD, cards, listing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from benchmarks.measure import Bench
    from benchmarks.targets import Target

LISTS = (10, 100, 1000)
CONNECTIONS = (1, 8, 64, 512)
DOCUMENTS = (1, 100, 10_000)
REMEMBERED = 1000


@dataclass(slots=True)
class Growth:
    """Rows of four tables; the first column names the row."""

    lists: list[list[str]] = field(default_factory=list)
    memory: list[list[str]] = field(default_factory=list)
    connections: list[list[str]] = field(default_factory=list)
    documents: list[list[str]] = field(default_factory=list)


async def measured(
    bench: Bench,
    gateway: Target,
    floor: Target,
    peers: Iterable[Target],
    say: Callable[[str], None],
) -> Growth:
    """All four."""
    growth = Growth()
    await _lists(bench, gateway, growth, say)
    await _documents(bench, gateway, growth, say)
    for target in (gateway, floor):
        await _connections(bench, target, CONNECTIONS, growth, say)
    for target in peers:
        await _connections(bench, target, (1,), growth, say)
    for target in (gateway, *peers):
        if "warm" in target.temperatures:
            await _memory(bench, target, growth, say)
    return growth


async def _lists(bench: Bench, gateway: Target, growth: Growth, say: Callable[[str], None]) -> None:
    for temperature in gateway.temperatures:
        row = [temperature]
        with bench.started(gateway, temperature) as running:
            for first in LISTS:
                workload = listing(first, turns=8)
                result = await bench.measure(gateway, temperature, workload, running, connections=4)
                say(f"{temperature}: {workload.name}, {result.cpu:.0f} us")
                row += [f"{result.cpu:,.0f}", f"{result.cpu / first:.1f}"]
        growth.lists.append(row)


async def _documents(
    bench: Bench, gateway: Target, growth: Growth, say: Callable[[str], None]
) -> None:
    for number in DOCUMENTS:
        with bench.started(gateway, "warm") as running:
            # The verified answers are some; the warm-up has time for the others.
            result = await bench.measure(
                gateway, "warm", cards(number), running, warm_up=min(0.5 + number / 1000, 10)
            )
        say(f"{number} documents: {result.cpu:.0f} us")
        cells = [f"{result.cpu:,.0f}", f"{result.p50:.2f}", f"{result.p99:.2f}"]
        growth.documents.append([f"{number:,}", *cells, f"{result.memory:.0f}"])


async def _connections(
    bench: Bench,
    target: Target,
    numbers: Iterable[int],
    growth: Growth,
    say: Callable[[str], None],
) -> None:
    hot = target.same_as.get("hot", "hot")
    with bench.started(target, hot) as running:
        for number in numbers:
            result = await bench.measure(target, hot, CARD, running, number, warm_up=1.5)
            say(f"{target.name}: {number} connections, {result.measured:.0f} a second")
            cells = [f"{result.measured:,.0f}", f"{result.cpu:,.0f}"]
            cells += [f"{result.p50:.2f}", f"{result.p99:.2f}", f"{result.memory:.0f}"]
            growth.connections.append([target.title, str(number), *cells])


async def _memory(bench: Bench, target: Target, growth: Growth, say: Callable[[str], None]) -> None:
    """From calls that only this asks for, so that all of them are new."""
    query = target.translate(CARD.query)
    with bench.started(target, "warm") as running:
        await bench.verify(target, CARD, running.port)
        before = running.memory()
        requests = [
            load.http_request(running.port, body(query, {"id": corpus.call_id(10_000 + number)}))
            for number in range(REMEMBERED)
        ]
        await load.answers(running.port, requests)
        grown = running.memory() - before
    say(f"{target.name}: {grown:.0f} MB for {REMEMBERED} calls")
    growth.memory.append([target.title, f"{before:.0f}", f"{grown:.0f}"])
