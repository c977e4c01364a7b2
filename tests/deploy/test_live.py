"""The image's health command, as the engine calls it."""

from __future__ import annotations

import asyncio
import socket
import sys
from pathlib import Path

import pytest
from fastapi import FastAPI

from gateway.http.drain import Drain
from gateway.http.health import health_routes
from tests.http.serving import serving

LIVE = Path(__file__).parents[2] / "deploy" / "live.py"


async def exit_status(port: str) -> int:
    """What the command says where GATEWAY_PORT is `port`; it must say no more than that."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        LIVE,
        env={"GATEWAY_PORT": port},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    assert said == b""
    return process.returncode


@pytest.mark.parametrize("begun", [False, True])
async def test_a_gateway_that_answers_is_live_even_while_it_drains(begun: bool) -> None:
    drain = Drain()
    if begun:
        drain.begin()
    async with serving(FastAPI(routes=list(health_routes(drain)))) as url:
        assert await exit_status(url.rpartition(":")[2]) == 0


async def test_an_answer_other_than_200_is_not_live() -> None:
    async with serving(FastAPI()) as url:
        assert await exit_status(url.rpartition(":")[2]) == 1


async def test_a_port_that_nobody_listens_on_is_not_live() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert await exit_status(str(port)) == 1


async def test_something_that_speaks_no_http_is_not_live() -> None:
    async def hang_up(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0\r\n")
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert await exit_status(str(port)) == 1
