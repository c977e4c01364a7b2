"""Bodies that are forms (`multipart/form-data`): their fields as texts, and their files."""

from __future__ import annotations

from email import message_from_string
from email.policy import HTTP
from typing import Any, NamedTuple

from gateway.sandbox.problem import bad_request


class File(NamedTuple):
    """A file of a form."""

    name: str
    content_type: str
    content: bytes


def form(content_type: str, body: bytes) -> dict[str, Any]:
    """The fields by their names: a text, or a list of files. A `Problem` where the body is no
    form."""
    if not content_type.startswith("multipart/form-data;"):
        raise bad_request("Request body must be multipart/form-data")
    boundary = content_type.partition("boundary=")[2].strip('"').encode("latin-1")
    before, *parts = (b"\r\n" + body).split(b"\r\n--" + boundary)
    if not boundary or before or not parts or not parts.pop().startswith(b"--"):
        raise bad_request("Request body is not a valid form")
    fields: dict[str, Any] = {}
    for part in parts:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        told = message_from_string(head.decode("utf-8", "replace"), policy=HTTP)
        name = str(told.get_param("name", header="content-disposition"))
        if (file_name := told.get_filename()) is not None:
            files = fields.setdefault(name, [])
            files.append(File(file_name, told.get_content_type(), content))
            continue
        try:
            fields[name] = content.decode()
        except UnicodeDecodeError:
            raise bad_request("A field of the form is no text") from None
    return fields


def files_in(given: dict[str, Any], name: str, most: int = 1) -> list[File]:
    """The files of a field; a `Problem` where there are none, too many, or something else."""
    files = given.get(name)
    if not isinstance(files, list) or not 0 < len(files) <= most:
        raise bad_request(f"{name} must be 1 to {most} files")
    return files
