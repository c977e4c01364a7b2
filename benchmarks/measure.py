"""One measurement: a target in one configuration, verified, then under load for a moment."""

from __future__ import annotations

import http.client
import itertools
import sys
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import orjson

from benchmarks import load
from benchmarks.expected import as_canonical, expected
from benchmarks.processes import Command, Cores, Running, free_port, serving
from benchmarks.targets import CACHE, ROOT, Site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.targets import Target
    from benchmarks.workloads import Workload

CONNECTIONS = 32


@dataclass(frozen=True, slots=True)
class Result:
    """A window. Times are in microseconds (CPU) and milliseconds (latency), memory in MB."""

    target: str
    temperature: str
    workload: str
    cpu: float
    """Of the server, for one request."""
    measured: float
    """Requests per second in the window."""
    p50: float
    p99: float
    memory: float
    upstream: float
    """Requests to the upstream for one query."""
    answer: int
    """Bytes."""

    @property
    def capacity(self) -> float:
        """Requests per second that one core can serve."""
        return 1e6 / self.cpu

    def as_json(self) -> dict[str, Any]:
        """For the raw results."""
        return asdict(self) | {"capacity": self.capacity}


class Wrong(Exception):
    """An answer is not what the upstream's data says."""


class Bench:
    """What all measurements of a run share: cores, the upstream, the answers that were verified."""

    def __init__(self, cores: Cores, seconds: float, upstream: Running) -> None:
        self.cores = cores
        self.seconds = seconds
        self.upstream = upstream
        self.answers: dict[str, str] = {}
        """By request body: what the floor sends."""
        self._verified: set[tuple[str, str, int, bytes]] = set()
        self._expected: dict[tuple[str, int], Any] = {}
        self._unseen = itertools.count(1)

    def upstream_requests(self) -> int:
        """Since this was last asked."""
        connection = http.client.HTTPConnection("127.0.0.1", self.upstream.port, timeout=5)
        try:
            connection.request("GET", "/_count")
            return int(connection.getresponse().read())
        finally:
            connection.close()

    @contextmanager
    def started(
        self, target: Target, temperature: str, command: Callable[[Site], Command] | None = None
    ) -> Iterator[Running]:
        """The target's server."""
        site = Site(free_port(), self.upstream.port, temperature)
        log = CACHE / "logs" / f"{target.name}-{temperature}.log"
        start = (command or target.command)(site)
        with serving(start, site.port, self.cores.server, log) as running:
            yield running

    def requests(self, target: Target, workload: Workload, port: int) -> Callable[[int], bytes]:
        """The request of each turn."""
        if workload.first_seen:
            return lambda _turn: load.http_request(
                port, body(target, workload, next(self._unseen))
            )
        ready = [
            load.http_request(port, body(target, workload, turn)) for turn in range(workload.turns)
        ]
        return lambda turn: ready[turn % len(ready)]

    async def verify(self, target: Target, workload: Workload, port: int) -> int:
        """Compare every answer of the rotation; the bytes of the first. `Wrong` where one is."""
        request = self.requests(target, workload, port)
        turns = range(workload.turns)
        if workload.first_seen:
            # The turn decides the variables as well as the document's name.
            turns = range(next(self._unseen), next(self._unseen) + workload.turns)
            self._unseen = itertools.count(turns[-1] + 1)
            asked = [load.http_request(port, body(target, workload, turn)) for turn in turns]
        else:
            asked = [request(turn) for turn in turns]
        found = await load.answers(port, asked)
        for turn, answer in zip(turns, found, strict=True):
            self._compare(target, workload, turn % workload.turns, answer)
            if target.name == "gateway":
                sent = body(target, workload, turn)
                known = sent[sent.rfind(b'"variables"') :] if workload.first_seen else sent
                self.answers[known.decode()] = answer.decode()
        return len(found[0])

    def _compare(self, target: Target, workload: Workload, turn: int, answer: bytes) -> None:
        known = target.name, workload.name, turn, answer
        if known in self._verified:
            return
        right = self._expected.get((workload.name, turn))
        if right is None:
            right = expected(workload.query, workload.variables(turn))
            self._expected[workload.name, turn] = right
        given = as_canonical(orjson.loads(answer).get("data"))
        if given != right:
            raise Wrong(f"{target.name}, {workload.name}: {difference(given, right)}")
        self._verified.add(known)

    async def measure(
        self,
        target: Target,
        temperature: str,
        workload: Workload,
        running: Running,
        connections: int = CONNECTIONS,
        warm_up: float = 0.5,
    ) -> Result:
        """Verify, then load."""
        answer = await self.verify(target, workload, running.port)
        spent = requests = 0.0

        def begun() -> None:
            nonlocal spent
            self.upstream_requests()
            spent = -running.cpu_seconds()

        def ended() -> None:
            nonlocal spent, requests
            spent += running.cpu_seconds()
            requests = self.upstream_requests()

        window = await load.window(
            running.port,
            self.requests(target, workload, running.port),
            connections,
            self.seconds,
            warm_up,
            begun,
            ended,
        )
        count = max(len(window.latencies), 1)
        return Result(
            target=target.name,
            temperature=temperature,
            workload=workload.name,
            cpu=spent / count * 1e6,
            measured=window.per_second,
            p50=window.percentile(0.5),
            p99=window.percentile(0.99),
            memory=running.memory(),
            upstream=requests / count,
            answer=answer,
        )


def body(target: Target, workload: Workload, turn: int) -> bytes:
    """The JSON that is posted."""
    document = workload.document(turn, target.translate(workload.query))
    return orjson.dumps({"query": document, "variables": workload.variables(turn)})


def difference(given: Any, right: Any, path: str = "data") -> str:
    """Where two answers part."""
    if isinstance(given, dict) and isinstance(right, dict):
        for key in {**given, **right}:
            if given.get(key) != right.get(key):
                return difference(given.get(key), right.get(key), f"{path}.{key}")
    if isinstance(given, list) and isinstance(right, list) and len(given) == len(right):
        for at, (one, other) in enumerate(zip(given, right, strict=True)):
            if one != other:
                return difference(one, other, f"{path}.{at}")
    return f"{path} is {str(given)[:120]}, not {str(right)[:120]}"


@contextmanager
def upstream(cores: Cores) -> Iterator[Running]:
    """The stand-in, beside the load."""
    port = free_port()
    command = Command([sys.executable, "-m", "benchmarks.upstream", str(port)], {}, ROOT)
    with serving(command, port, cores.load, CACHE / "logs" / "upstream.log") as running:
        yield running
