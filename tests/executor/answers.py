"""Answers in a form that can be compared; how many were left to graphql-core halfway."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator

    from graphql import ExecutionResult


@dataclass
class Replays(logging.Handler):
    """Counts the executions that were left to graphql-core halfway."""

    count: int = 0
    level: int = field(default=logging.DEBUG, init=False)

    def __post_init__(self) -> None:
        super().__init__(logging.DEBUG)

    def emit(self, record: logging.LogRecord) -> None:  # noqa: ARG002 - logging's signature
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
