"""The scalars of the schema, each read from the form in which Retell gives it."""

from __future__ import annotations

import datetime as dt
import math
from functools import lru_cache
from typing import NewType

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

from gateway.schema.readings import Plain
from gateway.upstream.form import File
from gateway.upstream.record import plain

DateTime = NewType("DateTime", int)
"""Milliseconds since the epoch, as Retell counts them."""
BigInt = NewType("BigInt", int)
JSON = NewType("JSON", object)
URL = NewType("URL", str)
PhoneNumber = NewType("PhoneNumber", str)
Upload = NewType("Upload", File)

DEEPEST_JSON = 100
"""Levels of a JSON value that is given; more than anybody needs, fewer than encoders stop at."""

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MILLISECOND = dt.timedelta(milliseconds=1)


def _write_date_time(value: object) -> str:
    if value.__class__ is int:
        return _written(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise GraphQLError("A time is not a number of milliseconds.")
    return _written.__wrapped__(value)


@lru_cache(maxsize=8192)  # the times of what is on a screen are written again and again
def _written(value: float) -> str:
    try:
        moment = _EPOCH + _MILLISECOND * value
    except (OverflowError, ValueError):
        raise GraphQLError("A time is out of range.") from None
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _read_date_time(value: object) -> DateTime:
    if isinstance(value, str):
        try:
            moment = dt.datetime.fromisoformat(value)
        except ValueError:
            moment = None
        if moment is not None and moment.tzinfo is not None:
            return DateTime((moment - _EPOCH) // _MILLISECOND)
    raise GraphQLError(
        "A DateTime is an ISO 8601 time with an offset, such as 2026-01-31T09:30:00Z."
    )


def _big_int(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value // 1:
        raise GraphQLError("A BigInt is a whole number.")
    if not _fits_64_bits(value):
        raise GraphQLError("A BigInt has at most 64 bits.")
    return int(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise GraphQLError("This is not a text.")
    return value


def _read_json(value: object, levels: int = DEEPEST_JSON) -> object:
    """The value, if it can be sent on: literals may be such as 1e999 or 10 ** 30."""
    if isinstance(value, float) and not math.isfinite(value):
        raise GraphQLError("A JSON number must be finite.")
    if isinstance(value, int) and not _fits_64_bits(value):
        raise GraphQLError("A whole JSON number has at most 64 bits.")
    if isinstance(value, File):
        raise GraphQLError("A file stands for an Upload only.")
    if isinstance(value, dict | list):
        if levels == 0:
            raise GraphQLError(f"A JSON value has at most {DEEPEST_JSON} levels.")
        for item in value.values() if isinstance(value, dict) else value:
            _read_json(item, levels - 1)
    return value


def _read_upload(value: object) -> File:
    if not isinstance(value, File):
        raise GraphQLError("An Upload is a file of a multipart request, which takes its place.")
    return value


def _write_upload(_value: object) -> None:
    raise GraphQLError("A file is not shown.")


def _fits_64_bits(value: float) -> bool:
    return -(2**63) <= value < 2**63


SCALARS: dict[object, ScalarDefinition] = {
    DateTime: strawberry.scalar(
        name="DateTime",
        description="A moment in UTC, ISO 8601 with milliseconds: `2026-01-31T09:30:00.000Z`.",
        serialize=_write_date_time,
        parse_value=_read_date_time,
        specified_by_url="https://scalars.graphql.org/andimarek/date-time",
    ),
    BigInt: strawberry.scalar(
        name="BigInt",
        description="A whole number of up to 64 bits, as a JSON number.",
        serialize=_big_int,
        parse_value=_big_int,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description="Any JSON value, as Retell holds it: keys are not renamed.",
        serialize=plain,
        parse_value=_read_json,
    ),
    URL: strawberry.scalar(
        name="URL",
        description="An absolute URL. Those of recordings and logs are secrets: who has one "
        "can read what it names.",
        serialize=_text,
        parse_value=_text,
    ),
    PhoneNumber: strawberry.scalar(
        name="TelephoneNumber",
        description="A telephone number, in E.164 form where Retell knows it: `+14155550100`.",
        serialize=_text,
        parse_value=_text,
    ),
    Upload: strawberry.scalar(
        name="Upload",
        description="A file, sent beside the operation as the GraphQL multipart request "
        "specification says: its variable is null, and `map` names it. Only where the gateway "
        "takes files.",
        serialize=_write_upload,
        parse_value=_read_upload,
        specified_by_url="https://github.com/jaydenseric/graphql-multipart-request-spec",
    ),
}

PLAIN = {"URL": Plain(str), "TelephoneNumber": Plain(str)}
"""Scalars that show values of one class as they are; what executes may leave the call out."""
