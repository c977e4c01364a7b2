"""A form as the bytes of `multipart/form-data` (RFC 7578), for fields without files."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def encoded_form(fields: Mapping[str, bytes]) -> tuple[str, bytes]:
    """The media type and the body. Names are our own; values may be any bytes.

    The boundary is a digest of all fields: none of them can hold it, and the same form is the same
    bytes, by which a change that is asked for again is known.
    """
    digest = sha256()
    for name, value in fields.items():
        digest.update(b"%b %d %b" % (name.encode("ascii"), len(value), value))
    boundary = digest.hexdigest()[:32]
    parts = [
        b'--%b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n'
        % (boundary.encode("ascii"), name.encode("ascii"), value)
        for name, value in fields.items()
    ]
    end = b"--%b--\r\n" % boundary.encode("ascii")
    return f"multipart/form-data; boundary={boundary}", b"".join((*parts, end))
