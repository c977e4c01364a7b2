"""Runs a script of one of the npm packages beside this file, with what its lock names."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Any, NoReturn

import pytest

HERE = Path(__file__).parent


def installed(package: str, cache: pytest.Cache) -> Path:
    """A copy of the package outside of the source tree, with its `node_modules`.

    Skips where there is no node or no registry; fails there if REQUIRE_ALL_TESTS is set.
    """
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        _leave_out("node and npm are not on the PATH")
    source = HERE / package
    files = [path for path in sorted(source.iterdir()) if path.is_file()]
    version = sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]
    target = Path(cache.mkdir(f"node-{package}-{version}"))
    if (target / "installed").exists():
        return target
    for path in files:
        shutil.copy(path, target)
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"]
    done = subprocess.run(command, cwd=target, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        _leave_out(f"npm ci failed: {done.stderr.strip()[-500:]}")
    (target / "installed").touch()
    return target


def _leave_out(reason: str) -> NoReturn:
    if os.environ.get("REQUIRE_ALL_TESTS") == "1":
        pytest.fail(f"REQUIRE_ALL_TESTS is set, but {reason}")
    pytest.skip(reason)


async def printed(script: Path, *arguments: str) -> list[dict[str, Any]]:
    """The JSON lines that a script prints; what it says on standard error fails the test."""
    process = await asyncio.create_subprocess_exec(
        "node",
        script,
        *arguments,
        cwd=script.parent,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(60):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert (process.returncode, err.decode()) == (0, "")
    return [json.loads(line) for line in out.splitlines()]
