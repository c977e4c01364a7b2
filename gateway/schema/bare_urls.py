"""Addresses that are shown without the parts that people keep tokens in. Pure."""

from __future__ import annotations

import re
from typing import Any


def bare_url(url: Any) -> Any:
    """An address without user, password, query and fragment; what is no text stays as it is."""
    if not isinstance(url, str):
        return url
    kept = re.split(r"[?#]", url, maxsplit=1)[0]
    scheme, separator, place = kept.partition("://")
    host, slash, path = (place if separator else scheme).partition("/")
    bare = f"{host.rpartition('@')[2]}{slash}{path}"
    return f"{scheme}{separator}{bare}" if separator else bare
