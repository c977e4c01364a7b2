"""Everything in this room is tested on asyncio's own event loop and on uvloop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
import uvloop

from .asking import Make, of_httpx, ours

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def pytest_asyncio_loop_factories() -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture(params=[ours, of_httpx], ids=["ours", "httpx"])
def make(request: pytest.FixtureRequest) -> Make:
    """A transport under test: the same is asked of our own and of httpx's."""
    made: Make = request.param
    return made
