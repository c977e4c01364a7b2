"""Rules of how much: far beyond what the gateway was tried with, or not limited at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.settings.limits import USUAL_RATE, LimitSettings
from gateway.settings.rule import Rule
from gateway.settings.together import GatewaySettings

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic_settings import BaseSettings

    from gateway.settings.together import Settings

TWICE = "{what} is more than twice %s, which it was tried with."


def _large(of: Callable[[Settings], BaseSettings], group: type[BaseSettings], name: str) -> Rule:
    """A limit that is far above what the gateway was tried with."""
    variable = f"{group.model_config['env_prefix']}{name}".upper()
    usual = group.model_fields[name].default

    def beyond(settings: Settings, _: object) -> float | None:
        number: float = getattr(of(settings), name)
        return number if number > 2 * usual else None

    return Rule(f"large {variable}", "unsafe", variable, beyond, TWICE % usual)


_BOUNDS = (
    "body_bytes",
    "body_seconds",
    "cost_limit",
    "item_limit",
    "operation_seconds",
    "operations_at_once",
    "upload_bytes",
    "upload_file_bytes",
    "upload_files",
    "upload_seconds",
)

AMOUNTS: tuple[Rule, ...] = (
    Rule(
        "no rate",
        "unsafe",
        "GATEWAY_RATE_LIMIT",
        lambda s, _: s.rate_limit == 0 and s.auth_mode in ("api-key", "jwt"),
        "one caller may use up what Retell allows all of them.",
    ),
    Rule(
        "large GATEWAY_RATE_LIMIT",
        "unsafe",
        "GATEWAY_RATE_LIMIT",
        lambda s, _: s.rate_limit if s.rate_limit > 2 * USUAL_RATE else None,
        TWICE % USUAL_RATE,
    ),
    *(_large(lambda s: s.gateway, GatewaySettings, name) for name in _BOUNDS),
    *(_large(lambda s: s.limits, LimitSettings, name) for name in LimitSettings.model_fields),
    Rule(
        "a stop before the end of operations",
        "advice",
        "GATEWAY_DRAIN_SECONDS",
        lambda s, _: s.gateway.drain_seconds < s.gateway.operation_seconds,
        "is less than GATEWAY_OPERATION_SECONDS: a stop cancels operations that are in time.",
    ),
)
