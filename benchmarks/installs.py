"""Installing peers from their registries, once, into the cache folder."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING

from benchmarks.targets import CACHE, ROOT, Missing

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 600
"""Longest that one installation may take."""

_PEERS = ROOT / "benchmarks" / "peers"


def npm(name: str, *shared: str) -> Path:
    """The folder with the peer's files and packages; `shared` are files of `peers/node`."""
    folder = CACHE / name
    folder.mkdir(parents=True, exist_ok=True)
    wanted = (_PEERS / name / "package.json").read_text("utf-8")
    for source in [*(_PEERS / name).iterdir(), *(_PEERS / "node" / each for each in shared)]:
        if source.is_file() and source.suffix != ".py":
            shutil.copy(source, folder)
    stamp = folder / "installed.json"
    if not stamp.exists() or stamp.read_text("utf-8") != wanted:
        stamp.unlink(missing_ok=True)
        options = ["--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"]
        run([program("npm"), "install", *options], folder)
        stamp.write_text(wanted, "utf-8")
    return folder


def versions(name: str, *packages: str) -> str:
    """As pinned; without the scope."""
    pinned = json.loads((_PEERS / name / "package.json").read_text("utf-8"))["dependencies"]
    return ", ".join(f"{each.rpartition('/')[2]} {pinned[each]}" for each in packages)


def program(name: str) -> str:
    """Its path."""
    path = shutil.which(name)
    if path is None:
        raise Missing(f"there is no {name} here")
    return path


def run(arguments: list[str], folder: Path) -> str:
    """What it printed; `Missing` with the end of it where it failed."""
    try:
        done = subprocess.run(
            arguments, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise Missing(f"{arguments[0]} took more than {SECONDS} s") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise Missing(f"installing failed: {' '.join(said[-2:])[-300:]}")
    return done.stdout
