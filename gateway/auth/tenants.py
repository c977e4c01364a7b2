"""The gateway's Retell keys by the names of their tenants. They leave it in a `Caller` only."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from gateway.errors import Forbidden

if TYPE_CHECKING:
    from collections.abc import Mapping

log = logging.getLogger(__name__)

MOST_TOLD = 1024


class Tenants:
    """Which Retell key answers whom."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        self._keys = dict(keys)
        self._told: set[str] = set()

    def key_of(self, tenant: str) -> str:
        """The tenant's key; `Forbidden` where it has none, with one line for the operator.

        It is logged when a tenant is met first: a caller could else fill the log.
        """
        key = self._keys.get(tenant)
        if key is not None:
            return key
        if tenant not in self._told and len(self._told) < MOST_TOLD:
            self._told.add(tenant)
            log.warning("a tenant has no Retell key", extra={"tenant_name": tenant})
        raise Forbidden("The gateway has no Retell key for your tenant.")
