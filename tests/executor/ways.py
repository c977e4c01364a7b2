"""One operation, both ways over the same Retell: what each answered, and what it asked for."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from graphql import ExecutionResult
from msgspec import Raw

from gateway.app import schema
from gateway.auth.caller import Caller
from gateway.executor.compiled import Compiler
from gateway.executor.interpret import Interpreted
from gateway.schema.permissions import SCOPES
from gateway.upstream.record import plain, typed
from tests.executor.answers import encoded, faults, replays
from tests.executor.operations import operation, operation_on_lists
from tests.executor.retell import Retell
from tests.loading import ONE, loading

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gateway.executor.interpret import Prepared
    from gateway.executor.typed import Shape, Typed
    from tests.executor.operations import Operation

READS = re.compile(r"GET |POST https://[^/]+/(?:v\d/)?(?:list|search|get)-")
MADE_UP = re.compile(r'(?<="idempotency_key":")[0-9a-f]{32}')
"""By which Retell tells repeats of a change that its caller did not name: another one each time."""

EXAMPLES_OF_A_SEED = 3


@dataclass(frozen=True)
class Outcome:
    """What came of one execution."""

    data: bytes
    errors: list[tuple[str, ...]]
    requests: list[str]

    @property
    def changes(self) -> list[str]:
        """The requests that change something."""
        return [request for request in self.requests if not READS.match(request)]


@dataclass
class Tally:
    """Of many examples, those that show something."""

    examples: int = 0
    executions: int = 0
    """By either way; an example has one for each assignment of variables."""
    undamaged: int = 0
    undamaged_compiled: int = 0
    """Executed by the compiled form from start to end."""
    typed: int = 0
    """Lists that were still bytes, and of the shape that their selection makes."""
    untyped: int = 0
    """Lists that were still bytes, and not of it."""
    replayed: int = 0
    changes: int = 0
    errors: int = 0

    def add(self, other: Tally) -> None:
        """Count the other's as well."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


class Differs(AssertionError):
    """The two ways answered differently."""


async def compare_seed(seed: int) -> Tally:
    """Three examples: the document with this seed over a Retell that is well, or nearly, and over
    two that are not. Of six documents, one changes something, and one reads lists above all."""
    random = Random(seed)
    if seed % 6 == 3:
        made = operation_on_lists(schema().executable, random)
    else:
        made = operation(schema().executable, random, mutation=seed % 6 == 0)
    first, second = made.variables
    tally = Tally()
    # Every other document is asked by a caller that may not see some of it.
    few = Random(f"scopes {seed}")
    some = frozenset(scope for scope in sorted(SCOPES) if few.random() < 0.85)
    scopes = None if seed % 2 else some
    for harm, assignments in (
        (random.choice((0.0, 0.0, 0.2)), made.variables),
        (0.5, [first]),
        (1.0, [second]),
    ):
        tally.add(await compare(made, Retell(seed, harm), assignments, scopes))
    return tally


async def compare(
    made: Operation,
    retell: Retell,
    assignments: Sequence[Mapping[str, Any]],
    scopes: frozenset[str] | None = None,
) -> Tally:
    """Execute both ways with each assignment of variables; `Differs` where answers do."""
    executable = schema().executable
    caller = Caller("key-one", own_key=True, scopes=scopes)
    tally = Tally(examples=1)
    compiler = Compiler(
        executable,
        plain,
        from_use=1,
        scopes_of=lambda each: each.caller.scopes,
        typed=_counted(tally),
    )
    compiled = compiler.prepare(made.document)
    interpreted = Interpreted(executable, made.document)
    for variables in assignments:
        expected = await outcome(interpreted, made.name, variables, retell, caller)
        with replays() as replayed:
            found = await outcome(compiled, made.name, variables, retell, caller)
        _check(expected, found, f"{retell}\n{made.name} {variables}\n{made.source}")
        tally.executions += 1
        tally.replayed += replayed.count
        tally.changes += len(found.changes)
        tally.errors += bool(found.errors)
        if not retell.harm:
            tally.undamaged += 1
            tally.undamaged_compiled += not replayed.count and all(compiled._plans.values())
    return tally


def _counted(tally: Tally) -> Typed:
    """The gateway's own reader of lists by their shapes."""

    def reader(shape: Shape) -> Callable[[object], list[Any] | None]:
        read = typed(shape)

        def counting(value: object) -> list[Any] | None:
            found = read(value)
            if value.__class__ is Raw:
                tally.typed += found is not None
                tally.untyped += found is None
            return found

        return counting

    return reader


def _check(expected: Outcome, found: Outcome, example: str) -> None:
    for name in ("data", "errors", "changes"):
        wanted, got = getattr(expected, name), getattr(found, name)
        if wanted != got:
            raise Differs(f"{name}:\ngraphql-core {wanted!r}\ncompiled     {got!r}\n{example}")
    # Fewer are well: when graphql-core gives up an object, what it asked for may be on its way.
    if more := Counter(found.requests) - Counter(expected.requests):
        raise Differs(f"requests: compiled made more: {list(more.elements())}\n{example}")


async def outcome(
    prepared: Prepared,
    name: str | None,
    variables: Mapping[str, Any],
    retell: Retell,
    caller: Caller = ONE,
) -> Outcome:
    """What comes of it with nothing remembered."""
    async with loading(retell) as held:
        context = held.context(caller)
        try:
            result = await prepared.execute(context, variables, name)
            assert isinstance(result, ExecutionResult)
        finally:
            context.loaders.close()
        requests = sorted(
            MADE_UP.sub("", f"{request.method} {request.url} {request.content!r}")
            for request in held.requests
        )
    return Outcome(encoded(result.data), faults(result), requests)
