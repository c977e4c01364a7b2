"""A form as the bytes of `multipart/form-data` (RFC 7578), files in it included."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING

from gateway.errors import BadUserInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import BinaryIO

LONGEST_NAME = 200
"""Characters of a file's name, of which the last ones tell its kind."""
ANY_TYPE = "application/octet-stream"

_APART = re.compile(r"[\\/]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_TOKEN = r"[A-Za-z0-9!#$&^_.+-]{1,60}"  # noqa: S105 - of RFC 6838
_MEDIA_TYPE = re.compile(rf"{_TOKEN}/{_TOKEN}(; ?charset={_TOKEN})?")


class File:
    """A file that a caller gave. Not a dataclass: what writes JSON would write those out."""

    __slots__ = ("_stream", "content_type", "name", "size")

    def __init__(self, name: str, content_type: str, size: int, stream: BinaryIO) -> None:
        """Name and type are as its sender has them, `size` is in bytes; whoever opened the
        `stream` closes it."""
        self.name = name
        self.content_type = content_type
        self.size = size
        self._stream = stream

    def read(self) -> bytes:
        """All of it, as often as it is asked for."""
        self._stream.seek(0)
        return self._stream.read(self.size)


def encoded_form(fields: Mapping[str, bytes | Sequence[File]]) -> tuple[str, bytes]:
    """The media type and the body. Names are our own; values may be any bytes.

    The boundary is a digest of all fields: none of them can hold it, and the same form is the same
    bytes, by which a change that is asked for again is known. `BadUserInput` where one file is
    given twice: so a form is no larger than what was received for it.
    """
    parts = list(_parts(fields))
    digest = sha256()
    for head, content in parts:
        digest.update(b"%d %b %d " % (len(head), head, len(content)))
        digest.update(content)
    boundary = digest.hexdigest()[:32]
    line = b"--%b\r\nContent-Disposition: form-data; " % boundary.encode("ascii")
    pieces: list[bytes] = []
    for head, content in parts:
        pieces += (line, head, b"\r\n\r\n", content, b"\r\n")
    pieces.append(b"--%b--\r\n" % boundary.encode("ascii"))
    return f"multipart/form-data; boundary={boundary}", b"".join(pieces)


def _parts(fields: Mapping[str, bytes | Sequence[File]]) -> Iterator[tuple[bytes, bytes]]:
    """Of each part what tells it from others, and its content."""
    seen: set[int] = set()
    for name, value in fields.items():
        told = b'name="%b"' % name.encode("ascii")
        if isinstance(value, bytes):
            yield told, value
            continue
        for file in value:
            if id(file) in seen:
                raise BadUserInput("A file is given twice.")
            seen.add(id(file))
            yield told + _head(file), file.read()


def _head(file: File) -> bytes:
    """Nothing that a sender calls a file, or its type, gets out of its line or its quotes."""
    name = file_name(file.name).replace('"', "%22")
    content_type = file.content_type if _MEDIA_TYPE.fullmatch(file.content_type) else ANY_TYPE
    told = f'; filename="{name}"\r\nContent-Type: {content_type}'
    return told.encode()


def file_name(given: str) -> str:
    """The name without folders and what is no text; `file` where nothing is left of it."""
    name = _CONTROL.sub("_", _APART.split(given)[-1])[-LONGEST_NAME:]
    return name if name.strip(" .") else "file"
