"""Bodies that are forms (`multipart/form-data`): their fields as texts. Files are none."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import HTTP

from gateway.sandbox.problem import bad_request


def form(content_type: str, body: bytes) -> dict[str, str]:
    """The fields by their names; a `Problem` where the body is no form of texts."""
    if not content_type.startswith("multipart/form-data;"):
        raise bad_request("Request body must be multipart/form-data")
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1")
    parsed = message_from_bytes(head + body, policy=HTTP)
    if parsed.defects:
        raise bad_request("Request body is not a valid form")
    fields: dict[str, str] = {}
    for part in parsed.iter_parts():
        content = part.get_payload(decode=True)
        if part.get_filename() is not None or not isinstance(content, bytes):
            raise bad_request("The sandbox takes no files")
        try:
            fields[str(part.get_param("name", header="content-disposition"))] = content.decode()
        except UnicodeDecodeError:
            raise bad_request("A field of the form is no text") from None
    return fields
