"""One operation, both ways over the same Retell: what each answered, and what it asked for."""

from __future__ import annotations

import logging
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

import orjson
from graphql import ExecutionResult

from gateway.app import schema
from gateway.executor.compiled import Compiler
from gateway.executor.interpret import Interpreted
from gateway.upstream.record import plain
from tests.executor.operations import operation
from tests.executor.retell import Retell
from tests.loading import loading

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gateway.executor.interpret import Prepared
    from tests.executor.operations import Operation

CHANGES = {"PATCH", "DELETE"}

EXAMPLES_OF_A_SEED = 2


@dataclass(frozen=True)
class Outcome:
    """What came of one execution."""

    data: bytes
    errors: list[tuple[str, ...]]
    requests: list[str]

    @property
    def changes(self) -> list[str]:
        """The requests that change something."""
        return [request for request in self.requests if request.split(" ", 1)[0] in CHANGES]


@dataclass
class Tally:
    """Of many examples, those that show something."""

    examples: int = 0
    executions: int = 0
    """By either way; an example has one for each assignment of variables."""
    undamaged: int = 0
    undamaged_compiled: int = 0
    """Executed by the compiled form from start to end."""
    replayed: int = 0
    changes: int = 0
    errors: int = 0

    def add(self, other: Tally) -> None:
        """Count the other's as well."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


class Differs(AssertionError):
    """The two ways answered differently."""


@dataclass
class Replays(logging.Handler):
    """Counts the executions that were left to graphql-core halfway."""

    count: int = 0
    level: int = field(default=logging.DEBUG, init=False)

    def __post_init__(self) -> None:
        super().__init__(logging.DEBUG)

    def emit(self, record: logging.LogRecord) -> None:
        """One more."""
        self.count += 1

    def __hash__(self) -> int:
        return id(self)


@contextmanager
def replays() -> Iterator[Replays]:
    """Counts them while it is open."""
    logger, counted = logging.getLogger("gateway.executor.compiled"), Replays()
    before, passes = logger.level, logger.propagate
    logger.setLevel(logging.DEBUG)
    logger.propagate = False  # nobody is to format thousands of them
    logger.addHandler(counted)
    try:
        yield counted
    finally:
        logger.removeHandler(counted)
        logger.setLevel(before)
        logger.propagate = passes


async def compare_seed(seed: int) -> Tally:
    """Two examples: the document with this seed over a Retell that is well, or nearly, and over
    one that is not. Of six documents, one changes something."""
    random = Random(seed)
    made = operation(schema().executable, random, mutation=seed % 6 == 0)
    tally = await compare(made, seed, random.choice((0.0, 0.0, 0.2)))
    tally.add(await compare(made, -seed, random.choice((0.5, 1.0))))
    return tally


async def compare(made: Operation, seed: int, harm: float) -> Tally:
    """Execute both ways with each assignment of variables; `Differs` where answers do."""
    retell = Retell(seed, harm)
    executable = schema().executable
    compiled = Compiler(executable, plain, from_use=1).prepare(made.document)
    interpreted = Interpreted(executable, made.document)
    tally = Tally(examples=1)
    for variables in made.variables:
        expected = await outcome(interpreted, made.name, variables, retell)
        with replays() as replayed:
            found = await outcome(compiled, made.name, variables, retell)
        _check(expected, found, f"{seed=} {harm=} {variables=}\n{made.source}")
        tally.executions += 1
        tally.replayed += replayed.count
        tally.changes += len(found.changes)
        tally.errors += bool(found.errors)
        if not harm:
            tally.undamaged += 1
            whole = not replayed.count and all(compiled._plans.values())
            tally.undamaged_compiled += whole
    return tally


def _check(expected: Outcome, found: Outcome, example: str) -> None:
    for name in ("data", "errors", "changes"):
        wanted, got = getattr(expected, name), getattr(found, name)
        if wanted != got:
            raise Differs(f"{name}:\ngraphql-core {wanted!r}\ncompiled     {got!r}\n{example}")
    # Fewer are well: when graphql-core gives up an object, what it asked for may be on its way.
    if more := Counter(found.requests) - Counter(expected.requests):
        raise Differs(f"requests: compiled made more: {list(more.elements())}\n{example}")


async def outcome(
    prepared: Prepared, name: str | None, variables: Mapping[str, Any], retell: Retell
) -> Outcome:
    """What comes of it with nothing remembered."""
    async with loading(retell) as held:
        context = held.context()
        try:
            result = await prepared.execute(context, variables, name)
            assert isinstance(result, ExecutionResult)
        finally:
            context.loaders.close()
        requests = sorted(
            f"{request.method} {request.url} {request.content!r}" for request in held.requests
        )
    return Outcome(encoded(result.data), faults(result), requests)


def encoded(data: Any) -> bytes:
    """As it is sent; or, where it cannot be, why not."""
    try:
        return orjson.dumps(data)
    except TypeError as error:
        return f"{type(error).__name__}: {error}".encode()


def faults(result: ExecutionResult) -> list[tuple[str, ...]]:
    """Path, message, kind and places of each error, in an order that does not depend on time."""
    return sorted(
        (
            repr(error.path),
            error.message,
            type(error.original_error).__name__,
            repr(getattr(error.original_error, "code", None)),
            repr(error.locations),
            repr(error.extensions),
        )
        for error in result.errors or ()
    )
