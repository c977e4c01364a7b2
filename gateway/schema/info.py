"""What a resolver is told about its field: context, place in the answer, what is selected."""

from __future__ import annotations

from typing import TYPE_CHECKING

import strawberry

from gateway.context import RequestContext
from gateway.schema.selection import names_below

if TYPE_CHECKING:
    from gateway.telemetry.trace import Path


class Info(strawberry.Info[RequestContext, None]):
    """Strawberry's info, with the gateway's context and the selection below the field."""

    @property
    def at(self) -> Path:
        """Where in the answer this field stands."""
        return tuple(self.path.as_list())

    @property
    def selected(self) -> frozenset[str]:
        """The names (never aliases) of what is selected one level below this field."""
        return names_below(self._raw_info)
