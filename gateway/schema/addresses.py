"""Addresses of other people's servers, without the parts that people keep secrets in."""

from __future__ import annotations

import re
from typing import Any


def bare_url(url: Any) -> Any:
    """A URL without user, password, query and fragment; what is no text stays as it is."""
    if not isinstance(url, str):
        return url
    before, separator, rest = url.partition("://")
    place = re.split(r"[?#]", rest if separator else before, maxsplit=1)[0]
    host, slash, path = place.partition("/")
    return f"{before}{separator}{host.rpartition('@')[2]}{slash}{path}" if separator else place
