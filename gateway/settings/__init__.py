"""Every setting, once: read by `app`, `cli` and `doctor` only."""

from gateway.settings.auth import ALGORITHMS, AuthMode, AuthSettings
from gateway.settings.environment import names_in
from gateway.settings.limits import USUAL_RATE, LimitSettings
from gateway.settings.retell import RETELL, RetellSettings
from gateway.settings.rule import Finding, Outside
from gateway.settings.rules import RULES, findings, why_not_start
from gateway.settings.serving import SandboxSettings
from gateway.settings.together import GROUPS, GatewaySettings, Settings
from gateway.settings.variables import problems, settings_table

__all__ = [
    "ALGORITHMS",
    "GROUPS",
    "RETELL",
    "RULES",
    "USUAL_RATE",
    "AuthMode",
    "AuthSettings",
    "Finding",
    "GatewaySettings",
    "LimitSettings",
    "Outside",
    "RetellSettings",
    "SandboxSettings",
    "Settings",
    "findings",
    "names_in",
    "problems",
    "settings_table",
    "why_not_start",
]
