"""Answers as JSON bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from gateway.errors import InternalServerError
from gateway.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Mapping

SHORT = 50
"""Items of a list that are written in one go."""


def encode(value: Mapping[str, Any]) -> bytes:
    """JSON bytes; orjson refuses lone surrogates, integers beyond 64 bits and 255 levels."""
    try:
        return orjson.dumps(value)
    except TypeError as error:
        raise InternalServerError("The answer cannot be written as JSON.") from error


async def encode_in_turns(value: dict[str, Any]) -> bytes:
    """The same bytes; long lists are written with pauses: 20 MB take a tenth of a second."""
    if not _has_a_long_list(value):
        return encode(value)
    try:
        return encode(await _Writing().begun(value))
    except TypeError as error:
        raise InternalServerError("The answer cannot be written as JSON.") from error


def _has_a_long_list(value: dict[str, Any]) -> bool:
    objects = [value]
    for each in objects:  # it grows
        for below in each.values():
            if below.__class__ is dict:
                objects.append(below)
            elif below.__class__ is list and len(below) > SHORT:
                return True
    return False


class _Writing:
    """Writes the items of long lists, wherever below objects these are. Changes no list: some are
    shared with what is remembered."""

    def __init__(self) -> None:
        self._turns = Turns()

    async def begun(self, value: dict[str, Any]) -> dict[str, Any]:
        """The object, with items that are written already."""
        return {
            name: await self._list(below)
            if below.__class__ is list and len(below) > SHORT
            else await self.begun(below)
            if below.__class__ is dict
            else below
            for name, below in value.items()
        }

    async def _list(self, items: list[Any]) -> list[orjson.Fragment]:
        written = []
        for item in items:
            written.append(orjson.Fragment(orjson.dumps(item)))
            if self._turns.is_over():
                await self._turns.pause()
        return written
