"""The mode `api-key`: who sends one of the gateway's own keys is who the file says.

The file is looked at again while the gateway runs, so that a key that was made or revoked counts
within a second.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from gateway.auth.caller import Caller
from gateway.auth.identify import LONGEST_KEY, bearer
from gateway.auth.key_file import KeyFileError, hash_of, read_keys
from gateway.auth.scopes import granted
from gateway.errors import Unauthenticated

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from gateway.auth.identify import Headers
    from gateway.auth.key_file import StoredKey
    from gateway.auth.tenants import Tenants

log = logging.getLogger(__name__)

LOOK_AGAIN = 1.0
"""Seconds between two looks at the file."""

_SEND = "Send a key of this gateway as `Authorization: Bearer <key>`, or in `x-api-key`."
_REFUSED = "The key is not known here, or its time is over."


class ApiKeys:
    """Finds callers by the hash of their key: how long that takes tells nothing about any key."""

    def __init__(
        self,
        path: Path,
        tenants: Tenants,
        known_scopes: frozenset[str],
        clock: Callable[[], float],
    ) -> None:
        """`KeyFileError` where the file is not in order from the start."""
        self._path = path
        self._tenants = tenants
        self._known_scopes = known_scopes
        self._clock = clock
        self._looked_at = clock()
        self._version = _version_of(path)
        self._take(read_keys(path))

    def __call__(self, headers: Headers) -> Caller:
        """The caller whose key it is."""
        key = _key(headers)
        if key is None:
            raise Unauthenticated(_SEND)
        now = self._clock()
        if not 0 <= now - self._looked_at < LOOK_AGAIN:
            self._looked_at = now
            self._look()
        hash_ = hash_of(key)
        caller = self._callers.get(hash_) or self._caller(hash_)
        if caller.expires_at is not None and caller.expires_at <= now:
            raise Unauthenticated(_REFUSED, token_given=True)
        return caller

    def _caller(self, hash_: str) -> Caller:
        """Of a key that is used for the first time since the file was read."""
        stored = self._stored.get(hash_)
        if stored is None:
            raise Unauthenticated(_REFUSED, token_given=True)
        caller = Caller(
            api_key=self._tenants.key_of(stored.tenant),
            own_key=False,
            name=stored.name,
            tenant_name=stored.tenant,
            scopes=granted(stored.scopes, self._known_scopes),
            expires_at=None if stored.expires is None else stored.expires.timestamp(),
        )
        self._callers[hash_] = caller
        return caller

    def _look(self) -> None:
        version = _version_of(self._path)
        if version == self._version:
            return
        self._version = version
        try:
            self._take(read_keys(self._path))
        except KeyFileError as error:
            reason = str(error)
            log.error("the keys stay as they were", extra={"reason": reason})  # noqa: TRY400
        else:
            log.info("the keys were read anew", extra={"keys": len(self._stored)})

    def _take(self, keys: tuple[StoredKey, ...]) -> None:
        self._stored = {key.hash: key for key in keys}
        self._callers: dict[str, Caller] = {}


def _key(headers: Headers) -> str | None:
    """The one key that was sent, whichever way; two are none."""
    given = headers.getlist("x-api-key")
    if not given:
        return bearer(headers, LONGEST_KEY)
    if len(given) > 1 or headers.getlist("authorization") or len(given[0]) > LONGEST_KEY:
        return None
    return given[0]


def _version_of(path: Path) -> tuple[int, ...] | None:
    """By what one sees that a file is another one; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
