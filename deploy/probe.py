"""Looks at a gateway from inside its container: who it is, what it answers, what it may write."""

from __future__ import annotations

import json
import os
import time
from http.client import HTTPConnection
from pathlib import Path

QUERY = "{ calls(first: 2) { nodes { callId } } }"


def ask(method: str, path: str, body: object = None) -> tuple[int, str]:
    """Status and text of the gateway's answer."""
    connection = HTTPConnection("127.0.0.1", 4000, timeout=10)
    headers = {"content-type": "application/json", "accept": "*/*"}
    connection.request(method, path, json.dumps(body) if body else None, headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def wait_until_ready(seconds: float = 30) -> None:
    """Until `/readyz` answers 200; the connection is refused before."""
    until = time.monotonic() + seconds
    while True:
        try:
            status, _ = ask("GET", "/readyz")
        except OSError:
            status = 0
        if status == 200:
            return
        if time.monotonic() > until:
            raise SystemExit(f"not ready after {seconds} s (last status: {status})")
        time.sleep(0.1)


def check(what: str, is_so: bool, seen: object = "") -> None:
    """Say it, and end where it is not so."""
    print(f"  yes  {what}" if is_so else f"  NO   {what}: {seen}", flush=True)
    if not is_so:
        raise SystemExit(1)


def may_write(path: str) -> bool:
    """Whether a file can be made there."""
    try:
        Path(path, "probe").write_text("x")
    except OSError:
        return False
    return True


wait_until_ready()
check("/readyz answers 200", True)
check("/livez answers 200", ask("GET", "/livez") == (200, '{"status":"live"}'))
check("it runs as 10001:10001", (os.getuid(), os.getgid()) == (10001, 10001), os.getuid())
process = Path("/proc/1/status").read_text()
check("so does process 1", "Uid:\t10001\t10001\t10001\t10001" in process, process)
check("process 1 is the gateway", b"retell-gateway" in Path("/proc/1/cmdline").read_bytes())
written = [path for path in ("/", "/var/tmp", "/opt/gateway") if may_write(path)]
check("nothing can be written to its root", not written, written)
status, text = ask("POST", "/graphql", {"query": QUERY})
data = json.loads(text)
check("a query is answered from the sandbox", len(data["data"]["calls"]["nodes"]) == 2, text)
connection = HTTPConnection("127.0.0.1", 4000, timeout=10)
connection.request("GET", "/graphql", headers={"accept": "text/html"})
page = connection.getresponse()
check("a browser gets GraphiQL", page.status == 200 and b"<html" in page.read(), page.status)
