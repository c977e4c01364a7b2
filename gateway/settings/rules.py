"""Every rule of settings that clash, once: the start, the doctor and the tests read this list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.settings.amounts import AMOUNTS
from gateway.settings.fatal import FATAL
from gateway.settings.rule import Finding, Outside, Rule
from gateway.settings.unsafe import TOLD, WHO

if TYPE_CHECKING:
    from gateway.settings.together import Settings

RULES: tuple[Rule, ...] = (*FATAL, *WHO, *TOLD, *AMOUNTS)

_WEIGHTS = ("fatal", "unsafe", "advice")


def findings(settings: Settings, outside: Outside | None = None) -> list[Finding]:
    """What is to be said of settings that are each in order, the worst first.

    Without `outside`, of what they say themselves.
    """
    outside = outside or Outside()
    found = [rule.finding(settings, outside) for rule in RULES]
    return sorted(
        (each for each in found if each is not None), key=lambda each: _WEIGHTS.index(each.weight)
    )


def why_not_start(found: list[Finding]) -> str:
    """A line for each that ends the start; empty where none does."""
    return "\n".join(each.text for each in found if each.weight == "fatal")
