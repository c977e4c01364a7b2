"""What is unsafe about settings that are each in order. Pure: what was found on disk is handed in.

`unsafe` opens a door that a reviewer would want closed; `advice` is worth a thought.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from gateway.settings import RETELL, USUAL_RATE, LimitSettings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pydantic_settings import BaseSettings

    from gateway.auth.key_file import StoredKey
    from gateway.settings import Settings


class Finding(NamedTuple):
    """One thing that somebody should look at."""

    weight: Literal["unsafe", "advice"]
    variable: str
    message: str

    @property
    def line(self) -> str:
        """As it is printed."""
        return f"{self.weight}: {self.variable}: {self.message}"


@dataclass(frozen=True, slots=True)
class Outside:
    """What is not said by settings."""

    on_loopback: bool
    """Whether only this machine reaches the address."""
    keys: Sequence[StoredKey] = ()
    """Of the gateway's own."""
    readable_by_others: bool = False
    """Whether other users of the machine may read the file of these."""


def findings(settings: Settings, outside: Outside) -> list[Finding]:
    """The findings, the unsafe ones first."""
    found = [
        *_who(settings, outside),
        *_shown(settings, outside),
        *_limits(settings),
        *_left_behind(settings, outside),
    ]
    return sorted(found, key=lambda each: each.weight != "unsafe")


def _unsafe(variable: str, message: str) -> Finding:
    return Finding("unsafe", variable, message)


def _advice(variable: str, message: str) -> Finding:
    return Finding("advice", variable, message)


def _who(settings: Settings, outside: Outside) -> Iterator[Finding]:
    gateway, mode = settings.gateway, settings.auth_mode
    if mode == "none" and not outside.on_loopback:
        yield _unsafe(
            "GATEWAY_AUTH_NONE_EVERYWHERE",
            "whoever reaches the address reads and changes what RETELL_API_KEY may; set "
            "GATEWAY_AUTH.",
        )
        if not gateway.hosts.strip():
            yield _unsafe(
                "GATEWAY_HOSTS",
                "is empty: any page in a browser of your network can point a name of its own at "
                "the gateway and read with RETELL_API_KEY.",
            )
    if mode == "none" and "*" in gateway.hosts:
        yield _unsafe(
            "GATEWAY_HOSTS",
            "with `*`, any page in a browser here can point a name of its own at the gateway and "
            "read with RETELL_API_KEY.",
        )
    if "*" in gateway.allowed_origins:
        yield _advice(
            "GATEWAY_CORS_ORIGINS", "`*` lets pages of any origin read answers; name yours."
        )
    if not outside.on_loopback and not gateway.https_only_seconds:
        yield _advice(
            "GATEWAY_HTTPS_ONLY_SECONDS",
            "keys and tokens come in the clear unless TLS ends in front; where it does, tell "
            "browsers to come by https only.",
        )
    if settings.retell.base_url.rstrip("/") != RETELL:
        yield _advice("RETELL_BASE_URL", "keys for Retell are sent there, not to Retell.")
    if mode == "api-key":
        yield from _own_keys(outside)


def _own_keys(outside: Outside) -> Iterator[Finding]:
    if outside.readable_by_others:
        yield _unsafe(_KEYS, "other users may read it, and see who may what; `chmod 600`.")
    if lasting := [key.name for key in outside.keys if key.expires is None]:
        yield _advice(_KEYS, f"never expire: {', '.join(lasting)}.")
    if mighty := [key.name for key in outside.keys if "*" in key.scopes]:
        yield _advice(_KEYS, f"may do everything: {', '.join(mighty)}.")


def _shown(settings: Settings, outside: Outside) -> Iterator[Finding]:
    gateway = settings.gateway
    if outside.on_loopback:
        return
    for variable, on, message in (
        ("GATEWAY_INTROSPECTION", gateway.introspection, "tells everybody the whole schema."),
        ("GATEWAY_GRAPHIQL", gateway.graphiql, "invites everybody to explore."),
        ("GATEWAY_DEBUG", gateway.debug, "tells everybody what was asked of Retell."),
    ):
        if on:
            yield _unsafe(variable, message)
    if gateway.documents != "only":
        yield _advice(
            "GATEWAY_DOCUMENTS",
            "callers may ask what they like, within the limits; a front-end of your own can be "
            "held to its trusted documents: `only`.",
        )


def _limits(settings: Settings) -> Iterator[Finding]:
    gateway = settings.gateway
    if settings.rate_limit == 0 and settings.auth_mode in ("api-key", "jwt"):
        yield _unsafe("GATEWAY_RATE_LIMIT", "one caller may use up what Retell allows all of them.")
    if settings.rate_limit > 2 * USUAL_RATE:
        yield _large_number("GATEWAY_RATE_LIMIT", settings.rate_limit, USUAL_RATE)
    yield from _large("GATEWAY", gateway, _BOUNDS)
    yield from _large("GATEWAY_LIMIT", settings.limits, LimitSettings.model_fields)
    if gateway.drain_seconds < gateway.operation_seconds:
        yield _advice(
            "GATEWAY_DRAIN_SECONDS",
            "is less than GATEWAY_OPERATION_SECONDS: a stop cancels operations that are in time.",
        )


def _large(prefix: str, given: BaseSettings, names: Iterable[str]) -> Iterator[Finding]:
    """Those that are far above what the gateway was tried with."""
    for name in names:
        usual, number = type(given).model_fields[name].default, getattr(given, name)
        if number > 2 * usual:
            yield _large_number(f"{prefix}_{name}".upper(), number, usual)


def _large_number(variable: str, number: float, usual: float) -> Finding:
    return _unsafe(variable, f"{number} is more than twice {usual}, which it was tried with.")


def _left_behind(settings: Settings, outside: Outside) -> Iterator[Finding]:
    gateway = settings.gateway
    if settings.audit == "off" and not outside.on_loopback:
        yield _unsafe("GATEWAY_AUDIT", "nobody can tell afterwards who read what of whom.")
    if gateway.log_level == "debug":
        yield _advice("GATEWAY_LOG_LEVEL", "`debug` has a line for every answer out of the memory.")


_KEYS = "GATEWAY_KEYS_FILE"
_BOUNDS = (
    "body_bytes",
    "body_seconds",
    "cost_limit",
    "item_limit",
    "operation_seconds",
    "operations_at_once",
)
