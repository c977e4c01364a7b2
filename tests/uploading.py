"""Requests with files, as clients send them by the GraphQL multipart request specification."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

if TYPE_CHECKING:
    import httpx

    from tests.world import JsonObject, World

BOUNDARY = "x-boundary-x"
FORM = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}

CREATE_ASSET = """mutation ($input: CreateAssetInput!) { createAsset(input: $input) {
  clientMutationId asset { assetId contentType createdTimestamp fileName fileSize url }
  userErrors { field message code }
} }"""
CLONE_VOICE = """mutation ($input: CloneVoiceInput!) { cloneVoice(input: $input) {
  voice { voiceId voiceName provider } userErrors { field message code }
} }"""


class Sent(NamedTuple):
    """A file as a client sends it."""

    name: str = "picture.png"
    content: bytes = b"\x89PNG\r\n--x-boundary-y\r\n"
    content_type: str | None = "image/png"


PICTURE = Sent()
SOUND = Sent("voice.wav", b"RIFF\0\0", "audio/wav")


def part(name: str, content: bytes, told: str = "") -> bytes:
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{told}\r\n\r\n'
    return head.encode() + content + b"\r\n"


def file_part(name: str, file: Sent) -> bytes:
    told = f'; filename="{file.name}"'
    if file.content_type is not None:
        told += f"\r\nContent-Type: {file.content_type}"
    return part(name, file.content, told)


END = f"--{BOUNDARY}--\r\n".encode()


def form(operations: object, places: object, files: dict[str, Sent]) -> bytes:
    """Operations, map and files, in their order."""
    parts = [part("operations", orjson.dumps(operations)), part("map", orjson.dumps(places))]
    return b"".join([*parts, *(file_part(name, each) for name, each in files.items()), END])


def asset_form(file: Sent = PICTURE, **more: Any) -> bytes:
    """What asks for an asset to be made of a file."""
    operations = {"query": CREATE_ASSET, "variables": {"input": {"file": None} | more}}
    return form(operations, {"0": ["variables.input.file"]}, {"0": file})


async def send(it: World, content: bytes, **headers: str) -> httpx.Response:
    """Send a form."""
    return await it.http.post("/graphql", content=content, headers=FORM | headers)


async def uploaded(
    it: World, query: str, variables: JsonObject, files: dict[str, Sent], **headers: str
) -> JsonObject:
    """The answer where files stand for the variables that their paths name."""
    places = {str(number): [f"variables.{path}"] for number, path in enumerate(files)}
    numbered = {str(number): file for number, file in enumerate(files.values())}
    content = form({"query": query, "variables": variables}, places, numbered)
    response = await send(it, content, **headers)
    answer: JsonObject = response.json()
    return answer
