"""Runs a script of one of the npm packages beside this file, with what its lock names."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any, NoReturn

import pytest

HERE = Path(__file__).parent
NPM_CI = (
    *("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"),
    "--fetch-retries=0",  # no registry is a reason to skip, not to wait
)


def installed(package: str, home: Path) -> Path:
    """A copy of the package in `home`, with its `node_modules`; made once for each version.

    Skips where there is no node or no registry; fails there if REQUIRE_ALL_TESTS is set.
    """
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        _leave_out("node and npm are not on the PATH")
    source = HERE / package
    files = [path for path in sorted(source.iterdir()) if path.is_file()]
    version = sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:16]
    target = home / f"{package}-{version}"
    if target.exists():
        return target
    # Beside it first: another worker may do the same at the same time.
    making = Path(tempfile.mkdtemp(dir=home))
    for path in files:
        shutil.copy(path, making)
    done = subprocess.run([npm, *NPM_CI], cwd=making, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        shutil.rmtree(making)
        first_line = done.stderr.partition("\n")[0]
        _leave_out(f"npm ci failed: {first_line}")
    try:
        making.rename(target)
    except OSError:  # the other worker was first
        shutil.rmtree(making)
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
