"""`gateway.upstream.dial`: which address is tried when, and what becomes of the others."""

from __future__ import annotations

import asyncio
import socket

import pytest

from gateway.upstream.dial import by_turns, first_reached

V4, V6 = socket.AF_INET, socket.AF_INET6
NEVER, NOW = 3600.0, 0.0


class Network:
    """Addresses that are reached when told to, and refuse where they are told to."""

    def __init__(self, **answers: str) -> None:
        self.answers = answers
        self.late = asyncio.Event()
        self.tried: list[str] = []
        self.sockets: list[socket.socket] = []
        self.left: list[str] = []

    async def connect(self, address: tuple[socket.AddressFamily, str]) -> socket.socket:
        name = address[1]
        self.tried.append(name)
        match self.answers[name]:
            case "refuses":
                self.late.set()
                raise ConnectionRefusedError
            case "late":
                await self.late.wait()
                for _ in range(3):  # well after whoever let it
                    await asyncio.sleep(0)
            case "silent":
                try:
                    await asyncio.Event().wait()
                finally:
                    self.left.append(name)
        sock = socket.socket()
        self.sockets.append(sock)
        return sock

    async def first(self, stagger: float) -> socket.socket:
        return await first_reached([(V4, name) for name in self.answers], self.connect, stagger)


def test_families_take_turns() -> None:
    addresses = [(V6, 1), (V6, 2), (V6, 3), (V4, 4)]
    assert by_turns(addresses) == [(V6, 1), (V4, 4), (V6, 2), (V6, 3)]


async def test_the_first_address_is_enough_where_it_answers() -> None:
    network = Network(a="answers", b="answers")
    (await network.first(NEVER)).close()
    assert network.tried == ["a"]


async def test_an_address_that_refuses_is_followed_by_the_next_at_once() -> None:
    network = Network(a="refuses", b="refuses", c="answers")
    (await network.first(NEVER)).close()
    assert network.tried == ["a", "b", "c"]


async def test_an_address_that_is_silent_does_not_hold_up_the_next() -> None:
    network = Network(a="silent", b="refuses", c="answers")
    (await network.first(NOW)).close()
    assert (network.tried, network.left) == (["a", "b", "c"], ["a"])


async def test_an_address_that_was_slow_counts_where_the_later_ones_refuse() -> None:
    network = Network(a="late", b="refuses")
    (await network.first(NOW)).close()
    assert network.tried == ["a", "b"]


async def test_of_two_that_answer_in_the_same_moment_one_is_closed() -> None:
    network = Network(a="late", b="late", c="refuses")
    reached = await network.first(NOW)
    assert [sock.fileno() for sock in network.sockets if sock is not reached] == [-1]
    reached.close()


async def test_where_none_can_be_reached_that_is_an_error() -> None:
    for network in (Network(a="refuses", b="refuses"), Network()):
        with pytest.raises(OSError, match="No address"):
            await network.first(NOW)


async def test_a_caller_that_leaves_ends_every_try() -> None:
    network = Network(a="silent", b="silent")
    task = asyncio.create_task(network.first(NOW))
    while len(network.tried) < 2:  # noqa: ASYNC110 # each turn of the loop brings one nearer
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert network.left == ["a", "b"]
