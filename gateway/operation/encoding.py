"""Answers as JSON bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from gateway.errors import InternalServerError

if TYPE_CHECKING:
    from collections.abc import Mapping


def encode(value: Mapping[str, Any]) -> bytes:
    """JSON bytes; orjson refuses lone surrogates, integers beyond 64 bits and 255 levels."""
    try:
        return orjson.dumps(value)
    except TypeError as error:
        raise InternalServerError("The answer cannot be written as JSON.") from error
