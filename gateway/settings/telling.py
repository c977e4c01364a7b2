"""What the gateway tells: of its schema, of how it came by an answer, and of who read what."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings

from gateway.settings.environment import from_environment


class TellingSettings(BaseSettings):
    """To callers, and to its operator."""

    model_config = from_environment("GATEWAY_")

    introspection: bool = Field(
        default=False,
        description="Whether the schema is told: `__schema` and `__type` are answered, and errors "
        "say what does not fit and what was probably meant. `demo` turns it on.",
    )
    graphiql: bool = Field(
        default=False,
        description="Whether a browser that opens `/graphql` gets GraphiQL, which wants "
        "`GATEWAY_INTROSPECTION` as well. `demo` turns it on.",
    )
    debug: bool = Field(
        default=False,
        description="Put `extensions.gateway` on every answer: what was asked of Retell, and how "
        "old is what was remembered. `demo` turns it on.",
    )
    debug_header: bool = Field(
        default=False,
        description="Whether callers get `extensions.gateway` who send the header "
        "`x-gateway-debug: 1`. `demo` turns it on.",
    )
    audit: str | None = Field(
        default=None,
        min_length=1,
        description="Where the audit goes, a JSON line for each read of personal fields: `stdout`, "
        "`off`, or a file that is appended to. Where it is not set it is `off` with `GATEWAY_AUTH` "
        "`none`, since nobody is known then, and `stdout` otherwise.",
    )
    log_format: Literal["json", "text"] = Field(
        default="json", description="Form of the log lines on standard error."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="The least severe lines that are logged."
    )
