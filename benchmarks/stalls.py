"""How long hostile requests hold up a neighbour: `python -m benchmarks.stalls URL [KEY]`.

The gateway runs already, with GATEWAY_DEBUG_HEADER=true, and is another process. The neighbour asks
for something that is remembered, without a pause, on a connection of its own; meanwhile each of the
requests of `tests/hostile.py` is sent, and again, so that what is compiled comes into it as well.
That is done several times, with a document that is new each time, and the least of the longest
waits counts: what comes every time is the gateway's, what comes once is another process's on this
machine.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import orjson

from tests.hostile import ALL, Hostile

TIMES = 2
"""A document is compiled at its second execution."""
ROUNDS = 3
MOST_MS = 100.0
"""The longest stall that is well."""
FINE = b'{"query": "{ account { orgName } }"}'


class Neighbour:
    """Asks, and remembers the longest that it waited."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        address = urlsplit(url)
        self._connection = HTTPConnection(address.hostname or "", address.port, timeout=60)
        self._headers = headers

    def ask(self) -> float:
        """Milliseconds until the answer was there."""
        began = time.perf_counter()
        self._connection.request("POST", "/graphql", FINE, self._headers)
        answer = self._connection.getresponse().read()
        if not answer.startswith(b'{"data":{"account":{"orgName"'):
            raise SystemExit(f"the neighbour was told {answer[:200]!r}")
        return (time.perf_counter() - began) * 1000


def anew(hostile: Hostile) -> Hostile:
    """The same request with a document that was not sent before, where it has one."""
    try:
        body = orjson.loads(hostile.body)
        query = f"{body['query']} #{time.time_ns()}"
        return replace(hostile, body=orjson.dumps(body | {"query": query}))
    except (orjson.JSONDecodeError, TypeError, KeyError):
        return hostile


def least(url: str, headers: dict[str, str], hostile: Hostile) -> tuple[float, float, str]:
    """The best of some rounds."""
    return min(stall(url, headers, anew(hostile)) for _ in range(ROUNDS))


def sent(url: str, headers: dict[str, str], hostile: Hostile) -> subprocess.Popen[bytes]:
    """The request on its way, in a process that does nothing else."""
    given = [f"-H{name}: {value}" for name, value in headers.items()]
    # What is explained is not remembered: so it is executed each time.
    given += [f"-Haccept: {hostile.accept}", "-Hx-gateway-debug: 1"]
    with tempfile.NamedTemporaryFile(delete=False) as file:
        file.write(hostile.body)
    told = ["-s", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "60", *given]
    return subprocess.Popen(
        ["curl", *told, "--data-binary", f"@{file.name}", f"{url}/graphql"],
        stdout=subprocess.PIPE,
    )


def stall(url: str, headers: dict[str, str], hostile: Hostile) -> tuple[float, float, str]:
    """The neighbour's longest wait, how long the request took, and its status."""
    neighbour = Neighbour(url, headers)
    longest, took, status = 0.0, 0.0, ""
    neighbour.ask()
    for _ in range(TIMES):
        began = time.perf_counter()
        request = sent(url, headers, hostile)
        while request.poll() is None:
            longest = max(longest, neighbour.ask())
            time.sleep(0.001)
        longest = max(longest, neighbour.ask())
        took = max(took, (time.perf_counter() - began) * 1000)
        status = request.communicate()[0].decode()
        Path(cast("list[str]", request.args)[-2].removeprefix("@")).unlink()
    return longest, took, status


def main() -> None:
    """Print a line for each, the worst last."""
    url, *key = sys.argv[1:]
    headers = {"content-type": "application/json"}
    if key:
        headers["authorization"] = f"Bearer {key[0]}"
    none = Hostile(FINE, None)
    rows = [("(nothing hostile)", *least(url, headers, none))]
    rows += [(name, *least(url, headers, hostile)) for name, hostile in ALL.items()]
    for name, longest, took, status in sorted(rows, key=lambda row: row[1]):
        print(f"{longest:8.1f} ms  {status}  in {took:7.0f} ms  {name}")
    worst = max(row[1] for row in rows)
    print(f"worst of {len(ALL)}: {worst:.1f} ms, {MOST_MS:.0f} allowed")
    sys.exit(worst > MOST_MS)


if __name__ == "__main__":
    main()
