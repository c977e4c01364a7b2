"""The sandbox's contacts, judged by the official SDK with strict response validation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from retell import BadRequestError, ConflictError, NotFoundError
from retell.types import ContactGetImportResponse, ContactListResponse, ContactResponse
from retell.types.contact_list_conversations_response import ContactListConversationsResponse

from gateway.sandbox.app import Sandbox, create_sandbox
from tests.contract.test_sandbox_with_sdk import fields_declared, fields_seen
from tests.sandbox.asking import KEY_A, KEY_B, NOW_MS, Clock, sdk

if TYPE_CHECKING:
    from retell import AsyncRetell

NUMBER = "+14155550199"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def small(clock: Clock) -> Sandbox:
    return create_sandbox(clock=clock, calls=100)


async def every(client: AsyncRetell, **asked: Any) -> list[ContactResponse]:
    return (await client.contact.list(limit=1000, **asked)).items


async def test_every_field_of_a_contact_occurs(small: Sandbox) -> None:
    page = await sdk(small).contact.list(limit=5)
    items = await every(sdk(small))
    seen = fields_seen(page) | fields_seen(items)
    assert fields_declared(ContactListResponse) - seen == set()
    assert page.total == len(items)


async def test_every_field_of_a_conversation_occurs(small: Sandbox) -> None:
    client = sdk(small)
    seen = set()
    for contact in await every(client):
        page = await client.contact.list_conversations(contact.contact_id, limit=1)
        whole = await client.contact.list_conversations(contact.contact_id)
        seen |= fields_seen(page) | fields_seen(whole)
        assert len(whole.items) == contact.conversation_count
        starts = [each.start_timestamp for each in whole.items if each.start_timestamp]
        assert starts == sorted(starts, reverse=True)
        assert contact.last_conversation_timestamp == (starts[0] if starts else None)
    assert fields_declared(ContactListConversationsResponse) - seen == set()


async def test_conversations_are_calls_that_can_be_read(small: Sandbox) -> None:
    client = sdk(small)
    read = 0
    for contact in (await every(client))[:6]:
        for each in (await client.contact.list_conversations(contact.contact_id)).items:
            if each.type == "call":
                call = await client.call.retrieve(each.call_id)
                assert call.call_type == "phone_call"
                assert contact.phone_number in (call.from_number, call.to_number)
                assert each.start_timestamp == call.start_timestamp
                read += 1
    assert read >= 6


async def test_conversations_are_paged_and_take_no_order(small: Sandbox) -> None:
    client = sdk(small)
    contact = next(each for each in await every(client) if (each.conversation_count or 0) > 2)
    whole = await client.contact.list_conversations(contact.contact_id)
    ids, page = [], await client.contact.list_conversations(contact.contact_id, limit=1)
    ids += page.items
    while page.pagination_key is not None:
        page = await client.contact.list_conversations(
            contact.contact_id, limit=1, pagination_key=page.pagination_key
        )
        ids += page.items
    assert ids == whole.items
    with pytest.raises(BadRequestError):
        await client.contact.list_conversations(
            contact.contact_id, extra_query={"sort_order": "ascending"}
        )


async def test_a_contact_is_found_by_id_and_by_number(small: Sandbox) -> None:
    client = sdk(small)
    contact = (await every(client))[0]
    assert await client.contact.get(contact.contact_id) == contact
    assert await client.contact.get_by_phone(contact.phone_number) == contact
    with pytest.raises(NotFoundError):
        await client.contact.get("contact_of_nobody")
    with pytest.raises(NotFoundError):
        await client.contact.get_by_phone("+10000000000")
    with pytest.raises(NotFoundError):
        await client.contact.list_conversations("contact_of_nobody")


async def test_contacts_are_listed_newest_first_or_oldest_first(small: Sandbox) -> None:
    client = sdk(small)
    down, up = await every(client), await every(client, sort_order="asc")
    assert [each.contact_id for each in up] == [each.contact_id for each in down][::-1]
    made = [each.created_timestamp for each in up]
    assert made == sorted(made)
    second = await client.contact.list(limit=2, skip=2)
    assert second.items == down[2:4]
    with pytest.raises(BadRequestError):
        await client.contact.list(sort_order="descending")  # type: ignore[arg-type]  # other lists' word


def string(op: str, value: str) -> dict[str, str]:
    return {"type": "string", "op": op, "value": value}


async def test_contacts_are_found_by_what_a_filter_says(small: Sandbox) -> None:
    client = sdk(small)
    contacts = await every(client)
    one = next(each for each in contacts if each.external_id and each.contact_tags)
    assert one.contact_tags is not None
    tag = one.contact_tags[0].id
    last = one.last_conversation_timestamp or 0
    plan = {"type": "string", "op": "eq", "key": "plan", "value": "gold"}
    expected = {
        "contact_id": (string("eq", one.contact_id), [one]),
        "phone_number": (string("eq", one.phone_number), [one]),
        "external_id": (
            {"type": "present", "op": "np"},
            [each for each in contacts if each.external_id is None],
        ),
        "do_not_call": (
            {"type": "boolean", "op": "eq", "value": True},
            [each for each in contacts if each.do_not_call],
        ),
        "contact_tag_ids": (
            {"type": "enum", "op": "in", "value": [tag]},
            [c for c in contacts if tag in [each.id for each in c.contact_tags or ()]],
        ),
        "last_conversation_timestamp": (
            {"type": "number", "op": "ge", "value": last},
            [each for each in contacts if (each.last_conversation_timestamp or 0) >= last],
        ),
        "custom_fields": (
            [plan],
            [each for each in contacts if each.to_dict()["custom_fields"]["plan"] == "gold"],  # type: ignore[index]  # a free map
        ),
    }
    for name, (criterion, found) in expected.items():
        criteria: Any = {name: criterion}
        assert await every(client, filter_criteria=criteria) == found, name
        assert 0 < len(found) < len(contacts), name


async def test_contacts_are_searched_for_and_left_out(small: Sandbox) -> None:
    client = sdk(small)
    contacts = await every(client)
    named = next(each for each in contacts if each.first_name)
    assert named.first_name is not None
    found = await every(client, search_query=named.first_name.upper())
    assert named in found
    assert len(found) < len(contacts)
    assert await every(client, search_query=named.phone_number[2:]) == [named]
    ids = [each.contact_id for each in contacts[1:]]
    assert await every(client, excluded_contact_ids=ids) == contacts[:1]
    for wrong in (
        {"search_query": 7},
        {"excluded_contact_ids": ["x"] * 1001},
        {"filter_criteria": {"first_name": string("eq", "Ada")}},
    ):
        asked: Any = wrong
        with pytest.raises(BadRequestError):
            await client.contact.list(**asked)


async def test_a_contact_is_made_changed_and_deleted(small: Sandbox, clock: Clock) -> None:
    client = sdk(small)
    config = await client.crm.get_config()
    assert config.contact_tags is not None
    tag = config.contact_tags[1]
    made = await client.contact.create(
        phone_number=NUMBER,
        first_name="Ida",
        contact_tag_ids=[tag.id, "f" * 32],
        custom_fields={"plan": "gold", "seats": 2},
    )
    assert (made.first_name, made.do_not_call, made.created_timestamp) == ("Ida", False, NOW_MS)
    assert made.contact_tags is not None
    assert [each.label for each in made.contact_tags] == [tag.label]
    assert await client.contact.get_by_phone(NUMBER) == made
    clock.forward(60)
    changed = await client.contact.update(
        made.contact_id,
        contact_memory="Likes tea.",
        custom_fields={"seats": None},
        do_not_call=True,
        contact_tag_ids=[],
    )
    assert changed.to_dict() == {
        **made.to_dict(),
        "contact_memory": "Likes tea.",
        "custom_fields": {"plan": "gold"},
        "do_not_call": True,
        "contact_tags": [],
        "user_modified_timestamp": NOW_MS + 60_000,
    }
    emptied = await client.contact.update(made.contact_id, contact_memory=None)
    assert "contact_memory" not in emptied.to_dict()
    await client.contact.delete(made.contact_id)
    with pytest.raises(NotFoundError):
        await client.contact.get(made.contact_id)
    with pytest.raises(NotFoundError):
        await client.contact.delete(made.contact_id)
    with pytest.raises(NotFoundError):
        await client.contact.update(made.contact_id, first_name="x")


async def test_what_cannot_be_a_contact_is_refused(small: Sandbox) -> None:
    client = sdk(small)
    contact = (await every(client))[0]
    with pytest.raises(ConflictError):
        await client.contact.create(phone_number=contact.phone_number)
    with pytest.raises(BadRequestError):
        await client.contact.create(phone_number="nobody")
    wrong: list[dict[str, Any]] = [
        {"first_name": 7},
        {"custom_fields": {"unheard_of": 1}},
        {"extra_body": {"phone_number": NUMBER}},
    ]
    for given in wrong:
        with pytest.raises(BadRequestError):
            await client.contact.update(contact.contact_id, **given)


COLUMNS: Any = [
    {"field_name": "phone_number", "external_field_name": "Phone"},
    {"field_name": "first_name", "external_field_name": "Name"},
]


async def test_an_import_is_queued_then_under_way_then_over(small: Sandbox, clock: Clock) -> None:
    client = sdk(small)
    assert (await client.contact.get_import()).to_dict() == {"status": "idle"}
    begun = await client.contact.create_import(column_mapping=COLUMNS, upload_id="upload_1")
    assert begun.status == "queued"
    with pytest.raises(ConflictError):
        await client.contact.create_import(column_mapping=COLUMNS, upload_id="upload_1")
    clock.forward(12)
    half = await client.contact.get_import()
    assert (half.status, half.succeeded, half.failed) == ("running", 11, 1)
    assert fields_declared(ContactGetImportResponse) == fields_seen(half)
    clock.forward(12)
    over = await client.contact.get_import()
    assert (over.status, over.succeeded, over.failed) == ("idle", 23, 2)
    with pytest.raises(BadRequestError):
        await client.contact.create_import(column_mapping=COLUMNS[1:], upload_id="upload_1")
    with pytest.raises(NotFoundError):
        await client.contact.create_import(column_mapping=COLUMNS, upload_id="nothing")


async def test_a_backfill_takes_fields_that_are_mapped(small: Sandbox, clock: Clock) -> None:
    client = sdk(small)
    assert (await client.contact.get_backfill_job_status()).status == "idle"
    begun = await client.contact.backfill_analysis_data(
        backfill_attributes=["plan", "contact_memory"],
        backfill_call_filter={"start_timestamp": {"type": "number", "op": "ge", "value": 1}},
    )
    assert begun.triggered_by == "manual"
    assert (await client.contact.get_backfill_job_status()).status == "queued"
    clock.forward(60)
    assert (await client.contact.backfill_analysis_data(backfill_attributes=["plan"])).failed == 0
    for wanted in ([], ["seats"]):
        with pytest.raises(BadRequestError):
            await client.contact.backfill_analysis_data(backfill_attributes=wanted)


async def test_each_key_has_contacts_of_its_own(small: Sandbox) -> None:
    ids = [{each.contact_id for each in await every(sdk(small, key))} for key in (KEY_A, KEY_B)]
    assert ids[0] & ids[1] == set()
    with pytest.raises(NotFoundError):
        await sdk(small, KEY_A).contact.get(min(ids[1]))


async def test_a_key_without_calls_has_contacts_all_the_same() -> None:
    client = sdk(create_sandbox(clock=Clock(), calls=0), KEY_A)
    assert len(await every(client)) >= 12
