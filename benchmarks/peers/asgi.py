"""The floor: an application without any GraphQL that reads the body and sends the right bytes.

`python -m benchmarks.peers.asgi PORT ANSWERS` serves it; ANSWERS is a JSON file of answers by
request body, and for new documents by what follows the document.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import orjson
import uvicorn


class Floor:
    """An ASGI application over ready answers."""

    def __init__(self, answers: dict[str, str]) -> None:
        self._answers = {body.encode(): answer.encode() for body, answer in answers.items()}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        message = await receive()
        body = message.get("body", b"")
        while message.get("more_body"):
            message = await receive()
            body += message.get("body", b"")
        answer = self._answers.get(body) or self._answers.get(variables_of(body), b"{}")
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(answer)).encode()),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})


def variables_of(body: bytes) -> bytes:
    """The end of the body: all that says which answer is wanted, whatever the document's name."""
    return body[body.rfind(b'"variables"') :]


if __name__ == "__main__":
    port, answers = sys.argv[1:]
    app = Floor(orjson.loads(Path(answers).read_bytes()))
    uvicorn.run(app, port=int(port), log_level="warning", access_log=False, lifespan="off")
