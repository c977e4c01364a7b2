"""What callers give as JSON, in Retell's own form: checked to be what Retell takes there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from gateway.errors import BadUserInput
from gateway.schema.mutation import given

if TYPE_CHECKING:
    from gateway.loaders import Json

MOST_METADATA = 50_000
"""Bytes of metadata that Retell stores."""


def new(input_: object, *apart: str) -> Json:
    """What was given of an input that makes something new: null is there as good as nothing."""
    return {name: value for name, value in given(input_, *apart).items() if value is not None}


def check_object(value: Any, field: str) -> None:
    """`BadUserInput` unless it is a JSON object."""
    if not isinstance(value, dict):
        raise BadUserInput(f"`{field}` must be a JSON object.", field)


def check_texts(value: Any, field: str) -> None:
    """`BadUserInput` unless it is a JSON object whose values are texts."""
    check_object(value, field)
    if not all(isinstance(each, str) for each in value.values()):
        raise BadUserInput(f"The values of `{field}` must be texts.", field)


def check_metadata(value: Any, field: str = "metadata") -> None:
    """`BadUserInput` unless Retell would store it."""
    check_object(value, field)
    if len(orjson.dumps(value)) > MOST_METADATA:
        raise BadUserInput(f"`{field}` may take at most {MOST_METADATA} bytes.", field)
