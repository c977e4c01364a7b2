"""The filter language of Retell's lists: each condition names its `type` and its `op`.

Knows nothing of calls or agents: a list says which fields it has and what kinds each takes.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.sandbox.problem import bad_request

if TYPE_CHECKING:
    from collections.abc import Callable

    Test = Callable[[Any], bool]

STRING, NUMBER, RANGE, ENUM, BOOLEAN, PRESENT = (
    "string",
    "number",
    "range",
    "enum",
    "boolean",
    "present",
)
KEYED = (STRING, NUMBER, RANGE, ENUM, BOOLEAN, PRESENT)


def _number(value: object) -> float | None:
    """Numbers, and strings that are numbers: a dynamic variable is always a string."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _truth(value: object) -> bool | None:
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value)
    return value if isinstance(value, bool) else None


def _scalar_text(value: object) -> str | None:
    return None if isinstance(value, bool | list | dict) or value is None else str(value)


@dataclass(frozen=True, slots=True)
class Kind:
    """One type of condition: its operators, what its value must be, how a field is read for it."""

    ops: dict[str, Callable[[Any, Any], bool]]
    valid: Test
    read: Callable[[Any], Any]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_range(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_is_number, value))


def _is_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


KINDS: dict[str, Kind] = {
    STRING: Kind(
        {
            "eq": operator.eq,
            "ne": operator.ne,
            "sw": str.startswith,
            "ew": str.endswith,
            "co": operator.contains,
        },
        lambda value: isinstance(value, str),
        _text,
    ),
    NUMBER: Kind(
        {
            "eq": operator.eq,
            "ne": operator.ne,
            "gt": operator.gt,
            "ge": operator.ge,
            "lt": operator.lt,
            "le": operator.le,
        },
        _is_number,
        _number,
    ),
    RANGE: Kind({"bt": lambda has, ends: ends[0] <= has <= ends[1]}, _is_range, _number),
    ENUM: Kind({"in": lambda has, names: has in names}, _is_names, _scalar_text),
    BOOLEAN: Kind({"eq": operator.eq}, lambda value: isinstance(value, bool), _truth),
    PRESENT: Kind({"pr": lambda *_: True}, lambda value: value is None, lambda value: value),
}


def condition(
    name: str,
    given: object,
    kinds: tuple[str, ...],
    *,
    choices: tuple[str, ...] = (),
    keyed: bool = False,
) -> Test:
    """What one condition asks of a field's value. A value that is absent or of another type
    meets no condition, `ne` included; only `np` asks for absence."""
    given = properties(name, given, {"type", "op", "value"} | ({"key"} if keyed else set()))
    kind, op, wanted = given.get("type"), given.get("op"), given.get("value")
    if kind not in kinds:
        raise bad_request(f"{name}: type must be one of {', '.join(kinds)}")
    if kind == PRESENT and op == "np":
        return lambda value: value is None
    ops = KINDS[kind].ops
    if not isinstance(op, str) or op not in ops:
        raise bad_request(f"{name}: op of a {kind} filter must be one of {', '.join(ops)}")
    if not KINDS[kind].valid(wanted):
        raise bad_request(f"{name}: value does not fit a {kind} filter")
    if choices and any(choice not in choices for choice in _listed(wanted)):
        raise bad_request(f"{name}: value must be one of {', '.join(choices)}")
    meets, read = ops[op], KINDS[kind].read

    def test(value: object) -> bool:
        has = read(value)
        return has is not None and bool(meets(has, wanted))

    return test


def keyed(name: str, given: object) -> Test:
    """Conditions on the entries of a map; each has the `key` of the entry it is about."""
    tests = []
    for one in listed(name, given):
        test = condition(name, one, KEYED, keyed=True)
        key = one.get("key")
        if not isinstance(key, str) or not key:
            raise bad_request(f"{name}: key is required")
        tests.append((key, test))

    def all_met(value: object) -> bool:
        entries = value if isinstance(value, dict) else {}
        return all(test(entries.get(key)) for key, test in tests)

    return all_met


def properties(name: str, given: object, allowed: set[str]) -> dict[str, Any]:
    """An object with no properties but those allowed."""
    if not isinstance(given, dict):
        raise bad_request(f"{name} must be an object")
    if unknown := sorted(given.keys() - allowed):
        raise bad_request(f"{name}: unknown property {unknown[0]}")
    return given


def listed(name: str, given: object) -> list[Any]:
    if not isinstance(given, list):
        raise bad_request(f"{name} must be a list")
    return given


def _listed(wanted: object) -> list[Any]:
    return wanted if isinstance(wanted, list) else [wanted]
