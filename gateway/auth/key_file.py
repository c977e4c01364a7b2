"""The file of the gateway's own keys: what is kept of each, read and written whole.

The keys themselves are not in it: of 256 random bits a hash is enough, and gives nothing away.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe
from tempfile import mkstemp
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta

from gateway.auth import scopes as scope_names

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PREFIX = "rgw_"
MOST_BYTES = 4 * 1024 * 1024

Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")]
Tenant = Annotated[str, Meta(pattern=r"^\S(.{0,126}\S)?\Z")]
Scope = Annotated[str, Meta(pattern=rf"^(\*|{scope_names.PATTERN})\Z")]
Hash = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
Moment = Annotated[datetime, Meta(tz=True)]


class KeyFileError(ValueError):
    """The file cannot be used, or not for this; the message repeats nothing of it."""


class StoredKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is kept of one key."""

    name: Name
    hash: Hash
    """SHA-256 of the key, in hexadecimal digits."""
    tenant: Tenant = "default"
    scopes: tuple[Scope, ...] = ()
    created: Moment
    expires: Moment | None = None


class KeyFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of it."""

    keys: tuple[StoredKey, ...] = ()


def hash_of(key: str) -> str:
    """By which a key is found."""
    return sha256(key.encode()).hexdigest()


def read_keys(path: Path) -> tuple[StoredKey, ...]:
    """The keys of a file; `KeyFileError` where it is not in order."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise KeyFileError(f"it cannot be read: {error.strerror}") from None
    if len(content) > MOST_BYTES:
        raise KeyFileError("it is too large")
    return _parsed(content)


def _parsed(content: bytes) -> tuple[StoredKey, ...]:
    try:
        keys = msgspec.json.decode(content, type=KeyFile).keys
    except msgspec.ValidationError as error:
        # It names the place and what should stand there, never the value that does.
        raise KeyFileError(f"not in order: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise KeyFileError("it is not JSON") from None
    for each in ("name", "hash"):
        if len({getattr(key, each) for key in keys}) < len(keys):
            raise KeyFileError(f"two keys have one {each}")
    return keys


def write_keys(path: Path, keys: Sequence[StoredKey]) -> None:
    """Put a new file in the place of the old one, at once; only its owner may read it."""
    content = msgspec.json.format(msgspec.json.encode(KeyFile(tuple(keys))), indent=2) + b"\n"
    try:
        # `mkstemp` makes it with the mode 0600.
        number, made = mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(number, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.replace(made, path)  # noqa: PTH105 - `made` is no Path
        except BaseException:
            with suppress(OSError):
                os.unlink(made)  # noqa: PTH108
            raise
    except OSError as error:
        raise KeyFileError(f"it cannot be written: {error.strerror}") from None


def new_key(
    name: str, tenant: str, scopes: Sequence[str], now: datetime, life: timedelta | None
) -> tuple[str, StoredKey]:
    """A key that nobody has seen, and what is kept of it."""
    key = PREFIX + token_urlsafe(32)
    now = now.replace(microsecond=0)
    kept = StoredKey(
        name=name,
        hash=hash_of(key),
        tenant=tenant,
        scopes=tuple(scopes),
        created=now,
        expires=None if life is None else now + life,
    )
    return key, kept


def with_key(
    keys: Sequence[StoredKey], new: StoredKey, known: frozenset[str]
) -> tuple[StoredKey, ...]:
    """The keys and one more; `known` are the scopes that there are."""
    if strange := scope_names.unknown(new.scopes, known):
        there_are = ", ".join(sorted(known))
        raise KeyFileError(
            f"there is no scope {', '.join(map(ascii, strange))}; there are {there_are}, and *"
        )
    if any(key.name == new.name for key in keys):
        raise KeyFileError(f"there is a key of the name {new.name} already")
    return _parsed(msgspec.json.encode(KeyFile((*keys, new))))


def without_key(keys: Sequence[StoredKey], name: str) -> tuple[StoredKey, ...]:
    """The keys but that of this name."""
    left = tuple(key for key in keys if key.name != name)
    if len(left) == len(keys):
        raise KeyFileError("there is no key of this name")
    return left
