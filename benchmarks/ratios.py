"""Ratios that must not get worse, each measured in one process: `python -m benchmarks.ratios`.

CPU time only, the best of many short windows, and bounds at about half of what was measured: a
busy machine moves both sides of a ratio, and a mistake moves one.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
import orjson
from graphql import parse, validate
from pydantic import SecretStr
from uvicorn.server import ServerState

from benchmarks import corpus
from benchmarks.workloads import WORKLOADS
from gateway.app import Gateway, create_app, schema
from gateway.auth.caller import Caller
from gateway.executor.compiled import Compiler
from gateway.executor.interpret import Interpreted
from gateway.operation.fit import surely_fits
from gateway.operation.request import OperationRequest
from gateway.servers import gateway_server, new_fast_loop, settle_garbage_collector
from gateway.settings import GatewaySettings, RetellSettings, Settings
from gateway.telemetry.audit import Audit
from gateway.upstream.record import plain, typed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from benchmarks.workloads import Workload

    Send = Callable[[int], Awaitable[object]]

AT_LEAST = {"W1": 4.0, "W2": 7.0, "W3": 15.0, "W4": 8.0}
"""How many times as long graphql-core takes for the same operation out of warm entries."""
FIT_AT_LEAST = 15.0
"""How many times as long graphql-core takes to validate a card as it takes to know that it fits."""
AT_MOST = 0.9
"""How many times as long a remembered answer takes as the same bytes from a bare application behind
the same server."""
WINDOWS, WINDOW = 12, 0.1
KEY = "key_of_the_benchmark"


@dataclass(frozen=True, slots=True)
class Ratio:
    """One ratio and its bound."""

    name: str
    value: float
    bound: float
    at_least: bool

    @property
    def holds(self) -> bool:
        """Whether it is within its bound."""
        return self.value >= self.bound if self.at_least else self.value <= self.bound

    def __str__(self) -> str:
        word = "at least" if self.at_least else "at most"
        mark = "" if self.holds else "   <-- out of bounds"
        return f"{self.name:<44}{self.value:>8.1f}   {word} {self.bound:.1f}{mark}"


async def ratios() -> list[Ratio]:
    """All of them."""
    found = [await _compiled(workload) for workload in WORKLOADS if workload.name in AT_LEAST]
    return [*found, await _fit(), await _hot()]


async def _fit() -> Ratio:
    card = next(each for each in WORKLOADS if each.name == "W1")
    document, executable = parse(card.query), schema().executable
    if validate(executable, document) or not surely_fits(executable, document):
        raise SystemExit("W1: it does not fit")

    async def validated(_: int) -> object:
        return validate(executable, document)

    async def fitted(_: int) -> object:
        return surely_fits(executable, document)

    value = await _ratio(validated, fitted)
    return Ratio("graphql-core's validation / one walk, W1", value, FIT_AT_LEAST, at_least=True)


async def _compiled(workload: Workload) -> Ratio:
    audit = Audit(lambda _line: None, time.time)
    gateway = Gateway(_settings(), httpx.MockTransport(_retell), time.time, 1, audit)
    document, executable = parse(workload.query), schema().executable
    ways = (
        Interpreted(executable, document),
        Compiler(executable, plain, from_use=1, typed=typed).prepare(document),
    )
    caller = Caller(KEY, own_key=False)

    def execute(prepared: Any) -> Send:
        async def send(turn: int) -> object:
            request = OperationRequest(workload.query, caller, "a")
            context = gateway.open_context(request)
            result = await prepared.execute(context, workload.variables(turn % 8), None)
            context.loaders.close()
            return result

        return send

    try:
        interpreted, compiled = execute(ways[0]), execute(ways[1])
        for turn in range(8):
            if await interpreted(turn) != await compiled(turn):
                raise SystemExit(f"{workload.name}: the answers differ")
        value = await _ratio(interpreted, compiled)
    finally:
        await gateway.aclose()
    name = f"graphql-core / compiled, {workload.name}"
    return Ratio(name, value, AT_LEAST[workload.name], at_least=True)


async def _hot() -> Ratio:
    """Whole requests, from the bytes that a connection reads to those that it writes."""
    workload = next(each for each in WORKLOADS if each.name == "W1")
    app = create_app(_settings(), transport=httpx.MockTransport(_retell))
    body = orjson.dumps({"query": workload.query, "variables": workload.variables(0)})
    async with app.router.lifespan_context(app):
        ours = Client(app, app.state.drain, app.reply)
        for _ in range(3):
            answer = (await ours.ask(body)).partition(b"\r\n\r\n")[2]

        async def bare(_scope: Any, receive: Any, send: Any) -> None:
            await receive()
            headers = [
                (b"content-type", b"application/json"),
                (b"content-length", b"%d" % len(answer)),
            ]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": answer})

        others = Client(bare, app.state.drain, None)
        if not (await others.ask(body)).endswith(answer) or b'"errors"' in answer:
            raise SystemExit("W1: the answers differ")
        value = await _ratio(lambda _: ours.ask(body), lambda _: others.ask(body))
        ours.leave()
        others.leave()
    return Ratio("remembered answer / bare ASGI, same server", value, AT_MOST, at_least=False)


class Client(asyncio.Transport):
    """The other side of one connection of a server, without a network."""

    def __init__(self, app: Any, drain: Any, reply: Any) -> None:
        super().__init__()
        config = gateway_server(app, drain, 1, reply=reply).config
        config.load()
        state = ServerState()
        self._protocol: Any = config.http_protocol_class(config, state, {})
        self._heard = b""
        self._whole: asyncio.Future[bytes] | None = None
        self._protocol.connection_made(self)

    async def ask(self, body: bytes) -> bytes:
        """The whole answer to a POST."""
        self._heard = b""
        self._whole = asyncio.get_running_loop().create_future()
        self._protocol.data_received(_HEAD % len(body) + body)
        return await self._whole

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """What the server says."""
        self._heard += data
        head, end, body = self._heard.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        if end and len(body) == int(length) and self._whole is not None:
            self._whole.set_result(self._heard)

    def leave(self) -> None:
        """Hang up."""
        self._protocol.connection_lost(None)

    def is_closing(self) -> bool:
        """Not before it hangs up."""
        return False

    def close(self) -> None:
        """Nothing is open."""

    def get_protocol(self) -> asyncio.BaseProtocol:
        """The server's side."""
        protocol: asyncio.BaseProtocol = self._protocol
        return protocol


_HEAD = (
    b"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
    b"accept: application/json\r\ncontent-length: %d\r\n\r\n"
)


async def _ratio(one: Send, other: Send) -> float:
    """How many times as long one takes, by windows of both in turn."""
    bests = [float("inf"), float("inf")]
    for _ in range(WINDOWS):
        for at, send in enumerate((one, other)):
            bests[at] = min(bests[at], await _window(send))
    return bests[0] / bests[1]


async def _window(send: Send) -> float:
    turns, began = 0, time.process_time()
    while time.process_time() - began < WINDOW:
        await send(turns)
        turns += 1
    return (time.process_time() - began) / turns


def _settings() -> Settings:
    retell = RetellSettings(api_key=SecretStr(KEY), base_url="https://retell.test")
    return Settings(GatewaySettings(), retell)


def _retell(request: httpx.Request) -> httpx.Response:
    kind, _, name = request.url.path.rpartition("/")
    number = int(name.rpartition("_")[2]) if name.rpartition("_")[2].isdigit() else 0
    if kind == "/v2/get-call":
        return httpx.Response(200, json=corpus.whole_call(number))
    if kind == "/get-agent":
        return httpx.Response(200, json=corpus.agent(number))
    return httpx.Response(200, json=corpus.page(0, orjson.loads(request.content)["limit"]))


def main() -> None:
    """Print them; exit with 1 if one is out of bounds."""
    settle_garbage_collector()
    with asyncio.Runner(loop_factory=new_fast_loop) as runner:
        found = runner.run(ratios())
    for ratio in found:
        print(ratio)
    if not all(ratio.holds for ratio in found):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
