"""The route of assets, which can be made and nothing else."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from gateway.sandbox.data.seeds import seeded, token
from gateway.sandbox.endpoint import Ask, Endpoint
from gateway.sandbox.filters import properties
from gateway.sandbox.forms import files_in
from gateway.sandbox.problem import bad_request
from gateway.sandbox.shelf import Shelf
from gateway.sandbox.urls import plain

Json = dict[str, Any]

MOST_BYTES = 10 * 1024 * 1024
SOUNDS, PICTURES = "audio/", "image/"


def create_asset(ask: Ask) -> Json:
    (file,) = files_in(properties("body", ask.body, {"file"}), "file")
    if not file.content_type.startswith((SOUNDS, PICTURES)):
        raise bad_request("file must be an image or audio")
    if not 0 < len(file.content) <= MOST_BYTES:
        raise bad_request("file must have 1 byte to 10 MB")
    shelf = ask.account.shelf("assets", lambda _: Shelf("asset", "asset_id", ()))
    rng = seeded(ask.account.world, "asset", len([*shelf]), ask.now_ms)
    asset_id = f"asset_{token(rng, 24)}"
    is_sound = file.content_type.startswith(SOUNDS)
    name = str(PurePath(file.name).with_suffix(".pcm")) if is_sound else file.name
    return shelf.put(
        {
            "asset_id": asset_id,
            "content_type": "audio/pcm" if is_sound else file.content_type,
            "created_timestamp": ask.now_ms,
            "file_name": name,
            "file_size": len(file.content),
            "url": plain(asset_id, "file"),
        }
    )


ENDPOINTS = (Endpoint("POST", "/create-asset", create_asset, form=True),)
