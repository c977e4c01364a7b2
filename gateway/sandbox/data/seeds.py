"""Randomness that is the same on every start: a generator of its own for each thing."""

from __future__ import annotations

from hashlib import blake2b
from random import Random


def seeded(*parts: str | int) -> Random:
    """A generator of its own for what `parts` name, so that adding a thing changes no other."""
    digest = blake2b("/".join(map(str, parts)).encode(), digest_size=8).digest()
    return Random(int.from_bytes(digest, "big"))


def token(rng: Random, length: int) -> str:
    """So many hexadecimal digits."""
    return f"{rng.getrandbits(4 * length):0{length}x}"
