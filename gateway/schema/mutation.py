"""What every mutation answers with: errors that a person can mend, as data."""

from __future__ import annotations

from gateway.errors import BadUserInput, Conflict, GatewayError, NotFound
from gateway.loaders import Json
from gateway.schema.types import object_type

MENDABLE = (BadUserInput, Conflict, NotFound)
"""Errors that the one who asked can do something about."""


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


def refused(error: GatewayError, id_field: str) -> Json:
    """The payload of a mutation that did nothing to the object that `id_field` names."""
    field = error.field if isinstance(error, BadUserInput) else id_field
    path = None if field is None else [field]
    return {"user_errors": [{"field": path, "message": error.message, "code": error.code}]}
