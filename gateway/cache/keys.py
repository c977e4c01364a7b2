"""Names of entries and tags. Both start with the tenant: no key ever reads another key's data."""

from __future__ import annotations

from hashlib import sha256

import orjson

LONGEST = 160
"""Bytes of arguments that a key shows as they are; longer ones are hashed."""

_CANONICAL = (
    orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
)


def entry_key(tenant: str, resource: str, *arguments: object) -> str:
    """The key of one upstream answer. The order of keys in a dict makes no difference.

    Arguments are JSON values; anything else is a TypeError.
    """
    encoded = orjson.dumps(arguments, option=_CANONICAL)
    if len(encoded) > LONGEST:
        # Encoded arguments start with a bracket, so a hash is never mistaken for some.
        return f"{_prefix(tenant, resource)}#{sha256(encoded).hexdigest()}"
    return f"{_prefix(tenant, resource)}{encoded.decode()}"


def tag(tenant: str, resource: str, id: str) -> str:  # noqa: A002 - the word of the schema
    """The tag of all entries that one object of a resource is part of."""
    return f"{_prefix(tenant, resource)}{id}"


def tenant_of(name: str) -> str:
    """Whose a key or a tag is."""
    return name.partition(":")[0]


def resource_of(name: str) -> str:
    """Of which resource a key or a tag is."""
    return name.split(":", 2)[1]


def _prefix(tenant: str, resource: str) -> str:
    if ":" in tenant or ":" in resource:
        raise ValueError("neither a tenant nor a resource has a colon in its name")
    return f"{tenant}:{resource}:"
