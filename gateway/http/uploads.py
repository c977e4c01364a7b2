"""Operations with files, as the GraphQL multipart request specification says (jaydenseric's):
read within limits, files beyond a megabyte on disk. Knows no schema.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from gateway.errors import BodyLimitExceeded, BodyTimeLimitExceeded
from gateway.http.body import (
    FORM,
    check_announced_length,
    check_charset,
    check_coding,
    media_type,
    too_large,
)
from gateway.http.parameters import decoded, from_body
from gateway.http.presence import ClientLeft
from gateway.http.problem import HttpProblem
from gateway.upstream.form import ANY_TYPE, File

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Mapping

    from starlette.datastructures import Headers
    from starlette.types import Receive

    from gateway.http.parameters import Parameters

OPERATIONS, MAP = "operations", "map"
DEEPEST = 20
"""Steps of a path to a variable."""
MOST_PLACES = 20
"""Of one file."""


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """How much of one request with files is read, and for how long in total."""

    most_bytes: int = 25 * 1024 * 1024
    file_bytes: int = 20 * 1024 * 1024
    files: int = 20
    seconds: float = 60.0
    field_bytes: int = 256 * 1024
    """Of what is no file: the operation, and where its files belong."""


def has_files(headers: Headers) -> bool:
    """Whether the body is such a form."""
    return media_type(headers)[0] == FORM


@asynccontextmanager
async def read_upload(
    receive: Receive, headers: Headers, limits: UploadLimits
) -> AsyncIterator[Parameters]:
    """The parameters of the request, the files in their places, which are open meanwhile."""
    check_coding(headers)
    check_charset(media_type(headers)[1])
    check_announced_length(headers, limits.most_bytes)
    async with aclosing(_pieces(receive, limits.most_bytes)) as pieces:
        form = Form(headers, pieces, limits)
        try:
            yield await _read(form, limits.seconds)
        finally:
            form.close()


async def _read(form: Form, seconds: float) -> Parameters:
    try:
        async with asyncio.timeout(seconds):
            parts = await form.parts()
    except TimeoutError:
        raise BodyTimeLimitExceeded("The body took too long to arrive.") from None
    except MultiPartException as error:
        raise HttpProblem(400, f"The form cannot be read: {error.message}") from None
    texts, files = _told_apart(parts)
    parameters = from_body(texts[OPERATIONS])
    _place(parameters.variables, decoded(texts[MAP], f"`{MAP}`"), files)
    return parameters


async def _pieces(receive: Receive, most: int) -> AsyncGenerator[bytes, None]:
    length, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft
        piece = message.get("body", b"")
        length += len(piece)
        if length > most:
            raise too_large(most)
        more = message.get("more_body", False)
        yield piece


class Form(MultiPartParser):
    """Starlette's parser, with limits on each part; whatever it opened is closed by `close`."""

    def __init__(
        self, headers: Headers, pieces: AsyncGenerator[bytes, None], limits: UploadLimits
    ) -> None:
        unlimited = float("inf")  # what counts here is counted below, with errors of our own
        super().__init__(
            headers,
            pieces,
            max_files=unlimited,
            max_fields=unlimited,
            max_part_size=limits.field_bytes,
        )
        self._limits = limits
        self._parts_left = limits.files + len((OPERATIONS, MAP))
        self._length = 0

    async def parts(self) -> list[tuple[str, str | UploadFile]]:
        """Names and contents, in their order."""
        return (await self.parse()).multi_items()

    def close(self) -> None:
        """Give back memory and disk."""
        for file in self._files_to_close_on_error:
            file.close()

    def on_part_begin(self) -> None:
        if not self._parts_left:
            raise BodyLimitExceeded(f"The form has more than {self._limits.files} files.")
        self._parts_left -= 1
        self._length = 0
        super().on_part_begin()

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        self._length += end - start
        if self._current_part.file is None:
            what, most = "A part that is no file", self._limits.field_bytes
        else:
            what, most = "A file", self._limits.file_bytes
        if self._length > most:
            raise BodyLimitExceeded(f"{what} is larger than {most} bytes.")
        super().on_part_data(data, start, end)

    def on_part_end(self) -> None:
        if self._current_part.file is None:
            try:
                self._current_part.data.decode()
            except UnicodeDecodeError:  # which would be taken for Latin-1
                raise HttpProblem(400, "A part that is no file is not UTF-8.") from None
        super().on_part_end()


def _told_apart(
    parts: list[tuple[str, str | UploadFile]],
) -> tuple[dict[str, bytes], dict[str, File]]:
    """The two texts, and the files by their names in the form."""
    texts: dict[str, bytes] = {}
    files: dict[str, File] = {}
    for name, part in parts:
        if name in texts or name in files:
            raise HttpProblem(400, f"{_shown(name)} is there twice.")
        if isinstance(part, UploadFile):
            files[name] = _file(part)
        elif name in (OPERATIONS, MAP):
            texts[name] = part.encode()
        else:
            raise HttpProblem(400, f"{_shown(name)} is no file, and nothing that is known.")
    for name in (OPERATIONS, MAP):
        if name not in texts:
            raise HttpProblem(400, f"`{name}` is missing.")
    return texts, files


def _file(part: UploadFile) -> File:
    return File(part.filename or "", part.content_type or ANY_TYPE, part.size or 0, part.file)


def _place(variables: dict[str, Any], places: object, files: Mapping[str, File]) -> None:
    """Put the files where the form says that they belong."""
    if not isinstance(places, dict):
        raise HttpProblem(400, f"`{MAP}` must be a JSON object with lists of paths.")
    if unnamed := files.keys() - places.keys():
        raise HttpProblem(400, f"`{MAP}` does not name the file {_shown(min(unnamed))}.")
    for name, paths in places.items():
        if name not in files:
            raise HttpProblem(400, f"The file {_shown(name)} is missing.")
        if not isinstance(paths, list) or not 0 < len(paths) <= MOST_PLACES:
            rule = f"`{MAP}` must have a list of 1 to {MOST_PLACES} paths for"
            raise HttpProblem(400, f"{rule} {_shown(name)}.")
        for path in paths:
            _put(variables, path, files[name])


def _put(variables: dict[str, Any], path: object, file: File) -> None:
    steps = path.split(".", DEEPEST) if isinstance(path, str) else []
    if len(steps) < 2 or steps[0] != "variables":
        raise HttpProblem(400, f"`{MAP}`: a path begins with `variables.`, not {_shown(path)}.")
    holder: Any = {"variables": variables}
    for step in steps[:-1]:
        holder = _inside(holder, step, path)[1]
    key, value = _inside(holder, steps[-1], path)
    if value is not None:
        raise HttpProblem(400, f"`{MAP}`: {_shown(path)} is not null.")
    holder[key] = file


def _inside(holder: Any, step: str, path: object) -> tuple[str | int, Any]:
    """The key or index that a step of a path names, and what is there."""
    if isinstance(holder, dict) and step in holder:
        return step, holder[step]
    if isinstance(holder, list) and step.isascii() and step.isdecimal() and len(step) < 5:
        index = int(step)
        if index < len(holder):
            return index, holder[index]
    raise HttpProblem(400, f"`{MAP}`: {_shown(path)} is not there.")


def _shown(value: object, most: int = 60) -> str:
    """Enough of it to find it again; in ASCII."""
    return ascii(value if isinstance(value, str) else type(value).__name__)[:most]
