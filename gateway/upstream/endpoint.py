"""An endpoint of Retell, and a request to it that is known to be well-formed. No I/O.

What callers give ends up in a path that is sent with an organisation's key, and httpx resolves
`..` in paths: so every id is matched against an allow-list before a request exists.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote

import orjson

from gateway.errors import BadUserInput
from gateway.upstream.form import File, encoded_form

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.upstream.record import Items

    Query = Mapping[str, str | int | float | bool | None]


@dataclass(frozen=True, slots=True)
class IdPattern:
    """What one kind of id may look like; `rule` says it in words, for error messages."""

    pattern: re.Pattern[str]
    rule: str

    def accepts(self, value: object) -> bool:
        """Whether the whole of `value` is such an id."""
        return isinstance(value, str) and self.pattern.fullmatch(value) is not None

    def check(self, field: str, value: object) -> None:
        """`BadUserInput` where it is no such id; `field` is its name, as clients know it or as
        Retell does."""
        if not self.accepts(value):
            name = _camel(field)
            raise BadUserInput(f"`{name}` must be {self.rule}, not {_shown(value)}.", name)


_NAME = re.compile(r"[A-Za-z0-9_-]{1,128}")
_NAME_RULE = "1 to 128 letters, digits, `_` or `-`"

ID = IdPattern(_NAME, _NAME_RULE)
"""An id that Retell makes, of a call, an agent, or whatever."""
PHONE_NUMBER = IdPattern(re.compile(r"\+?[0-9]{2,20}"), "a telephone number such as `+14155550100`")


JSON = "application/json"


@dataclass(slots=True)
class UpstreamRequest:
    """One request to Retell, ready to be sent; the key to send it with is not part of it."""

    method: str
    path: str
    """Begins with `/`; ids are quoted."""
    query: str
    """Encoded, without `?`; empty where there is none."""
    body: bytes | None
    """In the form that `content_type` names."""
    safe: bool
    """Reads only: may be sent again."""
    endpoint_name: str
    """For logs and metrics: `GET /v2/get-call`, the same for every id."""
    by_id: bool = False
    """Names one object in its path: then Retell says 422 for a missing one."""
    lists: bool = False
    """Asks for a page of a list: more time and a larger answer are allowed."""
    content_type: str = JSON
    """Of the body, where there is one."""
    items: Items | None = None
    """What the items of the page that it asks for have, where that is known."""

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{self.query}" if self.query else self.path

    @property
    def digest(self) -> bytes:
        """Equal for requests that ask for the same."""
        head = f"{self.method} {self.target}\n".encode("ascii")
        return sha256(head + (self.body or b"")).digest()


_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True, init=False, eq=False)
class Endpoint:
    """A method and a path template, with a pattern for every id in it.

    `safe` (reads only, may be retried) is true of every GET; a POST that only reads says so, and
    counts as a list (`lists`) unless it says otherwise. With `form`, a body is sent as a form. One
    of large pages says what their `items` have.
    """

    method: str
    path: str
    ids: Mapping[str, IdPattern]
    safe: bool
    lists: bool
    form: bool
    items: Items | None
    name: str

    def __init__(
        self,
        method: str,
        path: str,
        *,
        ids: Mapping[str, IdPattern] = MappingProxyType({}),
        safe: bool | None = None,
        lists: bool | None = None,
        form: bool = False,
        items: Items | None = None,
    ) -> None:
        if not path.startswith("/") or "//" in path:
            raise ValueError(f"{method} {path}: not the path of an endpoint")
        if set(_PLACEHOLDER.findall(path)) != set(ids):
            raise ValueError(f"{method} {path}: every id in the path needs its pattern")
        safe = method == "GET" if safe is None else safe
        lists = safe and method == "POST" if lists is None else lists
        name = f"{method} {_PLACEHOLDER.sub('', path).replace('//', '/').rstrip('/')}"
        values = {"method": method, "path": path, "ids": ids, "form": form, "items": items}
        for key, value in (values | {"safe": safe, "lists": lists, "name": name}).items():
            object.__setattr__(self, key, value)

    def request(
        self, *, query: Query | None = None, body: object = None, **ids: str
    ) -> UpstreamRequest:
        """The request for these ids; `BadUserInput` where a value cannot be sent."""
        if ids.keys() != self.ids.keys():
            raise TypeError(f"{self.name} takes the ids {sorted(self.ids)}, not {sorted(ids)}")
        quoted = {name: _checked(name, value, self.ids[name]) for name, value in ids.items()}
        content_type, encoded = (JSON, None) if body is None else self._encoded(body)
        return UpstreamRequest(
            self.method,
            self.path.format_map(quoted),
            _encoded_query(query) if query else "",
            encoded,
            self.safe,
            self.name,
            bool(ids),
            self.lists,
            content_type,
            self.items,
        )

    def _encoded(self, body: object) -> tuple[str, bytes]:
        """The body with its media type."""
        if self.form:
            assert isinstance(body, dict)  # noqa: S101 - narrowing: forms have fields
            return encoded_form({name: _field(value) for name, value in body.items()})
        return JSON, _encoded_body(body)


def _checked(name: str, value: object, pattern: IdPattern) -> str:
    pattern.check(name, value)
    return quote(str(value), safe="")


def _camel(name: str) -> str:
    """The name as clients of the gateway know it."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _shown(value: object, most: int = 24) -> str:
    """Enough of a refused value to recognise it; ASCII only, so it cannot upset a log or page."""
    if not isinstance(value, str):
        return f"a value of type {type(value).__name__}"
    return ascii(value) if len(value) <= most else f"{value[:most]!a}..."


LONGEST_QUERY = 4096
"""Bytes of an encoded query: httpx refuses URLs of 64 KiB, servers much shorter ones."""


def _encoded_query(query: Query) -> str:
    try:
        pairs = [f"{name}={_quoted(value)}" for name, value in query.items() if value is not None]
    except UnicodeEncodeError:
        raise BadUserInput("A value holds text that is not valid Unicode.") from None
    encoded = "&".join(pairs)
    if len(encoded) > LONGEST_QUERY:
        raise BadUserInput("A value is too long.")
    return encoded


def _quoted(value: str | float) -> str:
    """Booleans are spelled as in JSON."""
    return quote(str(value).lower() if isinstance(value, bool) else str(value), safe="")


def _field(value: object) -> bytes | Sequence[File]:
    """A field of a form: a text as it is, files as they are, all else as JSON."""
    if isinstance(value, File):
        return [value]
    if isinstance(value, list) and value and all(isinstance(each, File) for each in value):
        return value
    encoded = _encoded_body(value)
    return value.encode() if isinstance(value, str) else encoded


def _encoded_body(body: object) -> bytes:
    try:
        return orjson.dumps(body)
    except orjson.JSONEncodeError:
        # A lone surrogate, or an integer beyond 64 bits: both come from the caller's variables.
        raise BadUserInput("A value holds text or a number that JSON cannot carry.") from None
