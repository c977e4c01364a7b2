"""The first step of a coroutine, taken at once: what is there needs neither a wait nor a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine, Generator

T = TypeVar("T")


class Rest(Generic[T]):
    """What is left of a coroutine that has begun: to be awaited once, by the task that began it."""

    def __init__(self, coroutine: Coroutine[Any, Any, T], waiting: object) -> None:
        self._coroutine = coroutine
        self._waiting = waiting
        """What it waits for: the event loop has not heard of it yet."""

    def __await__(self) -> Generator[Any, Any, T]:
        waiting = self._waiting
        try:
            while True:
                try:
                    given = yield waiting
                except BaseException as error:  # noqa: BLE001 - it is the coroutine's to handle
                    waiting = self._coroutine.throw(error)
                else:
                    waiting = self._coroutine.send(given)
        except StopIteration as end:
            result: T = end.value
            return result


def begin(coroutine: Coroutine[Any, Any, T]) -> T | Rest[T]:
    """Its result, if it has one at once; else the rest of it."""
    try:
        waiting = coroutine.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    return Rest(coroutine, waiting)
