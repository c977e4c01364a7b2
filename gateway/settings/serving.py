"""Where the gateway listens, whom it answers there, and how long it waits for them."""

from __future__ import annotations

import re

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings

from gateway.settings.environment import from_environment, names_in

_ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")


class ServingSettings(BaseSettings):
    """How clients reach it."""

    model_config = from_environment("GATEWAY_")

    host: str = Field(
        default="127.0.0.1",
        description="Address to listen on. One that is not loopback wants callers who are told "
        "apart: see `GATEWAY_AUTH`.",
    )
    port: int = Field(
        default=4000, ge=0, le=65535, description="Port to listen on; 0 takes any that is free."
    )
    hosts: str = Field(
        default="",
        description="Names, separated by commas, that it answers to besides those of loopback, "
        "where everybody may ask; `*` is any. For a proxy in front that passes its own name on. On "
        "an address that is not loopback it answers to any unless some are named.",
    )
    cors_origins: str = Field(
        default="",
        description="Origins, separated by commas, whose pages may read answers: "
        "`https://board.example`. `*` is any, and only where callers bring a key or token.",
    )
    https_only_seconds: int = Field(
        default=0,
        ge=0,
        description="How long browsers are told to come by https only "
        "(`strict-transport-security`); 0 tells them nothing.",
    )
    connections: int = Field(
        default=10_000, ge=1, description="Most connections of clients that are open at once."
    )
    body_bytes: int = Field(default=256 * 1024, ge=1, description="Largest request body, in bytes.")
    body_seconds: float = Field(
        default=15.0,
        gt=0,
        allow_inf_nan=False,
        description="Longest that a request body may take to arrive, and the head before it.",
    )
    uploads: bool = Field(
        default=False,
        description="Whether files are taken: a POST of `multipart/form-data`, as the GraphQL "
        "multipart request specification says. They may wait on disk, so it needs a place for "
        "temporary files (`TMPDIR`).",
    )
    upload_bytes: int = Field(
        default=25 * 1024 * 1024,
        ge=1,
        description="Largest request body with files, in bytes; what is not in files may be "
        "`GATEWAY_BODY_BYTES`.",
    )
    upload_file_bytes: int = Field(
        default=20 * 1024 * 1024, ge=1, description="Largest file in it, in bytes."
    )
    upload_files: int = Field(default=20, ge=1, description="Most files in it.")
    upload_seconds: float = Field(
        default=60.0,
        gt=0,
        allow_inf_nan=False,
        description="Longest that a request body with files may take to arrive.",
    )
    streams: int = Field(
        default=1000,
        ge=1,
        description="Most WebSockets and event streams of one tenant that are open at once.",
    )
    socket_operations: int = Field(
        default=20, ge=1, description="Most operations under way at once on one WebSocket."
    )
    socket_message_bytes: int = Field(
        default=256 * 1024, ge=1, description="Largest message on a WebSocket, in bytes."
    )
    socket_init_seconds: float = Field(
        default=10.0,
        gt=0,
        allow_inf_nan=False,
        description="Longest that a WebSocket may be open before its `connection_init`.",
    )
    keepalive_seconds: float = Field(
        default=20.0,
        gt=0,
        allow_inf_nan=False,
        description="Seconds between two pings on a WebSocket, within which each must be answered, "
        "and between two comments on an event stream.",
    )
    drain_seconds: float = Field(
        default=20.0,
        ge=0,
        allow_inf_nan=False,
        description="How long operations may still run after SIGTERM; then they are cancelled.",
    )

    @field_validator("cors_origins")
    @classmethod
    def _origins_are_some(cls, origins: str) -> str:
        for origin in names_in(origins) - {"*"}:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError("an origin is https://host or https://host:port in lower case")
        return origins

    @property
    def allowed_origins(self) -> frozenset[str]:
        """Those of `cors_origins`."""
        return names_in(self.cors_origins)

    @field_validator("host")
    @classmethod
    def _host_is_given(cls, host: str) -> str:
        if not host.strip():
            raise ValueError("an address to listen on is needed")
        return host


class SandboxSettings(BaseSettings):
    """Where the sandbox listens: always on loopback."""

    model_config = from_environment("SANDBOX_")

    port: int = Field(
        default=4010,
        ge=0,
        le=65535,
        description="Port of the sandbox, on 127.0.0.1; 0 takes any that is free.",
    )
