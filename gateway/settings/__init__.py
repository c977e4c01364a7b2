"""Every setting, once: read by `app`, `cli` and `doctor` only."""

from gateway.settings.auth import ALGORITHMS, AuthMode, AuthSettings
from gateway.settings.environment import names_in
from gateway.settings.limits import USUAL_RATE, LimitSettings
from gateway.settings.retell import RETELL, RetellSettings
from gateway.settings.serving import SandboxSettings
from gateway.settings.together import GROUPS, GatewaySettings, Settings
from gateway.settings.variables import clash, problems, settings_table

__all__ = [
    "ALGORITHMS",
    "GROUPS",
    "RETELL",
    "USUAL_RATE",
    "AuthMode",
    "AuthSettings",
    "GatewaySettings",
    "LimitSettings",
    "RetellSettings",
    "SandboxSettings",
    "Settings",
    "clash",
    "names_in",
    "problems",
    "settings_table",
]
