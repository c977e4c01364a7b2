"""When a signed URL stops working. Pure; used to keep entries well below that."""

from __future__ import annotations

import datetime as dt
import re
from base64 import b64decode
from typing import TYPE_CHECKING
from urllib.parse import unquote, unquote_plus

from gateway.upstream.record import mentions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gateway.loaders import Json

UNKNOWN_LIFE = 20.0
"""Seconds that a signature is taken to last from now, where the URL does not say."""

_SIGNERS = ("x-amz", "x-goog")


def life_of_urls(urls: Iterable[object], now: float) -> float | None:
    """Seconds until the first of them stops working; None where none ever does."""
    # Without a query it is not signed: it never expires.
    signed = [url for url in urls if isinstance(url, str) and "?" in url]
    ends = [end for url in signed if (end := _end(url, now)) is not None]
    return max(0.0, min(ends) - now) if ends else None


def urls_of_files(conversation: Json, names: Iterable[str]) -> Iterator[object]:
    """Those of the files that came with the messages in the lists of these names."""
    for name in names:
        # Looked for first is what every URL has that expires, since one character is found at once.
        some = mentions(conversation, name, b"=") and mentions(conversation, name, b'"multimedia"')
        entries = conversation.get(name) if some else None
        for entry in entries if isinstance(entries, list) else ():
            files = entry.get("multimedia") if isinstance(entry, dict) else None
            for file in files if isinstance(files, list) else ():
                yield file.get("url") if isinstance(file, dict) else None


def _end(url: str, now: float) -> float | None:
    asked = url.partition("#")[0].partition("?")[2]
    if not asked:
        return None  # not signed: it never expires
    query = _telling(asked)
    try:
        for signer in _SIGNERS:
            if f"{signer}-expires" in query:
                signed = dt.datetime.fromisoformat(query[f"{signer}-date"])
                if signed.tzinfo is None:
                    return now + UNKNOWN_LIFE
                return signed.timestamp() + float(query[f"{signer}-expires"])
        if "policy" in query:  # CloudFront's own policy, in its variant of base64
            policy = b64decode(query["policy"].translate(_CLOUDFRONT))
            return float(_POLICY_END.findall(policy)[0])
        return float(query["expires"])
    except (KeyError, ValueError, OverflowError, IndexError):
        return now + UNKNOWN_LIFE


def _telling(query: str) -> dict[str, str]:
    """What tells of an end, by its name in lower case; of what is given twice the first.

    A page of calls has thousands of these: `parse_qs` and `strptime` took 0.1 s for them.
    """
    found: dict[str, str] = {}
    for part in query.split("&"):
        name, _, value = part.partition("=")
        name = (unquote(name) if "%" in name else name).lower()
        if value and name in _TELLING:
            found.setdefault(name, unquote_plus(value))
    return found


_TELLING = frozenset(
    (
        "policy",
        "expires",
        *(f"{signer}-{what}" for signer in _SIGNERS for what in ("date", "expires")),
    )
)
_CLOUDFRONT = str.maketrans("-_~", "+=/")
_POLICY_END = re.compile(rb'"DateLessThan"\s*:\s*\{\s*"AWS:EpochTime"\s*:\s*(\d+)')
