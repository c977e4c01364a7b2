"""`gateway.telemetry.audit`: a line is written whole, and a file that cannot be opened is told."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pytest

from gateway.telemetry.audit import AuditUnusable, stream

if TYPE_CHECKING:
    from pathlib import Path


def test_a_line_is_written_to_its_end_though_the_system_takes_parts(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    line = b"x" * 1_000_000 + b"\n"  # far more than a pipe takes at once
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_bytes()))
    reader.start()
    with stream(str(pipe)) as write:
        write(line)
    reader.join()
    assert read == [line]


def test_a_file_that_cannot_be_opened_is_told_without_its_name(tmp_path: Path) -> None:
    with pytest.raises(AuditUnusable, match=r"^it cannot be opened: Is a directory$"):
        stream(str(tmp_path)).__enter__()
