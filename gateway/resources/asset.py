"""Assets: pictures and sounds that are given to Retell, and kept at an address of their own."""

from __future__ import annotations

from typing import Annotated, cast

import strawberry

from gateway.loaders import Change, Json
from gateway.schema.info import Info
from gateway.schema.mutation import Input, Payload, change, given
from gateway.schema.permissions import needs, scope
from gateway.schema.resource import Resource
from gateway.schema.scalars import URL, DateTime, Upload
from gateway.schema.types import input_type, object_type
from gateway.schema.uploads import MB, check_files
from gateway.upstream.endpoint import Endpoint

WRITE = scope("assets:write", "Give Retell pictures and sounds to keep.")

CREATE = Endpoint("POST", "/create-asset", form=True)

MOST_BYTES = 10 * MB


@object_type()
class Asset:
    """A picture or a sound that Retell keeps. Its API has no way to read, list or remove them."""

    asset_id: strawberry.ID | None
    """Retell's id of the asset."""
    content_type: str | None
    """Its media type, such as `image/png`."""
    created_timestamp: DateTime | None
    """When it was made."""
    file_name: str | None
    """What Retell calls the file: sounds become `.pcm`."""
    file_size: float | None
    """The file's size, in bytes."""
    url: URL | None
    """Where it is. Whoever has the URL can read it."""


@input_type()
class CreateAssetInput(Input):
    """What Retell is to keep."""

    file: Upload
    """A picture (PNG, JPEG, GIF, WebP or SVG), or a sound of up to 210 seconds (MP3, WAV, WebM,
    OGG, M4A, AAC or FLAC): up to 10 MB."""

    def wire(self) -> Json:
        """Retell's form; `BadUserInput` where it would not be one."""
        check_files([self.file], "file", most_bytes=MOST_BYTES)
        return given(self)


@object_type()
class CreateAssetPayload(Payload):
    """The outcome of `createAsset`."""

    asset: Asset | None
    """The new asset; null where none was made."""


@object_type()
class AssetMutations:
    """Root fields that make assets."""

    @strawberry.mutation
    @needs(WRITE)
    async def create_asset(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            CreateAssetInput, strawberry.argument(description="The file.")
        ],
    ) -> CreateAssetPayload | None:
        """Give Retell a picture or a sound, to be had at an address from then on. The file comes
        beside the operation: see `Upload`. It cannot be undone."""

        def prepare() -> Change:
            return Change(CREATE.request(body=input.wire()), lambda _: ())

        return cast(
            "CreateAssetPayload",
            await change(
                info, input, prepare, lambda asset: {"asset": asset}, "file", has_files=True
            ),
        )


RESOURCE = Resource(name="Asset", queries=None, mutations=AssetMutations, shows={CREATE: "Asset"})
