"""Which form of answer a client accepts: media types with their q-values and order. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

GRAPHQL_RESPONSE: Final = "application/graphql-response+json"
JSON: Final = "application/json"

MediaType = Literal["application/graphql-response+json", "application/json"]

DeferFormat = Literal["current", "20220824"]
"""How `@defer` is written: as graphql-core does, or as Apollo's `deferSpec=20220824` wants it."""

_WORTH_REMEMBERING = 512


@dataclass(frozen=True, slots=True)
class Accepted:
    """`media_type` is None where neither JSON type is accepted."""

    media_type: MediaType | None
    multipart: DeferFormat | None = None
    """Set where `multipart/mixed` is named: a wildcard does not promise that parts are read."""
    prefers_html: bool = False
    events: DeferFormat | None = None
    """Set where `text/event-stream` is named, neither JSON type is accepted, and `multipart/mixed`
    is not liked better: then `multipart` is None."""


@dataclass(frozen=True, slots=True)
class _Range:
    media: str
    parameters: dict[str, str]
    quality: float
    position: int


Rank = tuple[float, int, int]
"""Quality, then how exact the range is, then its place from the end: more is better."""


def negotiate(header: str) -> Accepted:
    """What `Accept` asks for; an empty one accepts all, and all means `application/json`.

    The specification names the newer type as the default; its audits, and clients that send
    no `Accept`, still expect the older one.
    """
    if len(header) > _WORTH_REMEMBERING:
        return _negotiate(header)
    return _remembered(header)


def _negotiate(header: str) -> Accepted:
    if not header.strip():
        return Accepted(JSON)
    ranges = _ranges(header)
    json, response = _rank(ranges, JSON), _rank(ranges, GRAPHQL_RESPONSE)
    html = _rank(ranges, "text/html")
    best: MediaType | None = None
    if json or response:
        best = GRAPHQL_RESPONSE if (response or _NEVER) > (json or _NEVER) else JSON
    prefers_html = html is not None and html > max(json or _NEVER, response or _NEVER)
    multipart, events = _parts(ranges, "multipart/mixed"), _parts(ranges, "text/event-stream")
    if best is None and events and not (multipart and multipart.rank > events.rank):
        return Accepted(None, None, prefers_html, events.form)
    return Accepted(best, multipart.form if multipart else None, prefers_html)


_NEVER: Rank = (0.0, 0, 0)
_remembered = lru_cache(maxsize=256)(_negotiate)


def _ranges(header: str) -> list[_Range]:
    parsed = (_range(text, place) for place, text in enumerate(header.split(",")))
    return [one for one in parsed if one is not None]


def _range(text: str, position: int) -> _Range | None:
    """One media range; None where it is malformed or wants another charset than UTF-8."""
    media, *rest = (part.strip().lower() for part in text.split(";"))
    if media.count("/") != 1:
        return None
    parameters: dict[str, str] = {}
    for part in rest:
        name, _, value = part.partition("=")
        parameters[name.strip()] = value.strip().strip('"')
    if parameters.get("charset", "utf-8") not in ("utf-8", "utf8"):
        return None
    try:
        quality = float(parameters.get("q", "1"))
    except ValueError:
        return None
    return _Range(media, parameters, quality, position) if 0 <= quality <= 1 else None


def _rank(ranges: list[_Range], media: str) -> Rank | None:
    """How well `media` is liked: the most exact range that covers it decides."""
    wildcards = (media, media.partition("/")[0] + "/*", "*/*")
    for exactness, wanted in zip((3, 2, 1), wildcards, strict=True):
        covering = [one for one in ranges if one.media == wanted]
        if covering:
            best = max(covering, key=lambda one: (one.quality, -one.position))
            return (best.quality, exactness, -best.position) if best.quality > 0 else None
    return None


@dataclass(frozen=True, slots=True)
class _Parts:
    form: DeferFormat
    rank: tuple[float, int]


def _parts(ranges: list[_Range], media: str) -> _Parts | None:
    offered = [
        one
        for one in ranges
        if one.media == media
        and one.quality > 0
        and "subscriptionspec" not in one.parameters  # parts of a subscription, not of a query
    ]
    if not offered:
        return None
    best = max(offered, key=lambda one: (one.quality, -one.position))
    older = best.parameters.get("deferspec") == "20220824"
    return _Parts("20220824" if older else "current", (best.quality, -best.position))
