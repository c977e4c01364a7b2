"""When a signed URL stops working. Pure; used to keep entries well below that."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

UNKNOWN_LIFE = 60.0
"""Seconds that a signature is taken to last from now, where the URL does not say."""

_SIGNERS = ("X-Amz", "X-Goog")


def life_of_urls(urls: Iterable[object], now: float) -> float | None:
    """Seconds until the first of them stops working; None where none ever does."""
    ends = [end for url in urls if isinstance(url, str) and (end := _end(url, now)) is not None]
    return max(0.0, min(ends) - now) if ends else None


def _end(url: str, now: float) -> float | None:
    try:
        query = parse_qs(urlsplit(url).query)
    except ValueError:
        return now + UNKNOWN_LIFE
    if not query:
        return None  # not signed: it never expires
    try:
        for signer in _SIGNERS:
            if f"{signer}-Expires" in query:
                signed = dt.datetime.strptime(query[f"{signer}-Date"][0], "%Y%m%dT%H%M%S%z")
                return signed.timestamp() + float(query[f"{signer}-Expires"][0])
        return float(query["Expires"][0])
    except (KeyError, ValueError, OverflowError):
        return now + UNKNOWN_LIFE
