"""How much callers may cause, and how large their documents may be."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings

from gateway.settings.environment import from_environment

USUAL_RATE = 6000
"""Requests to Retell in a window, for each caller."""


class CausingSettings(BaseSettings):
    """What one operation, one caller and all together may cause."""

    model_config = from_environment("GATEWAY_")

    operation_seconds: float = Field(
        default=10.0,
        gt=0,
        allow_inf_nan=False,
        description="Longest that an operation may take; what is not there by then is an "
        "`UPSTREAM_TIMEOUT` at its path, and what has not been answered a second later is ended "
        "with `OPERATION_TIMEOUT`.",
    )
    operations_at_once: int = Field(
        default=1000,
        ge=1,
        description="Most operations of one tenant under way at once, answers in parts included; "
        "answers out of the memory are not counted.",
    )
    all_operations_at_once: int = Field(
        default=2000, ge=1, description="The same, of all tenants together."
    )
    cost_limit: int = Field(
        default=1100, ge=1, description="Most requests to Retell that one operation may make."
    )
    item_limit: int = Field(
        default=10_000,
        ge=1,
        description="Most items of lists that one operation may ask for, by the sizes of its "
        "pages: a page for each of ten items counts ten times.",
    )
    rate_limit: int | None = Field(
        default=None,
        ge=0,
        description="Most requests to Retell that the operations of one caller may make in a "
        "window of time, what is refused counted as one; 0 counts none. Where it is not set it is "
        "6000 for callers that the gateway tells apart (`GATEWAY_AUTH` `api-key` and `jwt`), and 0 "
        "for others.",
    )
    rate_window_seconds: int = Field(
        default=60, ge=1, description="The length of that window, which begins with its first."
    )
    upstream_at_once: int = Field(
        default=100, ge=1, description="Most requests to Retell under way at once."
    )


class LimitSettings(BaseSettings):
    """How large a document may be: the same numbers as in `operation/limits.py`."""

    model_config = from_environment("GATEWAY_LIMIT_")

    characters: int = Field(default=100_000, ge=1, description="Most characters of a document.")
    tokens: int = Field(default=4_000, ge=1, description="Most tokens of a document.")
    comments: int = Field(default=1_000, ge=0, description="Most comments in a document.")
    definitions: int = Field(
        default=100, ge=1, description="Most operations and fragments of a document."
    )
    depth: int = Field(default=12, ge=1, description="Most levels of fields of an operation.")
    fields: int = Field(
        default=500,
        ge=1,
        description="Most fields of an operation, fragments written out, not multiplied by lists.",
    )
    aliases: int = Field(
        default=30, ge=0, description="Most aliases of an operation, fragments written out."
    )
    root_fields: int = Field(
        default=20,
        ge=1,
        description="Most fields at the root of an operation, fragments written out.",
    )
    directives: int = Field(
        default=50, ge=0, description="Most directives of an operation, fragments written out."
    )
    directives_at_once: int = Field(
        default=5, ge=0, description="Most directives at one place of an operation."
    )
    introspections: int = Field(
        default=3,
        ge=1,
        description="Most `__schema` and `__type` of an operation, where they are answered.",
    )
    introspection_depth: int = Field(
        default=20, ge=1, description="Most levels of fields below one of these."
    )
    introspection_fields: int = Field(
        default=500, ge=1, description="Most fields below these, fragments written out."
    )
    values: int = Field(
        default=5_000,
        ge=0,
        description="Most values in the variables, in lists and objects as well, times the fields "
        "at the root.",
    )
