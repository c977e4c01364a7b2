"""Files that callers give, checked by what Retell takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.errors import BadUserInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.upstream.form import File

MB = 1024 * 1024


def check_files(
    files: Sequence[File], field: str, *, most: int = 1, most_bytes: int | None = None
) -> None:
    """`BadUserInput` where there are none or too many, or one is empty or too large."""
    if not 1 <= len(files) <= most:
        some = "one file" if most == 1 else f"1 to {most} files"
        raise BadUserInput(f"`{field}` takes {some} here.", field)
    if not all(file.size for file in files):
        raise BadUserInput("A file is empty.", field)
    if most_bytes is not None and any(file.size > most_bytes for file in files):
        raise BadUserInput(f"A file may take at most {most_bytes // MB} MB.", field)
