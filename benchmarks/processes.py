"""Processes that are measured: started on a core of their own, watched, ended."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True, slots=True)
class Cores:
    """`server` is for what is measured, `load` for the load and the upstream."""

    server: int
    load: int

    @classmethod
    def of_this_machine(cls) -> Cores:
        """The last core that may be used and the first; where there is one, both are it."""
        usable = sorted(os.sched_getaffinity(0))
        return cls(usable[-1], usable[0])

    @property
    def apart(self) -> bool:
        """Whether load and server do not slow each other down."""
        return self.server != self.load


@dataclass(frozen=True, slots=True)
class Command:
    """How a process is started."""

    arguments: list[str]
    environment: dict[str, str]
    folder: Path


class NotStarted(Exception):
    """The process ended, or did not listen in time; the message has the end of what it wrote."""


@dataclass(frozen=True, slots=True)
class Running:
    """A process that serves on a port of loopback."""

    process: subprocess.Popen[bytes]
    port: int

    def cpu_seconds(self) -> float:
        """Of it and of the processes that it started, in the kernel as well."""
        return sum(_cpu(pid) for pid in _family(self.process.pid))

    def memory(self) -> float:
        """Resident, in MB."""
        return sum(_resident(pid) for pid in _family(self.process.pid)) / 1e6


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(
    command: Command, port: int, core: int, log: Path, patience: float = 60
) -> Iterator[Running]:
    """The process while it is needed; it listens when this begins."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = _pinned(command, core, output.fileno())
    try:
        _await_port(process, port, log, patience)
        yield Running(process, port)
    finally:
        _end(process)


def _pinned(command: Command, core: int, output: int) -> subprocess.Popen[bytes]:
    """A child has the affinity of its parent, so the parent has the child's for a moment."""
    own = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        return subprocess.Popen(
            command.arguments,
            env=_environment() | command.environment,
            cwd=command.folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    finally:
        os.sched_setaffinity(0, own)


def _environment() -> dict[str, str]:
    """Ours without what would change how targets run."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")
    return {name: os.environ[name] for name in kept if name in os.environ}


def _await_port(process: subprocess.Popen[bytes], port: int, log: Path, patience: float) -> None:
    until = time.monotonic() + patience
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    said = log.read_text("utf-8", "replace").strip()[-600:]
    raise NotStarted(said or f"it did not listen within {patience:.0f} s")


def _end(process: subprocess.Popen[bytes]) -> None:
    """It is the leader of its own group: what it started ends with it."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(5)
            return


def _family(pid: int) -> list[int]:
    children: list[int] = []
    for task in _listed(Path(f"/proc/{pid}/task")):
        with suppress(OSError):
            children += map(int, (task / "children").read_text().split())
    return [pid, *(each for child in children for each in _family(child))]


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _cpu(pid: int) -> float:
    with suppress(OSError):
        after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(after_name[11]) + int(after_name[12])) / _TICKS
    return 0.0


def _resident(pid: int) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    return 0
