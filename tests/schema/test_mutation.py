"""`gateway.schema.mutation`: what can be mended is data, and names what it is about."""

from __future__ import annotations

import pytest

from gateway.errors import (
    BadUserInput,
    Conflict,
    Forbidden,
    GatewayError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    UpstreamError,
)
from gateway.schema.mutation import MENDABLE, refused


@pytest.mark.parametrize(
    ("error", "field"),
    [(NotFound("No."), ["callId"]), (Conflict("No."), ["callId"]), (BadUserInput("No."), None)],
)
def test_an_error_names_the_object_unless_the_input_is_wrong(
    error: GatewayError, field: list[str] | None
) -> None:
    assert refused(error, "callId") == {
        "user_errors": [{"field": field, "message": "No.", "code": error.code}]
    }


@pytest.mark.parametrize("kind", [Forbidden, RateLimited, UpstreamError, OutcomeUnknown])
def test_what_the_caller_cannot_mend_is_an_error_of_the_field(kind: type[GatewayError]) -> None:
    assert not issubclass(kind, MENDABLE)
