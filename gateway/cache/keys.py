"""Names of entries and tags. Both start with the tenant: no key ever reads another key's data."""

from __future__ import annotations

from hashlib import sha256
from json import JSONEncoder

LONGEST = 160
"""Characters of arguments that a key shows as they are; longer ones are hashed."""

# The standard library's encoder, because orjson writes NaN as null and dates as strings:
# two different arguments would share one key.
_canonical = JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def entry_key(tenant: str, resource: str, *arguments: object) -> str:
    """The key of one upstream answer. Arguments are JSON values; the order of dict keys is moot."""
    encoded = _canonical(arguments)
    if len(encoded) > LONGEST:
        # An encoded tuple starts with a bracket, so a hash is never mistaken for one.
        encoded = f"#{sha256(encoded.encode()).hexdigest()}"
    return f"{_prefix(tenant, resource)}{encoded}"


def tag(tenant: str, resource: str, id: str) -> str:  # noqa: A002 - the word of the schema
    """The tag of all entries that one object of a resource is part of."""
    return f"{_prefix(tenant, resource)}{id}"


def _prefix(tenant: str, resource: str) -> str:
    if ":" in tenant or ":" in resource:
        raise ValueError("neither a tenant nor a resource has a colon in its name")
    return f"{tenant}:{resource}:"
