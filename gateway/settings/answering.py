"""How operations are answered: what is remembered, and which documents are known."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings

from gateway.settings.environment import from_environment


class AnsweringSettings(BaseSettings):
    """What is kept to answer with, and what executes."""

    model_config = from_environment("GATEWAY_")

    cache: Literal["memory://", "off"] = Field(
        default="memory://",
        description="`memory://` remembers answers in this process; `off` remembers nothing, "
        "though readers of the same thing at the same time still share one request.",
    )
    cache_entries: int = Field(
        default=10_000, ge=1, description="Most answers that are remembered."
    )
    cache_bytes: int = Field(
        default=512 * 1024 * 1024,
        ge=1,
        description="Most memory that remembered answers take, in bytes, estimated.",
    )
    answer_bytes: int = Field(
        default=64 * 1024 * 1024,
        ge=0,
        description="Most memory that whole answers take which are sent again while all that they "
        "are made from is fresh, in bytes; 0 remembers none.",
    )
    executor: Literal["compiled", "interpreted"] = Field(
        default="compiled",
        description="`compiled` runs operations that come again as compiled code; `interpreted` "
        "leaves all of them to graphql-core. The answers are the same.",
    )


class DocumentSettings(BaseSettings):
    """Which documents are answered."""

    model_config = from_environment("GATEWAY_")

    documents: Literal["off", "prefer", "only"] = Field(
        default="off",
        description="Trusted documents: `off` knows none, `prefer` answers them by their ids and "
        "other documents as well, `only` answers nothing else.",
    )
    trusted_documents_file: Path | None = Field(
        default=None,
        validate_default=True,
        description="The manifest of trusted documents: graphql-codegen's "
        "`persisted-documents.json`, Relay's persisted queries, or Apollo's operation manifest.",
    )
    apq: bool = Field(
        default=True,
        description="Automatic persisted queries: a document that was sent once is known by its "
        "hash. Off in any case where `GATEWAY_DOCUMENTS` is `only`.",
    )
    apq_documents: int = Field(
        default=1_000, ge=1, description="Most documents that are known by their hash, per tenant."
    )
    apq_bytes: int = Field(
        default=16 * 1024 * 1024,
        ge=1,
        description="Most memory that documents known by their hash take, in bytes, of all tenants "
        "together.",
    )

    @field_validator("trusted_documents_file")
    @classmethod
    def _file_is_given_where_it_is_needed(
        cls, file: Path | None, info: ValidationInfo
    ) -> Path | None:
        if file is None and info.data.get("documents", "off") != "off":
            raise ValueError("a file is needed where GATEWAY_DOCUMENTS is not off")
        return file
