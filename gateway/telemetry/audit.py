"""The audit: who read which personal fields of which objects, when, and how it ended.

A stream of its own, one JSON object a line. It never says what was read.
"""

from __future__ import annotations

import datetime as dt
import errno
import os
import sys
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, BinaryIO, Literal, NamedTuple, Protocol

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager
    from io import RawIOBase

    Write = Callable[[bytes], object]

PRIVATE = 0o600
"""Rights of a file that is made for it: it tells whose calls were looked at."""

Found = Literal["read", "remembered"]
"""How an answer was come by: read for this operation, or remembered as a whole."""


class AuditUnusable(Exception):
    """The audit cannot go where it should."""


class Who(Protocol):
    """Who asks: a caller."""

    @property
    def name(self) -> str:
        """What it is called."""

    @property
    def tenant_name(self) -> str:
        """What the operator calls its tenant."""

    @property
    def tenant(self) -> str:
        """A hash of the key that it is answered with."""


class Reads(NamedTuple):
    """Personal fields of some objects of one type."""

    type_name: str
    ids: tuple[str, ...]
    fields: tuple[str, ...]


class Audit:
    """Writes a line for every operation that reads personal fields, and each type that has them."""

    def __init__(self, write: Write, clock: Callable[[], float]) -> None:
        """`write` takes whole lines; what it raises ends the operation: nothing is read unnoted."""
        self._write = write
        self._clock = clock

    def note(
        self,
        caller: Who,
        request_id: str,
        reads: Iterable[Reads],
        outcome: str,
        found: Found = "read",
    ) -> None:
        """These were read, or would have been if the `outcome` were another."""
        for type_name, ids, fields in reads:
            line = {
                "time": dt.datetime.fromtimestamp(self._clock(), dt.UTC),
                "caller": caller.name,
                "tenant": caller.tenant_name,
                "tenant_hash": caller.tenant,
                "request_id": request_id,
                "type": type_name,
                "ids": ids,
                "fields": fields,
                "found": found,
                "outcome": outcome,
            }
            self._write(orjson.dumps(line, option=_FORM))


_FORM = orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z


def stream(where: str) -> AbstractContextManager[Write]:
    """What writes to `stdout`, to a file that is appended to, or nowhere (`off`).

    `AuditUnusable` once it is entered, where the file cannot be opened.
    """
    match where:
        case "off":
            return nullcontext(lambda _line: None)
        case "stdout":
            return nullcontext(_flushed(sys.stdout.buffer))
        case _:
            return _appended(Path(where))


def try_stream(where: str) -> None:
    """`AuditUnusable` where it could not be opened now. Leaves no file where there is none."""
    if where in ("off", "stdout"):
        return
    try:
        try:
            # Of a pipe, not waited for until somebody reads it.
            os.close(os.open(where, os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK))
        except FileNotFoundError:
            # Not made and removed: a gateway that starts meanwhile might be writing to it.
            with TemporaryFile(dir=Path(os.path.realpath(where)).parent):
                pass
    except OSError as error:
        if error.errno != errno.ENXIO:  # a pipe that nobody reads yet
            raise _unusable(error) from None


@contextmanager
def _appended(path: Path) -> Iterator[Write]:
    try:
        number = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, PRIVATE)
    except OSError as error:
        raise _unusable(error) from None
    with os.fdopen(number, "ab", buffering=0) as file:
        yield partial(_write_all, file)


def _unusable(error: OSError) -> AuditUnusable:
    return AuditUnusable(f"it cannot be opened: {error.strerror}")


def _write_all(file: RawIOBase, line: bytes) -> None:
    """The system may take a part only, where a disk is nearly full."""
    left = memoryview(line)
    while left:
        left = left[file.write(left) or 0 :]


def _flushed(output: BinaryIO) -> Write:
    def write(line: bytes) -> None:
        output.write(line)
        output.flush()

    return write
