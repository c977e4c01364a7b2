"""Open a connection: addresses are tried in turn, overlapping (RFC 8305), then TLS is spoken.

uvloop's `create_connection` tries one address after the other: a single one that never answers
would use up all the time there is.
"""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Coroutine, Iterable

    Address = tuple[socket.AddressFamily, Any]

P = TypeVar("P", bound=asyncio.Protocol)

STAGGER = 0.25
"""Seconds that an address has to itself before the next one is tried beside it."""


async def dial(protocol: Callable[[], P], host: str, port: int, tls: ssl.SSLContext | None) -> P:
    """A protocol that is connected; `OSError` where no address can be reached or trusted."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = by_turns((family, address) for family, _, _, _, address in found)
    sock = await first_reached(addresses, connected)
    name = host if tls else None
    # From here on the loop owns the socket, and closes it where this fails. To close it here too
    # would free a number that the loop may still be watching.
    _, made = await loop.create_connection(protocol, sock=sock, ssl=tls, server_hostname=name)
    return made


def by_turns(addresses: Iterable[Address]) -> list[Address]:
    """The same addresses, the families taking turns: what fails may be the whole of one."""
    families: dict[socket.AddressFamily, list[Address]] = {}
    for address in addresses:
        families.setdefault(address[0], []).append(address)
    rounds = chain.from_iterable(zip_longest(*families.values()))
    return [address for address in rounds if address is not None]


async def first_reached(
    addresses: Iterable[Address],
    connect: Callable[[Address], Coroutine[None, None, socket.socket]],
    stagger: float = STAGGER,
) -> socket.socket:
    """The socket that is connected first; what else was begun is ended and closed."""
    left = deque(addresses)
    tries: list[asyncio.Task[socket.socket]] = []
    under_way: set[asyncio.Task[socket.socket]] = set()
    try:
        while left or under_way:
            if left:
                tries.append(asyncio.create_task(connect(left.popleft())))
                under_way.add(tries[-1])
            ended, under_way = await asyncio.wait(
                under_way, timeout=stagger if left else None, return_when=asyncio.FIRST_COMPLETED
            )
            for each in ended:
                if each.exception() is None:
                    tries.remove(each)
                    return each.result()
        raise OSError("No address could be reached.")
    finally:
        for each in tries:
            each.cancel()
        for result in await asyncio.gather(*tries, return_exceptions=True):
            if isinstance(result, socket.socket):
                result.close()


async def connected(address: Address) -> socket.socket:
    """A socket that is connected to this address."""
    family, where = address
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(sock, where)
    except BaseException:
        sock.close()
        raise
    return sock
