"""The sandbox's knowledge bases, driven by the official SDK with strict validation."""

from __future__ import annotations

import pytest
from retell import BadRequestError, UnprocessableEntityError
from retell.types import KnowledgeBaseResponse

from gateway.sandbox.app import Sandbox, create_sandbox
from tests.contract.test_sandbox_with_sdk import fields_declared, fields_seen
from tests.sandbox.asking import KEY_A, KEY_B, Clock, plain, sdk


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock) -> Sandbox:
    return create_sandbox(clock=clock, calls=1)


async def test_every_field_and_every_state_occurs(sandbox: Sandbox) -> None:
    client = sdk(sandbox)
    listed = await client.knowledge_base.list()
    assert {base.status for base in listed} == {
        "complete",
        "error",
        "in_progress",
        "refreshing_in_progress",
    }
    seen = fields_seen(listed)
    assert fields_declared(KnowledgeBaseResponse) - seen == set()
    for base in listed:
        assert await client.knowledge_base.retrieve(base.knowledge_base_id) == base


async def test_each_key_has_its_own(sandbox: Sandbox) -> None:
    ids = [
        {base.knowledge_base_id for base in await sdk(sandbox, key).knowledge_base.list()}
        for key in (KEY_A, KEY_B)
    ]
    assert [len(of) for of in ids] == [5, 5]
    assert ids[0] & ids[1] == set()
    with pytest.raises(UnprocessableEntityError):
        await sdk(sandbox, KEY_B).knowledge_base.retrieve(min(ids[0]))


async def test_indexing_comes_to_an_end(sandbox: Sandbox, clock: Clock) -> None:
    client = sdk(sandbox)
    base = (await client.knowledge_base.list())[4]
    assert (base.status, base.knowledge_base_sources) == ("in_progress", None)
    clock.forward(30)
    base = await client.knowledge_base.retrieve(base.knowledge_base_id)
    assert (base.status, len(base.knowledge_base_sources or ())) == ("complete", 1)


async def test_one_is_made_filled_and_emptied(sandbox: Sandbox, clock: Clock) -> None:
    client = sdk(sandbox)
    made = await client.knowledge_base.create(
        knowledge_base_name="Häuser",
        knowledge_base_texts=[{"title": "A", "text": "Ä\nb"}],
        knowledge_base_urls=["https://example.com/a", "https://example.com/b"],
        enable_auto_refresh=True,
        max_chunk_size=600,
        min_chunk_size=200,
    )
    id_ = made.knowledge_base_id
    assert made.to_dict() == {
        "knowledge_base_id": id_,
        "knowledge_base_name": "Häuser",
        "max_chunk_size": 600,
        "min_chunk_size": 200,
        "enable_auto_refresh": True,
        "status": "in_progress",
    }
    assert (await client.knowledge_base.list())[-1] == made
    clock.forward(5)
    indexed = await client.knowledge_base.retrieve(id_)
    kinds = [source.type for source in indexed.knowledge_base_sources or ()]
    assert (indexed.status, kinds) == ("complete", ["text", "url", "url"])
    more = await client.knowledge_base.add_sources(id_, knowledge_base_urls=["https://c.example"])
    assert (more.status, len(more.knowledge_base_sources or ())) == ("refreshing_in_progress", 3)
    again = await client.knowledge_base.add_sources(
        id_, knowledge_base_texts=[{"title": "T", "text": "t"}]
    )
    assert len(again.knowledge_base_sources or ()) == 3
    clock.forward(5)
    sources = (await client.knowledge_base.retrieve(id_)).knowledge_base_sources or []
    assert [source.type for source in sources] == ["text", "url", "url", "url", "text"]
    assert len({source.source_id for source in sources}) == 5
    left = await client.knowledge_base.delete_source(sources[3].source_id, knowledge_base_id=id_)
    assert left.knowledge_base_sources == [*sources[:3], sources[4]]
    with pytest.raises(UnprocessableEntityError):
        await client.knowledge_base.delete_source(sources[3].source_id, knowledge_base_id=id_)
    await client.knowledge_base.delete(id_)
    for gone in (client.knowledge_base.retrieve(id_), client.knowledge_base.delete(id_)):
        with pytest.raises(UnprocessableEntityError):
            await gone
    sandbox.reset()
    assert len(await client.knowledge_base.list()) == 5


@pytest.mark.parametrize(
    "given",
    [
        {"knowledge_base_name": ""},
        {"knowledge_base_name": "x" * 40},
        {"knowledge_base_name": "x", "min_chunk_size": 500, "max_chunk_size": 500},
        {"knowledge_base_name": "x", "min_chunk_size": "many"},
        {"knowledge_base_name": "x", "extra_body": {"colour": "red"}},
        {"knowledge_base_name": "x", "knowledge_base_texts": [{"title": "no text"}]},
        {"knowledge_base_name": "x", "knowledge_base_urls": ["ftp://example.com"]},
        {"knowledge_base_name": "x", "knowledge_base_urls": {}},
        {"knowledge_base_name": "x", "knowledge_base_urls": "{"},
        {"knowledge_base_name": "x", "knowledge_base_files": [("a.txt", b"a")] * 26},
        {"knowledge_base_name": "x", "extra_body": {"knowledge_base_files": "a"}},
    ],
)
async def test_what_retell_would_not_take_is_refused(
    sandbox: Sandbox, given: dict[str, object]
) -> None:
    with pytest.raises(BadRequestError):
        await sdk(sandbox).knowledge_base.create(**given)  # type: ignore[arg-type]  # wrong on purpose


async def test_nothing_is_not_added(sandbox: Sandbox) -> None:
    client = sdk(sandbox)
    id_ = (await client.knowledge_base.list())[0].knowledge_base_id
    with pytest.raises(BadRequestError):
        await client.knowledge_base.add_sources(id_, knowledge_base_urls=[])


@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        ("application/json", b"{}"),
        ("multipart/form-data; boundary=b", b"--c--"),
        ("multipart/form-data", b""),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\xff\r\n--b--\r\n',
        ),
    ],
)
async def test_what_is_no_form_of_texts_is_refused(
    sandbox: Sandbox, content_type: str, content: bytes
) -> None:
    headers = {"content-type": content_type}
    async with plain(sandbox) as client:
        answer = await client.post("/create-knowledge-base", content=content, headers=headers)
    assert answer.status_code == 400
