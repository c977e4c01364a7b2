"""Carries out a plan: root fields, then what they lead to, level by level, each key once.

What the compiled form does not cover is answered by graphql-core, over the root results that are
already there: no root field is resolved twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard

from graphql import ExecutionResult, located_error
from graphql.pyutils import Path as CorePath

from gateway.executor.plan import Spot, Surprise
from gateway.schema.readings import Linked
from gateway.turns import Turns

if TYPE_CHECKING:
    from graphql import GraphQLError

    from gateway.executor.plan import Execution, Json, Path, Pending, Plan, Site


@dataclass(frozen=True, slots=True)
class Failed:
    """In the place of a root field's result: why there is none."""

    error: Exception


class Run:
    """One execution of a plan."""

    def __init__(self, plan: Plan, execution: Execution) -> None:
        self._plan = plan
        self._execution = execution
        self._context = execution.context
        self._errors: list[GraphQLError] = []
        self.results: dict[str, object] = {}
        """What the root fields have resolved to so far, by their names in the response."""

    async def result(self) -> ExecutionResult:
        """The result; `Surprise` where graphql-core has to say what it is."""
        roots = self._plan.roots
        data = dict(self._plan.constants)
        if len(roots) == 1:
            await self._root(roots[0], data)
        else:
            # All have to be there, should graphql-core have to answer over them.
            outcomes = await asyncio.gather(
                *(self._root(site, data) for site in roots), return_exceptions=True
            )
            for outcome in outcomes:
                if outcome is not None:
                    raise outcome
        return ExecutionResult(data, self._errors or None)

    async def _root(self, site: Site, data: Json) -> None:
        path = (site.name,)
        try:
            found = self._resolved(site, None, path)
            if _is_to_come(found):
                found = await found
        except Exception as error:  # noqa: BLE001 - it becomes an error of the answer
            self.results[site.name] = Failed(error)
            self._fail(site, path, error)
            return
        self.results[site.name] = found
        pending: list[Pending] = []
        data[site.name] = _completed(site, found, path, pending, self._context)
        while pending:
            pending = await self._loaded(pending)

    async def _loaded(self, pending: list[Pending]) -> list[Pending]:
        """Load one level, each key once, and put it in its places; what that asks for in turn."""
        groups: dict[object, list[Pending]] = {}
        for number, one in enumerate(pending):
            site, _, told_by, _ = one
            same = (site.number, told_by) if site.reading.__class__ is Linked else number
            if (group := groups.get(same)) is None:
                groups[same] = [one]
            else:
                group.append(one)
        found = [self._asked(group[0]) for group in groups.values()]
        waiting = {at: each for at, each in enumerate(found) if _is_to_come(each)}
        if waiting:
            came = await asyncio.gather(*waiting.values(), return_exceptions=True)
            for at, each in zip(waiting, came, strict=True):
                found[at] = each
        following: list[Pending] = []
        turns = Turns()
        for group, each in zip(groups.values(), found, strict=True):
            self._place(group, each, following)
            if turns.is_over():
                # A page of 1,000 transcripts takes a second to be decoded and put in its places.
                await turns.pause()
        return following

    def _asked(self, one: Pending) -> object:
        """What is loaded, an awaitable of it, or the exception that came instead."""
        site, _, told_by, path = one
        try:
            if site.reading is None:
                return self._resolved(site, told_by, path)
            return site.reading.load(Spot(self._execution, path, site), told_by)
        except Exception as error:  # noqa: BLE001 - it becomes an error of the answer
            return error

    def _place(self, group: list[Pending], found: object, following: list[Pending]) -> None:
        if isinstance(found, BaseException):
            if not isinstance(found, Exception):
                raise found
            for site, _, _, path in group:
                self._fail(site, path, found)
            return
        site, response, _, path = group[0]
        value = _completed(site, found, path, following, self._context)
        response[site.name] = value
        for _, response, _, path in group[1:]:
            response[site.name] = (
                value if site.shareable else _completed(site, found, path, following, self._context)
            )

    def _resolved(self, site: Site, source: object, path: Path) -> object:
        """What the field's own resolver returns."""
        execution = self._execution
        arguments = {} if site.arguments is None else site.arguments.values(execution.variables)
        info = execution.info(site, _core(path))
        assert site.definition.resolve is not None  # noqa: S101 - narrowing: else not compiled
        return site.definition.resolve(source, info, **arguments)

    def _fail(self, site: Site, path: Path, error: Exception) -> None:
        """A null with an error; where there can be no null, it spreads as graphql-core says."""
        if not site.nullable:
            raise Surprise from error
        self._errors.append(located_error(error, site.nodes, list(path)))


def _is_to_come(found: object) -> TypeGuard[Awaitable[object]]:
    """Whether it has to be waited for; what is at hand is told quickly."""
    return found is not None and not isinstance(found, dict) and isinstance(found, Awaitable)


def _completed(
    site: Site, found: object, path: Path, pending: list[Pending], context: object
) -> Any:
    try:
        return site.complete(found, path, pending, context)
    except Exception as error:
        raise Surprise from error


def _core(path: Path) -> CorePath:
    made: CorePath | None = None
    for key in path:
        made = CorePath(made, key, None)
    assert made is not None  # noqa: S101 - narrowing: a field has a name
    return made
