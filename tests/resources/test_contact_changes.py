"""What changes of contacts send, what they refuse, what they touch and what they answer."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from gateway.sandbox.faults import Fault
from gateway.schema.permissions import SCOPES
from tests.resources.test_contact_reading import full, told
from tests.world import World, faults, world

CREATE, UPDATE = "POST /create-contact", "PATCH /update-contact"
DELETE, IMPORT = "DELETE /delete-contact", "POST /create-contact-import"
BACKFILL = "POST /backfill-contact-analysis-data"
NUMBER = "+12125550999"
CONTACT = "contact { contactId phoneNumber firstName contactMemory }"
COLUMNS = [{"fieldName": "phone_number", "externalFieldName": "Phone"}]


def change(name: str, selection: str) -> str:
    type_ = f"{name[0].upper()}{name[1:]}Input"
    return (
        f"mutation ($input: {type_}!) {{ {name}(input: $input) {{ {selection} "
        "userErrors { field message code } } }"
    )


CHANGES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "createContact": (CREATE, CONTACT, {"phoneNumber": NUMBER}),
    "updateContact": (UPDATE, CONTACT, {"contactId": "contact_1", "firstName": "Ida"}),
    "deleteContact": (DELETE, "deletedContactId", {"contactId": "contact_1"}),
    "createContactImport": (
        IMPORT,
        "job { status }",
        {"uploadId": "upload_1", "columnMapping": COLUMNS},
    ),
    "backfillContacts": (BACKFILL, "job { status }", {"backfillAttributes": ["contact_memory"]}),
}
"""Of each: the endpoint, what it shows, and an input that it takes."""


async def made(it: World, name: str, /, **input_: Any) -> Any:
    _endpoint, selection, given = CHANGES[name]
    return await it.answer(change(name, selection), {"input": given | input_})


@pytest.mark.parametrize("name", CHANGES)
async def test_without_the_scope_nothing_is_sent(name: str) -> None:
    async with world(calls=1, scopes=SCOPES.keys() - {"contacts:write"}) as it:
        assert faults(await made(it, name)) == [(name, "FORBIDDEN")]
        assert it.requests == {}


async def test_who_may_only_change_contacts_reads_no_conversations_by_a_change() -> None:
    selection = "contact { contactId conversations { nodes { summary } } }"
    async with world(calls=1, scopes=["contacts:write"]) as it:
        input_ = {"phoneNumber": NUMBER}
        answer = await it.answer(change("createContact", selection), {"input": input_})
        assert faults(answer) == [("createContact.contact.conversations", "FORBIDDEN")]
        assert it.requests == {CREATE: 1}


@pytest.mark.parametrize("name", CHANGES)
async def test_a_change_whose_answer_is_lost_is_sent_once(name: str) -> None:
    async with world(calls=1) as it:
        it.sandbox.faults.set([Fault(status=500)])
        for _ in range(2):
            answer = await made(it, name, clientMutationId="the-same-change")
            assert faults(answer) == [(name, "OUTCOME_UNKNOWN")]
        assert it.requests == {CHANGES[name][0]: 1}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize(
    ("status", "code"), [(400, "BAD_USER_INPUT"), (404, "NOT_FOUND"), (409, "CONFLICT")]
)
async def test_what_a_person_can_mend_is_a_user_error(name: str, status: int, code: str) -> None:
    blamed = {
        "createContact": "phoneNumber",
        "createContactImport": "uploadId",
        "backfillContacts": "backfillAttributes",
    }.get(name, "contactId")
    async with world(calls=1) as it:
        it.sandbox.faults.set([Fault(status=status)])
        payload = (await made(it, name))["data"][name]
        (error,) = payload.pop("userErrors")
        assert error["code"] == code
        assert status == 400 or error["field"] == [blamed]
        assert list(payload.values()) == [None]


# --- One contact -------------------------------------------------------------------------------


async def test_a_contact_is_made_with_what_is_given() -> None:
    async with world(calls=1) as it:
        tag = (await told(it, "/get-crm-config"))["contact_tags"][0]["id"]
        input_ = {
            "firstName": "Ida",
            "lastName": "Boje",
            "contactMemory": None,
            "contactTagIds": [tag],
            "customFields": {"plan": "gold", "seats": None},
            "doNotCall": True,
            "clientMutationId": "make-ida-once",
        }
        for _ in range(2):
            answer = await made(it, "createContact", **input_)
            payload = answer["data"]["createContact"]
            assert payload["userErrors"] == []
            assert payload["contact"]["phoneNumber"] == NUMBER
        assert it.requests == {CREATE: 1}
        assert orjson.loads(it.sent[-1].content) == {
            "phone_number": NUMBER,
            "first_name": "Ida",
            "last_name": "Boje",
            "contact_memory": None,
            "contact_tag_ids": [tag],
            "custom_fields": {"plan": "gold", "seats": None},
            "do_not_call": True,
        }


async def test_a_new_contact_leaves_a_line_in_the_audit_and_is_not_read_again() -> None:
    async with world(calls=1) as it:
        answer = await made(it, "createContact", firstName="Ida")
        contact = answer["data"]["createContact"]["contact"]
        (line,) = map(orjson.loads, it.audited)
        assert (line["type"], line["ids"]) == ("Contact", [contact["contactId"]])
        assert line["fields"] == ["contactMemory", "firstName", "phoneNumber"]
        assert it.requests == {CREATE: 1}


async def test_an_update_sends_what_is_given_and_null_empties() -> None:
    async with world(calls=20) as it:
        id_ = (await full(it))["contact_id"]
        answer = await made(it, "updateContact", contactId=id_, contactMemory=None)
        payload = answer["data"]["updateContact"]
        assert payload["contact"]["firstName"] == "Ida"
        assert payload["contact"]["contactMemory"] is None
        assert it.requests == {UPDATE: 1}
        assert it.sent[-1].url.path == f"/update-contact/{id_}"
        assert orjson.loads(it.sent[-1].content) == {"first_name": "Ida", "contact_memory": None}


WRONG: list[tuple[str, dict[str, Any], str | None]] = [
    ("createContact", {"phoneNumber": "nobody"}, "phoneNumber"),
    ("createContact", {"firstName": None}, "firstName"),
    ("createContact", {"customFields": [1]}, "customFields"),
    ("createContact", {"customFields": None}, "customFields"),
    ("updateContact", {"contactId": "../x"}, "contactId"),
    ("updateContact", {"lastName": None}, "lastName"),
    ("updateContact", {"doNotCall": None}, "doNotCall"),
    ("updateContact", {"customFields": "x"}, "customFields"),
    ("updateContact", {"contactTagIds": None}, "contactTagIds"),
    ("deleteContact", {"contactId": "../x"}, "contactId"),
    ("createContactImport", {"columnMapping": []}, "columnMapping"),
    ("createContactImport", {"columnMapping": COLUMNS * 2}, "columnMapping"),
    ("createContactImport", {"defaultCountry": None}, "defaultCountry"),
    ("backfillContacts", {"backfillAttributes": []}, None),
    ("backfillContacts", {"backfillCallFilter": None}, "backfillCallFilter"),
    ("backfillContacts", {"backfillCallFilter": {"agent": None}}, "agent"),
    (
        "backfillContacts",
        {"backfillCallFilter": {"agent": [{"agentId": "a", "version": None}]}},
        "version",
    ),
]


@pytest.mark.parametrize(("name", "input_", "field"), WRONG)
async def test_what_cannot_be_is_not_sent(
    name: str, input_: dict[str, Any], field: str | None
) -> None:
    async with world(calls=1) as it:
        (error,) = (await made(it, name, **input_))["data"][name]["userErrors"]
        assert error["code"] == "BAD_USER_INPUT"
        assert error["field"] == (None if field is None else [field])
        assert it.requests == {}


async def test_an_update_of_nothing_is_not_sent() -> None:
    async with world(calls=1) as it:
        query = change("updateContact", CONTACT)
        got = await it.data(query, {"input": {"contactId": "contact_1"}})
        (error,) = got["updateContact"]["userErrors"]
        assert error["message"] == "Give at least one field to change."
        assert it.requests == {}


def reads(contact: dict[str, Any], other: dict[str, Any]) -> dict[str, str]:
    one = 'contact(contactId: "%s") { contactId }'
    number = 'contactByPhone(phoneNumber: "%s") { contactId }'
    talks = 'contact(contactId: "%s") { conversations { nodes { type } } }'
    return {
        "itself": one % contact["contact_id"],
        "by its number": number % contact["phone_number"],
        "its conversations": talks % contact["contact_id"],
        "a list": "contacts(first: 2) { nodes { contactId } }",
        "another": one % other["contact_id"],
        "by another number": number % other["phone_number"],
        "other conversations": talks % other["contact_id"],
        "the import": "contactImport { status }",
        "the backfill": "contactBackfill { status }",
        "the crm": "crmConfig { orgId }",
        "calls": "calls(first: 1) { nodes { callId } }",
    }


async def asked_again(it: World, queries: dict[str, str]) -> set[str]:
    """What is read from Retell anew."""
    found = set()
    for name, query in queries.items():
        it.sandbox.requests.clear()
        await it.data(f"{{ {query} }}")
        if it.sandbox.requests.total:
            found.add(name)
    return found


ONE = {"itself", "by its number", "a list"}
ALL = {*ONE, "another", "by another number"}


@pytest.mark.parametrize(
    ("name", "fault", "touched"),
    [
        ("updateContact", None, ONE | {"its conversations"}),
        ("updateContact", 500, ONE | {"its conversations", "by another number"}),
        ("deleteContact", None, ONE | {"by another number"}),
        ("createContact", None, {"a list"}),
        ("createContactImport", None, ALL | {"the import", "the crm"}),
        ("backfillContacts", None, ALL | {"the backfill"}),
    ],
)
async def test_a_change_touches_what_it_changes_and_nothing_else(
    name: str, fault: int | None, touched: set[str]
) -> None:
    async with world(calls=40) as it:
        contact = await full(it)
        other = next(
            each
            for each in (await told(it, limit=50))["items"]
            if each["contact_id"] != contact["contact_id"]
        )
        queries = reads(contact, other)
        # The conversations stand behind the contact, which is read first each time.
        assert await asked_again(it, queries) == set(queries)
        if fault is not None:
            it.sandbox.faults.set([Fault(CHANGES[name][0], status=fault)])
        given = CHANGES[name][2]
        await made(
            it, name, **({"contactId": contact["contact_id"]} if "contactId" in given else {})
        )
        assert await asked_again(it, queries) == touched


# --- Jobs --------------------------------------------------------------------------------------


async def test_an_import_is_begun_and_watched() -> None:
    async with world(calls=1) as it:
        answer = await made(it, "createContactImport", contactTags=["Fair"], defaultCountry="DE")
        assert answer["data"]["createContactImport"] == {
            "job": {"status": "QUEUED"},
            "userErrors": [],
        }
        assert orjson.loads(it.sent[-1].content) == {
            "upload_id": "upload_1",
            "column_mapping": [
                {"field_name": "phone_number", "external_field_name": "Phone"},
            ],
            "contact_tags": ["Fair"],
            "default_country": "DE",
        }
        query = "{ contactImport { status succeeded failed triggeredBy } }"
        shown = []
        for seconds in (0, 1, 11, 20):
            it.clock.forward(seconds)
            shown.append((await it.data(query))["contactImport"]["status"])
        assert shown == ["QUEUED", "QUEUED", "RUNNING", "IDLE"]
        assert it.requests == {IMPORT: 1, "GET /get-contact-import": 3}


async def test_a_backfill_is_begun_over_what_is_given() -> None:
    async with world(calls=1) as it:
        criteria = {
            "agent": [{"agentId": "agent_1", "version": [1, 2]}, {"agentId": "agent_2"}],
            "startTimestamp": {
                "bt": {"low": "2026-01-01T00:00:00Z", "high": "2026-01-02T00:00:00Z"}
            },
        }
        answer = await made(it, "backfillContacts", backfillCallFilter=criteria)
        assert answer["data"]["backfillContacts"]["job"] == {"status": "QUEUED"}
        assert orjson.loads(it.sent[-1].content) == {
            "backfill_attributes": ["contact_memory"],
            "backfill_call_filter": {
                "agent": [{"agent_id": "agent_1", "version": [1, 2]}, {"agent_id": "agent_2"}],
                "start_timestamp": {
                    "type": "range",
                    "op": "bt",
                    "value": [1767225600000, 1767312000000],
                },
            },
        }
