"""What a rule of settings is: when they clash, though each is in order, and what is said then."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.settings.together import Settings

Weight = Literal["fatal", "unsafe", "advice"]
"""`fatal` ends the start. `unsafe` opens a door that a reviewer would want closed, and the start
warns of it. `advice` is worth a thought."""


@dataclass(frozen=True, slots=True)
class Outside:
    """What settings do not say themselves: `gateway.doctor` looks at it."""

    on_loopback: bool = True
    """Whether only this machine reaches the address."""
    unusable: Mapping[str, str] = field(default_factory=dict)
    """Why what is named cannot be used, by the variable that names it."""
    lasting_keys: tuple[str, ...] = ()
    """Names of the gateway's own keys that never expire."""
    mighty_keys: tuple[str, ...] = ()
    """Names of those that may do everything."""
    keys_readable_by_others: bool = False
    """Whether other users of the machine may read the file of these."""


class Finding(NamedTuple):
    """One thing that somebody should look at."""

    weight: Weight
    variable: str
    message: str

    @property
    def text(self) -> str:
        """Which variable, and what about it."""
        return f"{self.variable}: {self.message}"

    @property
    def line(self) -> str:
        """The same, with its weight."""
        return f"{self.weight}: {self.text}"


class Rule(NamedTuple):
    """One combination that should not be. Pure."""

    name: str
    weight: Weight
    variable: str
    clash: Callable[[Settings, Outside], object]
    """What of them should not be; something that is false where all is well."""
    message: str
    """May name `{what}` that is, the `{mode}` of GATEWAY_AUTH and the `{host}`."""

    def finding(self, settings: Settings, outside: Outside) -> Finding | None:
        """What is said of these settings, if anything."""
        what = self.clash(settings, outside)
        if not what:
            return None
        message = self.message.format(
            what=what, mode=settings.auth_mode, host=settings.gateway.host
        )
        return Finding(self.weight, self.variable, message)
