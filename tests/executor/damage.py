"""Damage done to upstream JSON, drawn from a seeded `Random`: whatever JSON can carry."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
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
    holder = {"all": deepcopy(value)}
    for _ in range(times):
        _damage(holder["all"], random)
    return holder["all"]


def damaged_lists(found: Any, random: Random) -> Any:
    """A copy of an object with something wrong in some of its lists, if there are any."""
    if not isinstance(found, dict):
        return found
    return {
        name: damaged(value, random, random.choice((1, 2, 6)))
        if isinstance(value, list) and random.random() < 0.6
        else value
        for name, value in found.items()
    }


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
    mark = random.choice((b"NaN", b"Infinity", b"01", b'"\\ud800"', b"tru", b"'a'"))
    at = body.rfind(b"null", 0, random.randint(1, len(body)))
    return body[:at] + mark + body[at + 4 :] if at >= 0 else body[: len(body) // 2]


SPACE = b" " * 4200
"""Of which no part of a body is that is decoded at once."""
_NUMBER = re.compile(rb"(?<=[ \[])-?\d+(?:\.\d+)?(?=[,\]}])")
_KEYS = re.compile(rb'"[a-z_]+"(?=: )')
_SPELLINGS = (b"-0", b"-0.0", b"0e0", b"%be0", b"%b.0", b"%b00e-2", b"25E+1")
_NUMBERS = (b"9007199254740994", b"18446744073709551616", b"-9223372036854775809", b"1e-400")


def spread(found: Any) -> bytes:
    """The JSON text of an object, with so much space in the lists and objects below it that they
    stay bytes until they are asked for; of anything else as it is."""
    if not isinstance(found, dict):
        return written(found)
    parts = []
    for name, value in found.items():
        text = written(value)
        if isinstance(value, list | dict):
            text = text[:1] + SPACE + text[1:]
        parts.append(written(name) + b": " + text)
    return b"{" + b", ".join(parts) + b"}"


def written(value: Any) -> bytes:
    """JSON text, of whole numbers of any size."""
    return json.dumps(value, ensure_ascii=False).encode()


def respelled(body: bytes, random: Random) -> bytes:
    """JSON text with some of it written as it seldom is: numbers with exponents or a sign before
    zero, or too large for 64 bits; a key twice in an object; characters by their numbers."""
    for _ in range(random.choice((1, 2, 5))):
        match random.randrange(4):
            case 0 | 1:
                body = _replaced(_NUMBER, body, random, _number)
            case 2:
                body = _replaced(_KEYS, body, random, _twice)
            case _:
                body = body.replace(b"o", b"\\u006f", random.randrange(3))
    return body


def _replaced(
    pattern: re.Pattern[bytes],
    body: bytes,
    random: Random,
    other: Callable[[bytes, Random], bytes],
) -> bytes:
    places = list(pattern.finditer(body))
    if not places:
        return body
    place = random.choice(places)
    return body[: place.start()] + other(place[0], random) + body[place.end() :]


def _number(text: bytes, random: Random) -> bytes:
    how = random.choice(_SPELLINGS if random.random() < 0.7 else _NUMBERS)
    if b"%b" not in how:
        return how
    return text if b"." in text else how % text


def _twice(key: bytes, random: Random) -> bytes:
    return b"%b: %b, %b" % (key, written(random.choice(WRONG)), key)
