"""Damage done to upstream JSON, drawn from a seeded `Random`: whatever JSON can carry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from random import Random

WRONG: tuple[Any, ...] = (
    None,
    "",
    "text",
    "12",
    "1.5",
    "true",
    0,
    1,
    -1,
    7.0,
    0.5,
    -0.0,
    True,
    False,
    2**31 - 1,
    2**31,
    -(2**31),
    -(2**31) - 1,
    2**53,
    2**53 + 1,
    2**63,
    2**64,
    2**70,
    -(2**70),
    1e308,
    1e16,
    -1e-320,
    "\u0000\u2028é😀",
    [],
    {},
    [None],
    [[]],
    [1, "a", None],
    {"a": None},
    "brand_new",
    "UNKNOWN",
)
"""Stands where something else should. NaN and infinity are no JSON: see `torn`."""

TELLING = ("call_type", "role", "type")
"""Keys that tell the type of an object."""
ODD_KINDS: tuple[Any, ...] = (None, 1, True, [], {}, [{}], "brand_new", "web_call", "user", 0.5)


def damaged(value: Any, random: Random, times: int) -> Any:
    """A copy with so many things wrong in it, at most."""
    holder = {"all": orjson.loads(orjson.dumps(value))}
    for _ in range(times):
        _damage(holder["all"], random)
    return holder["all"]


def _damage(value: Any, random: Random) -> None:
    """Go down to some place and spoil it."""
    while True:
        keys: list[Any] = list(value if isinstance(value, dict) else range(len(value)))
        if not keys:
            return
        key = random.choice(keys)
        below = value[key]
        if isinstance(below, dict | list) and below and random.random() < 0.85:
            value = below
        elif isinstance(value, dict):
            _spoil(value, key, random)
            return
        else:
            _spoil_item(value, key, random)
            return


def _spoil(value: dict[str, Any], key: str, random: Random) -> None:
    telling = [name for name in TELLING if name in value]
    match random.randrange(8):
        case 0 | 1:
            del value[key]
        case 2:
            value[key] = None
        case 3:
            value["a_new_key"] = random.choice(WRONG)
        case 4 if telling:
            value[random.choice(telling)] = random.choice(ODD_KINDS)
        case 5:
            value[key] = _turned(value[key])
        case _:
            value[key] = random.choice(WRONG)


def _spoil_item(value: list[Any], key: int, random: Random) -> None:
    match random.randrange(6):
        case 0:
            value.insert(key, None)
        case 1:
            value.clear()
        case 2:
            value[key] = None
        case 3:
            value[key] = _turned(value[key])
        case _:
            value[key] = random.choice(WRONG)


def _turned(value: Any) -> Any:
    """A list in place of an object, an object in place of a list, either in place of a leaf."""
    if isinstance(value, dict):
        return list(value.values())
    return {"items": value} if isinstance(value, list) else [value]


def torn(body: bytes, random: Random) -> bytes:
    """The body with something in it that is no JSON, or hardly: it may only be found later."""
    mark = random.choice((b"NaN", b"Infinity", b"1e999", b"01", b'"\\ud800"', b"tru", b"'a'"))
    at = body.rfind(b"null", 0, random.randint(1, len(body)))
    return body[:at] + mark + body[at + 4 :] if at >= 0 else body[: len(body) // 2]
