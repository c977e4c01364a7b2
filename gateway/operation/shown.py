"""Which of the masked fields an answer has: told by one walk, however many fields and items."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.operation.survey import Names


@dataclass(slots=True)
class _Sought:
    """What is still looked for at a place, and below it."""

    names: Names | None = None
    below: dict[str, _Sought] = field(default_factory=dict)


def present(masked: Sequence[Names], data: Mapping[str, Any] | None) -> list[list[str]]:
    """Those of the masked fields that an answer has: not in what is null, or of another type."""
    sought = _Sought()
    for names in masked:
        place = sought
        for name in names:
            place = place.below.setdefault(name, _Sought())
        place.names = names
    found: set[Names] = set()
    _look(sought, data, found)
    return [list(names) for names in masked if names in found]


def _look(sought: _Sought, value: Any, found: set[Names]) -> None:
    """What is found is not looked for again: most is there in the first item of a list."""
    if isinstance(value, list):
        for each in value:
            if not sought.below:
                return
            _look(sought, each, found)
    elif isinstance(value, dict):
        for name, place in tuple(sought.below.items()):
            if name not in value:
                continue
            if place.names is not None:
                found.add(place.names)
                place.names = None
            _look(place, value[name], found)
            if not place.below:
                del sought.below[name]
