"""One measurement: a target in one configuration, verified, then under load for a moment."""

from __future__ import annotations

import http.client
import itertools
import sys
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import orjson

from benchmarks import load
from benchmarks.expected import as_canonical, expected
from benchmarks.peers.asgi import variables_of
from benchmarks.processes import Command, Cores, Running, free_port, serving
from benchmarks.targets import CACHE, ROOT, Site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from benchmarks.targets import Target
    from benchmarks.workloads import Workload

CONNECTIONS = 32
SOME = 16
"""Connections and, cold, verified answers of a rotation where it has to be quick."""
MOST = 1000
"""Answers of a rotation that are verified; only growth has longer rotations."""


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
        return 1e6 / max(self.cpu, 1.0)

    def as_json(self) -> dict[str, Any]:
        """For the raw results."""
        return asdict(self) | {"capacity": self.capacity}


class Wrong(Exception):
    """An answer is not what the upstream's data says."""


class Bench:
    """What all measurements of a run share: cores, the upstream, the answers that were verified."""

    def __init__(self, cores: Cores, seconds: float, upstream: Running, *, quick: bool) -> None:
        self.cores = cores
        self.seconds = seconds
        self.quick = quick
        """Cold, only some answers of a rotation are verified: warm, all are, and fill the cache."""
        self.upstream = upstream
        self.answers: dict[str, str] = {}
        """By request body: what the floor sends."""
        self.paces: list[float] = []
        """Seconds that the same work took, before each measurement: how steady the machine is."""
        self._verified: set[tuple[str, str, str, bytes]] = set()
        self._expected: dict[tuple[str, str], Any] = {}
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
        if workload.documents is None:
            return lambda _turn: load.http_request(
                port, asked(target, workload, next(self._unseen))
            )
        ready = [
            load.http_request(port, asked(target, workload, turn)) for turn in range(workload.turns)
        ]
        return lambda turn: ready[turn % len(ready)]

    async def verify(
        self, target: Target, workload: Workload, port: int, most: int | None = None
    ) -> int:
        """Compare every answer of the rotation; the bytes of the first. `Wrong` where one is."""
        turns = list(range(workload.turns))[:most]
        if workload.documents is None:
            turns = list(itertools.islice(self._unseen, len(turns)))
        bodies = [asked(target, workload, turn) for turn in turns]
        found = await load.answers(port, [load.http_request(port, each) for each in bodies])
        for turn, sent, answer in zip(turns, bodies, found, strict=True):
            self._compare(target, workload, turn, answer)
            if target.name == "gateway":
                known = variables_of(sent) if workload.documents is None else sent
                self.answers[known.decode()] = answer.decode()
        return len(found[0])

    def _compare(self, target: Target, workload: Workload, turn: int, answer: bytes) -> None:
        question = workload.query, str(workload.variables(turn))
        known = target.name, *question, answer
        if known in self._verified:
            return
        if question not in self._expected:
            self._expected[question] = expected(workload.query, workload.variables(turn))
        right = self._expected[question]
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
        connections: int | None = None,
        warm_up: float = 0.5,
    ) -> Result:
        """Verify, then load."""
        most = SOME if self.quick and temperature == "cold" else MOST
        answer = await self.verify(target, workload, running.port, most)
        self.paces.append(pace())
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
            connections or (SOME if self.quick else CONNECTIONS),
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


def pace() -> float:
    """CPU seconds of a piece of work that is always the same."""
    began, total = time.process_time(), 0
    for number in range(200_000):
        total += number
    return time.process_time() - began


def body(query: str, variables: dict[str, Any]) -> bytes:
    """The JSON that is posted."""
    return orjson.dumps({"query": query, "variables": variables})


def asked(target: Target, workload: Workload, turn: int) -> bytes:
    """The body of a turn, in the target's names."""
    document = workload.document(turn, target.translate(workload.query))
    return body(document, workload.variables(turn))


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
