"""All settings together, and what follows from several of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.settings.answering import AnsweringSettings, DocumentSettings
from gateway.settings.auth import AuthSettings
from gateway.settings.limits import USUAL_RATE, CausingSettings, LimitSettings
from gateway.settings.retell import RetellSettings
from gateway.settings.serving import SandboxSettings, ServingSettings
from gateway.settings.telling import TellingSettings

if TYPE_CHECKING:
    from pydantic_settings import BaseSettings

    from gateway.settings.auth import AuthMode


class GatewaySettings(
    TellingSettings, DocumentSettings, CausingSettings, AnsweringSettings, ServingSettings
):
    """How the gateway serves. The last of the bases comes first in the table."""


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
