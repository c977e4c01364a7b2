"""How every mutation goes: what it is given, what it answers with, and errors as data.

The errors that a person can mend are `userErrors`; the others are errors of the answer.
"""

from __future__ import annotations

import asyncio
import re
from enum import Enum
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from strawberry import UNSET
from strawberry.types.base import has_object_definition
from strawberry.utils.str_converters import to_camel_case

from gateway.errors import BadUserInput, Conflict, GatewayError, NotFound
from gateway.loaders import Json
from gateway.schema.filters import enum_value
from gateway.schema.types import input_type, object_type

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.loaders import Change
    from gateway.schema.info import Info

MENDABLE = (BadUserInput, Conflict, NotFound)
"""Errors that the one who asked can do something about."""

_MUTATION_ID = re.compile(r"[A-Za-z0-9_-]{8,255}")
"""What Retell takes as an idempotency key as well; short ones are counters, which collide."""


@input_type()
class Input:
    """What a mutation is given."""

    client_mutation_id: str | None = UNSET
    """A name for this change, such as a UUID: 8 to 255 letters, digits, `_` or `-`. For an hour,
    who sends the same change under the same name again gets what came of the first, and nothing is
    sent to Retell a second time."""


@object_type()
class UserError:
    """Why a mutation did nothing, for the one who filled in the form."""

    field: list[str] | None
    """Path of the input field that is to blame; null where it is none in particular."""
    message: str
    """What is wrong, in a sentence."""
    code: str
    """`BAD_USER_INPUT`, `NOT_FOUND` or `CONFLICT`."""


@object_type()
class Payload:
    """The outcome of a mutation."""

    user_errors: list[UserError]
    """Empty where the change was made."""
    client_mutation_id: str | None
    """As it was given."""


async def change(
    info: Info,
    input_: Input,
    prepare: Callable[[], Change],
    shown: Callable[[Json | None], Json],
    blamed: str | None = None,
    *,
    has_files: bool = False,
) -> Any:
    """The payload of a mutation: the change is sent once, and `shown` is what its answer becomes.

    `prepare` checks what was given and makes the request. `blamed` is the input field that names
    the object, for when there is none or its state does not allow it. A request that `has_files`
    is made in a thread: they may be on disk, and are long.
    """
    name = input_.client_mutation_id
    if name is UNSET:
        name = None
    told: Json = {"client_mutation_id": name}
    try:
        if name is not None and not _MUTATION_ID.fullmatch(name):
            raise BadUserInput(
                "`clientMutationId` must be 8 to 255 letters, digits, `_` or `-`, such as a UUID.",
                "clientMutationId",
            )
        prepared = await asyncio.to_thread(prepare) if has_files else prepare()
        answer = await info.context.loaders.change(prepared, name)
    except MENDABLE as error:
        return told | refused(error, blamed)
    return told | {"user_errors": []} | shown(answer)


def refused(error: GatewayError, id_field: str | None) -> Json:
    """The payload of a mutation that did nothing to the object that `id_field` names."""
    field = error.field if isinstance(error, BadUserInput) else id_field
    path = None if field is None else [field]
    return {"user_errors": [{"field": path, "message": error.message, "code": error.code}]}


def idempotency_key(input_: Input) -> str:
    """By which Retell tells a repeat of this change, for an hour."""
    return input_.client_mutation_id or uuid4().hex


def given(input_: object, *apart: str) -> Json:
    """What was given of an input, in Retell's form and names, but for the fields named `apart`.

    What was left out is left out: only what was given as null is null.
    """
    skipped = {"client_mutation_id", *apart}
    return {
        name.rstrip("_"): _plain(value)
        for name, value in vars(input_).items()
        if value is not UNSET and name not in skipped
    }


def some_given(input_: object, *apart: str) -> Json:
    """The same, for changes of what is there: `BadUserInput` where nothing was given."""
    found = given(input_, *apart)
    if not found:
        raise BadUserInput("Give at least one field to change.")
    return found


def never_null(body: Json, *but: str) -> Json:
    """The body of a change; `BadUserInput` where something is null that Retell cannot empty."""
    for name, value in body.items():
        if value is None and name not in but:
            field = to_camel_case(name)
            raise BadUserInput(f"`{field}` cannot be null; leave it out instead.", field)
    return body


def json_object(body: Json, *names: str) -> Json:
    """The body of a change; `BadUserInput` where one of these is given, and is no JSON object."""
    for name in names:
        if name in body and not isinstance(body[name], dict):
            field = to_camel_case(name)
            raise BadUserInput(f"`{field}` must be a JSON object.", field)
    return body


def _plain(value: Any) -> object:
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if hasattr(value, "wire"):
        return value.wire()
    if isinstance(value, Enum):
        return enum_value(value)
    return given(value) if has_object_definition(value) else value
