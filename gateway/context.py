"""What one request carries from the pipeline to the resolvers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.turns import Turns

if TYPE_CHECKING:
    from gateway.auth.caller import Caller
    from gateway.loaders import Loaders
    from gateway.telemetry.trace import Trace


@dataclass(slots=True)
class RequestContext:
    """Made for one operation; resolvers find it as `info.context`."""

    request_id: str
    caller: Caller
    loaders: Loaders
    trace: Trace
    node_types: dict[int, str] = field(default_factory=dict)
    """Which type each object read by `node` is of: upstream objects do not say it themselves."""
    turns: Turns = field(default_factory=Turns)
    """What is done with what was waited for."""
