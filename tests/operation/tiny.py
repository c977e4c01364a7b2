"""A tiny schema with everything that can go wrong in it, and the pipeline over it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, cast

from graphql import GraphQLError, GraphQLObjectType, build_schema

from gateway.auth.caller import Caller
from gateway.context import RequestContext
from gateway.errors import NotFound, RateLimited
from gateway.executor.interpret import Interpreted
from gateway.operation.allowance import Allowance
from gateway.operation.answers import Answers
from gateway.operation.at_once import AtOnce, AtOnceLimits
from gateway.operation.audited import Audited
from gateway.operation.documents import Documents
from gateway.operation.limits import DocumentLimits
from gateway.operation.pipeline import Pipeline
from gateway.operation.request import IncrementalResult, OperationRequest, OperationResult
from gateway.telemetry.audit import Audit
from gateway.telemetry.trace import Sent, Trace

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.loaders import Loaders
    from gateway.operation.request import Json

SCHEMA = build_schema("""
directive @defer(if: Boolean! = true, label: String) on FRAGMENT_SPREAD | INLINE_FRAGMENT
directive @stream(if: Boolean! = true, label: String, initialCount: Int = 0) on FIELD

type Query {
  hello(name: String! = "world", limits: Limits): String
  broken: String
  missing: String
  busy: String
  worded: String
  number: Int
  sure: String!
  pair: Pair
  slow: Slow
  slows: [Slow]
}

input Limits { most: Int! }

type Pair { one: String! two: Int }

type Slow { id: ID later: String never: String lost: String! }

type Mutation { change: String }
""")

CLOCK = partial(float, 0)

SECRET = "sk-secret-of-upstream"


def _broken(*_: object) -> str:
    raise LookupError(SECRET)


def _worded(*_: object) -> str:
    raise ValueError(f"Argument 'x' was {SECRET}")


def _missing(*_: object) -> str:
    raise NotFound("There is no such call.")


def _busy(*_: object) -> str:
    raise RateLimited("Retell asks for fewer requests.", retry_after=2.5)


async def _later(*_: object) -> str:
    await asyncio.sleep(0)
    return "later"


async def _never(_: object, info: Any) -> str:
    info.context.loaders.waiting += 1
    info.context.loaders.awaited.set()
    try:
        await asyncio.Event().wait()
    finally:
        info.context.loaders.waiting -= 1
    raise AssertionError("never reached")


async def _lost(*_: object) -> str:
    await asyncio.sleep(0)
    raise GraphQLError(SECRET)


RESOLVERS: dict[str, dict[str, Callable[..., object]]] = {
    "Query": {
        "hello": lambda _source, _info, name, **_: f"Hello {name}",
        "broken": _broken,
        "missing": _missing,
        "busy": _busy,
        "worded": _worded,
        "number": lambda *_: SECRET,
        "sure": lambda *_: None,
        "pair": lambda *_: {"one": [SECRET], "two": 2},
        "slow": lambda *_: {"id": "1"},
        "slows": lambda *_: [{"id": str(number)} for number in range(3)],
    },
    "Slow": {"later": _later, "never": _never, "lost": _lost},
    "Mutation": {"change": lambda *_: "changed"},
}
for _type, _fields in RESOLVERS.items():
    for _name, _resolve in _fields.items():
        cast("GraphQLObjectType", SCHEMA.type_map[_type]).fields[_name].resolve = _resolve


@dataclass
class Reads:
    """In the place of loaders: counts how often it was closed, and who waits."""

    closed: int = 0
    waiting: int = 0
    awaited: asyncio.Event = field(default_factory=asyncio.Event)
    entries: dict[str, Any] = field(default_factory=dict)

    def close(self) -> None:
        self.closed += 1


INTERPRETED = partial(Interpreted, SCHEMA)


@dataclass
class Tiny:
    """The pipeline over the tiny schema; each operation finds the same reads."""

    prepare: Any = INTERPRETED
    answer_bytes: int = 0
    reads: Reads = field(default_factory=Reads)
    contexts: int = 0
    allowance: Allowance = field(
        default_factory=lambda: Allowance(100, AtOnce(AtOnceLimits()), None)
    )
    audited: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.documents = Documents(SCHEMA, DocumentLimits(), self.prepare)
        self.answers = Answers(
            lambda key, entry: self.reads.entries.get(key) is entry,
            count().__next__,
            lambda: 0.0,
            most_bytes=self.answer_bytes,
        )
        audited = Audited(Audit(self.audited.append, CLOCK), {})
        self.pipeline = Pipeline(
            self.documents, self.answers, audited, self._context, self.allowance
        )

    def _context(self, request: OperationRequest) -> RequestContext:
        self.contexts += 1
        trace = Trace(sent=[Sent("GET /v2/get-call", 200, 0.25, 1)])
        loaders = cast("Loaders", self.reads)
        return RequestContext(request.request_id, request.caller, loaders, trace)

    async def whole(self, query: str | None, **options: Any) -> OperationResult:
        answer = await self.pipeline.answer(asking(query, **options))
        assert isinstance(answer, OperationResult)
        return answer

    async def parts(self, query: str, **options: Any) -> IncrementalResult:
        answer = await self.pipeline.answer(asking(query, incremental=True, **options))
        assert isinstance(answer, IncrementalResult)
        return answer


def asking(query: str | None, **options: Any) -> OperationRequest:
    """A request with an id, from a caller with a key."""
    caller = Caller("key-of-the-caller", own_key=True)
    return OperationRequest(query=query, caller=caller, request_id="the-id", **options)


def error(code: str, message: str, **rest: object) -> Json:
    """An error as it stands in an answer; `rest` are its other keys, and further extensions."""
    extensions = {"code": code} | cast("Json", rest.pop("extensions", {})) | {"requestId": "the-id"}
    return {"message": message} | rest | {"extensions": extensions}
