"""What the npm packages talk to, over real sockets, and where they are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.routing import Route

from gateway.app import create_app
from gateway.http.connection import ConnectionLimits, connection
from gateway.http.upgrade import websocket
from gateway.sandbox.app import KEYS, create_sandbox
from gateway.settings import GatewaySettings, RetellSettings, Settings
from tests.http.serving import serving
from tests.http.tiny import endpoint

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


@pytest.fixture(scope="session")
def packages(pytestconfig: pytest.Config) -> Path:
    """Where npm packages are kept from run to run."""
    assert pytestconfig.cache is not None
    return pytestconfig.cache.mkdir("node")


@pytest.fixture
async def url() -> AsyncIterator[str]:
    """Where the tiny pipeline answers."""
    async with serving(FastAPI(routes=[Route("/graphql", endpoint())])) as address:
        yield f"{address}/graphql"


@pytest.fixture
async def sandbox_url() -> AsyncIterator[str]:
    """Where the gateway answers over the sandbox."""
    settings = Settings(
        GatewaySettings(),
        RetellSettings(api_key=SecretStr(KEYS[0]), base_url="https://retell.test"),
    )
    retell = httpx.ASGITransport(create_sandbox(calls=50))
    async with serving(create_app(settings, transport=retell)) as address:
        yield f"{address}/graphql"


@pytest.fixture
async def streams_url() -> AsyncIterator[str]:
    """Where the gateway answers over the sandbox, as it is served, with callers' own keys."""
    settings = Settings(GatewaySettings(), RetellSettings(base_url="https://retell.test"))
    retell = httpx.ASGITransport(create_sandbox(calls=50))
    app, limits = create_app(settings, transport=retell), ConnectionLimits()
    async with serving(app, http=connection(limits), ws=websocket(limits)) as address:
        yield f"{address}/graphql"


@pytest.fixture(params=[True, False], ids=["introspection on", "introspection off"])
async def gateway_url(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """Where the gateway itself answers; it reaches nobody."""
    settings = Settings(
        GatewaySettings(introspection=request.param),
        RetellSettings(api_key=SecretStr("key"), base_url="https://retell.test"),
    )
    nobody = httpx.MockTransport(lambda _: httpx.Response(500))
    async with serving(create_app(settings, transport=nobody)) as address:
        yield f"{address}/graphql"
