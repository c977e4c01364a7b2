"""Every setting, once: read by `app` and `cli` only."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

RETELL = "https://api.retellai.com"

_KEY = re.compile(r"[!-~]{1,512}")
"""What can stand in a header."""
_NO_KEY = "a key is 1 to 512 printable ASCII characters without spaces"
_NO_KEYS = 'it must be a JSON object of names and keys: {"tenant": "key"}'
ALGORITHMS = frozenset(f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512))
ALGORITHMS |= {"Ed25519"}
"""Of signatures: all that are checked with a public key, which is all that a token needs."""

_ORIGIN = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")


def _from_environment(prefix: str) -> SettingsConfigDict:
    # An empty variable counts as one that is not set: that is what `KEY=${KEY:-}` leaves behind.
    return SettingsConfigDict(env_prefix=prefix, env_ignore_empty=True, extra="ignore")


class RetellSettings(BaseSettings):
    """Where Retell is, and with which key it is asked."""

    model_config = _from_environment("RETELL_")

    api_key: SecretStr | None = Field(
        default=None,
        description="The key for Retell. Without it, each caller's own "
        "`Authorization: Bearer` key is passed through and is a tenant of its own, unless "
        "`GATEWAY_AUTH` says otherwise.",
    )
    api_keys: Annotated[dict[str, SecretStr], NoDecode] = Field(
        default={},
        description='Keys for several tenants, as JSON: `{"tenant": "key"}`; `RETELL_API_KEY` is '
        "that of the tenant `default`. The caller's tenant chooses.",
    )
    base_url: str = Field(default=RETELL, description="Where Retell is; https, except on loopback.")

    @field_validator("api_key")
    @classmethod
    def _key_can_be_sent(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and not _KEY.fullmatch(key.get_secret_value()):
            raise ValueError(_NO_KEY)
        return key

    @field_validator("api_keys", mode="before")
    @classmethod
    def _keys_are_json(cls, given: object) -> object:
        if not isinstance(given, str):
            return given
        try:
            return orjson.loads(given)
        except orjson.JSONDecodeError:
            raise ValueError(_NO_KEYS) from None

    @field_validator("api_keys")
    @classmethod
    def _each_key_can_be_sent(cls, keys: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for tenant, key in keys.items():
            if not 0 < len(tenant) <= 128 or tenant != tenant.strip() or not tenant.isprintable():
                raise ValueError("a tenant's name is 1 to 128 printable characters")
            if not _KEY.fullmatch(key.get_secret_value()):
                raise ValueError(_NO_KEY)
        return keys

    def keys(self) -> dict[str, str]:
        """Every key in the clear, by the name of its tenant."""
        keys = {tenant: key.get_secret_value() for tenant, key in self.api_keys.items()}
        if self.api_key is not None:
            keys["default"] = self.api_key.get_secret_value()
        return keys


class GatewaySettings(BaseSettings):
    """How the gateway serves."""

    model_config = _from_environment("GATEWAY_")

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
        "window of time; 0 counts none. Where it is not set it is 6000 for callers that the "
        "gateway tells apart (`GATEWAY_AUTH` `api-key` and `jwt`), and 0 for others.",
    )
    rate_window_seconds: int = Field(
        default=60, ge=1, description="The length of that window, which begins with its first."
    )
    upstream_at_once: int = Field(
        default=100, ge=1, description="Most requests to Retell under way at once."
    )
    body_bytes: int = Field(default=256 * 1024, ge=1, description="Largest request body, in bytes.")
    body_seconds: float = Field(
        default=15.0,
        gt=0,
        allow_inf_nan=False,
        description="Longest that a request body may take to arrive, and the head before it.",
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
    debug: bool = Field(
        default=False,
        description="Put `extensions.gateway` on every answer; else only where the request has "
        "the header `x-gateway-debug: 1`.",
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

    @field_validator("trusted_documents_file")
    @classmethod
    def _file_is_given_where_it_is_needed(
        cls, file: Path | None, info: ValidationInfo
    ) -> Path | None:
        if file is None and info.data.get("documents", "off") != "off":
            raise ValueError("a file is needed where GATEWAY_DOCUMENTS is not off")
        return file


class LimitSettings(BaseSettings):
    """How large a document may be: the same numbers as in `operation/limits.py`."""

    model_config = _from_environment("GATEWAY_LIMIT_")

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


USUAL_RATE = 6000
"""Requests to Retell in a window, for each caller."""

AuthMode = Literal["none", "api-key", "jwt", "passthrough"]


class AuthSettings(BaseSettings):
    """Who may ask: see docs/authentication.md."""

    model_config = _from_environment("GATEWAY_")

    auth: AuthMode | None = Field(
        default=None,
        description="Who may ask: `none` is everybody, on loopback, with `RETELL_API_KEY`; "
        "`api-key` who has a key of the gateway's own; `jwt` who has a token of your issuer; "
        "`passthrough` who has a key for Retell, which is then used. Where it is not set, `none` "
        "with `RETELL_API_KEY` and `passthrough` without.",
    )
    auth_none_everywhere: bool = Field(
        default=False,
        description="Whether `none` may listen on an address that is not loopback. Whoever "
        "reaches it then reads and changes what `RETELL_API_KEY` may.",
    )
    keys_file: str = Field(
        default="",
        description="File of the gateway's own keys, which `retell-gateway keys` writes; it is "
        "read again when it has changed.",
    )
    jwt_issuer: str = Field(
        default="",
        description="Issuer of the tokens, exactly as their `iss` has it; its description is "
        "looked for below it, at `/.well-known/openid-configuration`.",
    )
    jwt_jwks_url: str = Field(
        default="",
        description="Where the issuer's keys are, if it has no such description.",
    )
    jwt_audience: str = Field(default="", description="What the `aud` of a token must name.")
    jwt_algorithms: str = Field(
        default="RS256,ES256",
        description="Signatures that count, separated by commas: of RS256, RS384, RS512, PS256, "
        "PS384, PS512, ES256, ES384, ES512 and Ed25519.",
    )
    jwt_leeway_seconds: float = Field(
        default=30.0,
        ge=0,
        le=300,
        description="How far the clocks of issuer and gateway may be apart.",
    )
    jwt_tenant_claim: str = Field(
        default="",
        description="Claim that names the caller's tenant; without it all are of `default`.",
    )
    jwt_scopes_claim: str = Field(
        default="scope",
        description="Claim that has the caller's scopes, as words in one text or as a list.",
    )

    @field_validator("jwt_algorithms")
    @classmethod
    def _algorithms_have_public_keys(cls, names: str) -> str:
        given = names_in(names)
        if not given or not given <= ALGORITHMS:
            raise ValueError(f"each must be one of {', '.join(sorted(ALGORITHMS))}")
        return names


class SandboxSettings(BaseSettings):
    """Where the sandbox listens: always on loopback."""

    model_config = _from_environment("SANDBOX_")

    port: int = Field(
        default=4010,
        ge=0,
        le=65535,
        description="Port of the sandbox, on 127.0.0.1; 0 takes any that is free.",
    )


GROUPS: tuple[type[BaseSettings], ...] = (
    RetellSettings,
    GatewaySettings,
    LimitSettings,
    AuthSettings,
    SandboxSettings,
)


class Settings:
    """All that the gateway needs; each from its environment variable where it is not given."""

    def __init__(
        self,
        gateway: GatewaySettings | None = None,
        retell: RetellSettings | None = None,
        auth: AuthSettings | None = None,
        limits: LimitSettings | None = None,
    ) -> None:
        self.gateway = gateway or GatewaySettings()
        self.retell = retell or RetellSettings()
        self.auth = auth or AuthSettings()
        self.limits = limits or LimitSettings()

    @property
    def auth_mode(self) -> AuthMode:
        """Who may ask, where that is not said as well."""
        if self.auth.auth is not None:
            return self.auth.auth
        return "passthrough" if self.retell.api_key is None else "none"

    @property
    def audit(self) -> str:
        """Where the audit goes, where that is not said as well."""
        if self.gateway.audit is not None:
            return self.gateway.audit
        return "off" if self.auth_mode == "none" else "stdout"

    @property
    def rate_limit(self) -> int:
        """How many requests to Retell a caller may cause in a window, where that is not said as
        well: callers who cannot be told apart would starve each other."""
        if self.gateway.rate_limit is not None:
            return self.gateway.rate_limit
        return USUAL_RATE if self.auth_mode in ("api-key", "jwt") else 0

    def contradictions(self) -> list[str]:
        """What the settings lack together, though each is in order: a line for each."""
        mode, retell, auth = self.auth_mode, self.retell, self.auth
        needed = f"it is needed where GATEWAY_AUTH is `{mode}`"
        lines = []
        if retell.api_key is not None and "default" in retell.api_keys:
            lines.append("RETELL_API_KEYS: its `default` is what RETELL_API_KEY is for")
        if retell.api_keys and mode in ("none", "passthrough"):
            lines.append(
                "RETELL_API_KEYS: only GATEWAY_AUTH `api-key` or `jwt` tells tenants apart"
            )
        elif mode != "passthrough" and not retell.keys():
            lines.append(f"RETELL_API_KEY: {needed}")
        if mode == "api-key" and not auth.keys_file:
            lines.append(f"GATEWAY_KEYS_FILE: {needed}")
        if mode == "jwt" and not auth.jwt_issuer:
            lines.append(f"GATEWAY_JWT_ISSUER: {needed}")
        if mode == "jwt" and not auth.jwt_audience:
            lines.append(f"GATEWAY_JWT_AUDIENCE: {needed}")
        return lines


def clash(settings: Settings) -> str | None:
    """What is wrong with settings that are each in order."""
    if settings.auth_mode == "none" and "*" in settings.gateway.allowed_origins:
        return (
            "GATEWAY_CORS_ORIGINS: with RETELL_API_KEY any page could read with that key: name "
            "the origins instead of *"
        )
    return None


def problems() -> list[str]:
    """What is wrong with the environment: a line for each variable that cannot be used."""
    found = []
    for group in GROUPS:
        try:
            group()
        except ValidationError as error:
            # Never the value: it may be a key.
            found += [
                f"{_variable(group, str(e['loc'][0]))}: {e['msg'].removeprefix('Value error, ')}"
                for e in error.errors()
            ]
    if not found and (wrong := clash(Settings())):
        found.append(wrong)
    return found


def settings_table() -> str:
    """Every setting as a Markdown table, for the documentation."""
    rows = [
        f"| `{_variable(group, name)}` | {_shown(field.default)} | {field.description} |"
        for group in GROUPS
        for name, field in group.model_fields.items()
    ]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows]) + "\n"


def names_in(text: str) -> frozenset[str]:
    """The names in a list with commas."""
    return frozenset(name.strip() for name in text.split(",") if name.strip())


def _variable(group: type[BaseSettings], name: str) -> str:
    return f"{group.model_config['env_prefix']}{name}".upper()


def _shown(default: Any) -> str:
    if default is None:
        return "none"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"
