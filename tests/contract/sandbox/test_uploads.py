"""What the sandbox takes as files, driven by the official SDK with strict validation."""

from __future__ import annotations

from typing import Any, get_args, get_type_hints

import pytest
from retell import BadRequestError, NotFoundError
from retell.types import AssetCreateResponse, ContactUploadImportFileResponse, VoiceCloneParams

from gateway.sandbox.app import Sandbox, create_sandbox
from tests.contract.test_sandbox_with_sdk import fields_declared, fields_seen
from tests.sandbox.asking import KEY_A, KEY_B, Clock, plain, sdk

SOUND = ("voice.wav", b"RIFF\0\r\n--x", "audio/wav")
PICTURE = ("Grüße.png", b"\x89PNG\r\n\r\n", "image/png")
COLUMNS: Any = [{"external_field_name": "Phone", "field_name": "phone_number"}]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock) -> Sandbox:
    return create_sandbox(clock=clock, calls=1)


async def test_a_picture_is_kept_as_it_is_and_a_sound_as_pcm(sandbox: Sandbox) -> None:
    client = sdk(sandbox)
    picture = await client.asset.create(file=PICTURE)
    sound = await client.asset.create(file=SOUND)
    for asset in (picture, sound):
        assert fields_declared(AssetCreateResponse) - fields_seen(asset) == set()
    assert (picture.file_name, picture.content_type) == ("Grüße.png", "image/png")
    assert picture.file_size == len(PICTURE[1])
    assert (sound.file_name, sound.content_type) == ("voice.pcm", "audio/pcm")
    assert picture.url == f"https://files.retell.example/{picture.asset_id}/file"
    ids = {
        picture.asset_id,
        sound.asset_id,
        (await sdk(sandbox, KEY_A).asset.create(file=PICTURE)).asset_id,
    }
    assert len(ids) == 3


@pytest.mark.parametrize(
    "file",
    [
        ("a.txt", b"a", "text/plain"),
        ("a.png", b"", "image/png"),
        ("a.png", b"x" * (10 * 1024 * 1024 + 1), "image/png"),
    ],
)
async def test_what_is_no_asset_is_refused(sandbox: Sandbox, file: tuple[str, bytes, str]) -> None:
    with pytest.raises(BadRequestError, match="file must"):
        await sdk(sandbox).asset.create(file=file)


async def test_recordings_become_a_voice_of_each_provider(sandbox: Sandbox) -> None:
    client = sdk(sandbox)
    before = await client.voice.list()
    made = [
        await client.voice.clone(files=[SOUND], voice_name="Ada", voice_provider=provider)
        for provider in get_args(get_type_hints(VoiceCloneParams)["voice_provider"])
    ]
    assert len(made) == 6
    assert await client.voice.list() == [*before, *made]
    for voice in made:
        assert voice.voice_name == "Ada"
        assert await client.voice.retrieve(voice.voice_id) == voice
    assert await sdk(sandbox, KEY_A).voice.list() != await client.voice.list()
    sandbox.reset()
    assert await client.voice.list() == before


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"files": []}, "files must be 1 to 25 files"),
        ({"files": [SOUND] * 2, "voice_provider": "cartesia"}, "files must be 1 to 1 files"),
        ({"files": [SOUND] * 4, "voice_provider": "inworld"}, "files must be 1 to 3 files"),
        ({"files": [PICTURE]}, "files must be audio"),
        ({"files": [("a.wav", b"", "audio/wav")]}, "files must be audio"),
        ({"voice_provider": "openai"}, "voice_provider must be one of elevenlabs"),
        ({"voice_name": ""}, "voice_name must be a string that is not empty"),
        ({"voice_name": "x" * 201}, "voice_name must not be longer than 200 characters"),
        ({"extra_body": {"colour": "red"}}, "unknown property colour"),
    ],
)
async def test_what_makes_no_voice_is_refused(
    sandbox: Sandbox, given: dict[str, Any], message: str
) -> None:
    usual: dict[str, Any] = {
        "files": [SOUND],
        "voice_name": "Ada",
        "voice_provider": "elevenlabs",
    }
    with pytest.raises(BadRequestError, match=message):
        await sdk(sandbox).voice.clone(**usual | given)


async def test_a_file_of_contacts_is_imported_by_its_id(sandbox: Sandbox, clock: Clock) -> None:
    client = sdk(sandbox)
    file = await client.contact.upload_import_file(file=("c.csv", b"Phone\n+1\n+2\n+3", "text/csv"))
    assert fields_declared(ContactUploadImportFileResponse) - fields_seen(file) == set()
    assert file.file_name == "c.csv"
    id_ = str(file.upload_id)
    with pytest.raises(NotFoundError):
        await sdk(sandbox, KEY_A).contact.create_import(column_mapping=COLUMNS, upload_id=id_)
    await client.contact.create_import(column_mapping=COLUMNS, upload_id=id_)
    clock.forward(60)
    job = await client.contact.get_import()
    assert (job.succeeded, job.failed) == (3, 0)
    for given in (("c.csv", b"Phone"), ("c.csv", b"")):
        with pytest.raises(BadRequestError, match="a header and rows"):
            await client.contact.upload_import_file(file=given)


async def test_files_are_sources_of_a_knowledge_base(sandbox: Sandbox, clock: Clock) -> None:
    client = sdk(sandbox)
    made = await client.knowledge_base.create(
        knowledge_base_name="Notes",
        knowledge_base_files=[("a.txt", b"a\r\n"), ("b.md", b"bb", "text/markdown")],
        knowledge_base_urls=["https://example.com"],
    )
    id_ = made.knowledge_base_id
    await client.knowledge_base.add_sources(id_, knowledge_base_files=[("c.txt", b"ccc")])
    clock.forward(5)
    base = await client.knowledge_base.retrieve(id_)
    told = [source.to_dict() for source in base.knowledge_base_sources or ()]
    kinds = [(each["type"], each.get("filename"), each.get("file_size")) for each in told]
    documents = [("document", "a.txt", 3), ("document", "b.md", 2)]
    assert kinds == [*documents, ("url", None, None), ("document", "c.txt", 3)]
    large = ("a.txt", b"x" * (50 * 1024 * 1024 + 1))
    with pytest.raises(BadRequestError, match="up to 50 MB"):
        await client.knowledge_base.add_sources(id_, knowledge_base_files=[large])


@pytest.mark.parametrize("path", ["create-asset", "upload-contact-import-file"])
async def test_a_text_is_no_file(sandbox: Sandbox, path: str) -> None:
    async with plain(sandbox, KEY_B) as client:
        none = await client.post(f"/{path}", files={"other": PICTURE})
        text = await client.post(f"/{path}", data={"file": "x"}, files={"file ": PICTURE})
    assert (none.status_code, text.status_code) == (400, 400)
