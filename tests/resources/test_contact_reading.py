"""Contacts and their conversations, as they are read, listed, linked and masked."""

from __future__ import annotations

import datetime as dt
from typing import Any

import httpx
import orjson
import pytest

from gateway.loaders import at_hand
from gateway.resources import contact
from gateway.resources.contact import load_contact_by_phone
from gateway.sandbox.app import create_sandbox
from gateway.sandbox.faults import Fault
from gateway.schema.node import global_id
from gateway.schema.permissions import SCOPES
from tests.world import LIST_CALLS, NOW, Recorder, World, faults, world

GET, BY_PHONE, LIST = "GET /get-contact", "GET /get-contact-by-phone", "POST /list-contacts"
TALKS = "GET /list-contact-conversations"
WHOLE = """
  id contactId orgId phoneNumber firstName lastName contactMemory customFields externalId
  contactTags { tagId label } doNotCall conversationCount lastConversationTimestamp
  createdTimestamp userModifiedTimestamp
"""
CONTACT = f"query ($id: ID!) {{ contact(contactId: $id) {{ {WHOLE} }} }}"
BY = f"query ($n: TelephoneNumber!) {{ contactByPhone(phoneNumber: $n) {{ {WHOLE} }} }}"
PAGE = """query ($first: Int!, $after: String, $filter: ContactFilter, $text: String,
    $without: [ID!], $order: ContactOrder! = CREATED_TIMESTAMP_DESC) {
  contacts(first: $first, after: $after, filter: $filter, searchQuery: $text,
           excludedContactIds: $without, orderBy: $order) {
    totalCount pageInfo { hasNextPage endCursor } nodes { contactId firstName createdTimestamp }
} }"""


async def told(it: World, path: str = "/list-contacts", **asked: Any) -> Any:
    """Straight from the sandbox; not counted."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(it.sandbox), base_url="http://sandbox"
    ) as retell:
        headers = {"authorization": "Bearer sandbox-key-a"}
        method = "POST" if path.startswith("/list-contacts") else "GET"
        answer = await retell.request(method, path, headers=headers, json=asked)
    it.sandbox.requests.clear()
    return answer.json()


async def full(it: World) -> dict[str, Any]:
    """A contact that has everything, and more than one conversation."""
    names = {"first_name", "contact_memory", "external_id", "custom_fields"}
    return next(
        contact
        for contact in (await told(it, limit=1000))["items"]
        if names <= contact.keys() and contact["contact_tags"] and contact["conversation_count"] > 2
    )


def test_the_kinds_of_freshness_are_not_mixed_up() -> None:
    page: dict[str, Any] = {"items": []}
    assert contact.contact_policy({}, NOW) == contact.page_policy(page, NOW) == contact.SETTLED
    assert contact.conversations_policy(page, NOW) == contact.MOVING


async def test_a_contact_is_shown_as_retell_has_it() -> None:
    async with world(calls=100) as it:
        raw = await full(it)
        got = (await it.data(CONTACT, {"id": raw["contact_id"]}))["contact"]
        tags = [{"tagId": each["id"], "label": each["label"]} for each in raw["contact_tags"]]
        assert got["id"] == global_id("Contact", raw["contact_id"])
        assert got["contactTags"] == tags
        for name, shown in (
            ("contact_id", "contactId"),
            ("org_id", "orgId"),
            ("phone_number", "phoneNumber"),
            ("first_name", "firstName"),
            ("last_name", "lastName"),
            ("contact_memory", "contactMemory"),
            ("custom_fields", "customFields"),
            ("external_id", "externalId"),
            ("do_not_call", "doNotCall"),
            ("conversation_count", "conversationCount"),
        ):
            assert got[shown] == raw[name], name
        assert it.requests == {GET: 1}
        assert (await it.data(BY, {"n": raw["phone_number"]}))["contactByPhone"] == got
        assert await it.data(BY, {"n": raw["phone_number"]}) == {"contactByPhone": got}
        assert it.requests == {GET: 1, BY_PHONE: 1}


async def test_a_contact_that_is_not_there_is_null() -> None:
    async with world(calls=1) as it:
        assert await it.data(CONTACT, {"id": "contact_1"}) == {"contact": None}
        assert await it.data(BY, {"n": "+10000000000"}) == {"contactByPhone": None}
        assert it.requests == {GET: 1, BY_PHONE: 1}


@pytest.mark.parametrize("number", ["", "anonymous", "+1 415", "../get-contact/x", "1" * 21])
async def test_what_is_no_number_is_not_sent(number: str) -> None:
    async with world(calls=1) as it:
        assert await it.errors(BY, {"n": number}) == [("contactByPhone", "BAD_USER_INPUT")]
        assert it.requests == {}


async def test_by_a_link_what_is_no_number_is_nobodys() -> None:
    assert load_contact_by_phone(None, "anonymous") is None  # type: ignore[arg-type]  # not looked at
    assert await at_hand(load_contact_by_phone(None, "sip:a@b")) is None  # type: ignore[arg-type]  # as above


async def test_by_a_link_a_number_is_asked_for() -> None:
    class At:
        class context:  # noqa: N801 - stands for a value
            class loaders:  # noqa: N801 - stands for a value
                @staticmethod
                def find(read: Any, place: Any) -> Any:
                    return {"target": read.request.target, "tags": read.tags, "at": place.at}

        at = ("calls", 0, "contact")

    place: Any = At
    assert load_contact_by_phone(place, "+14155550100") == {
        "target": "/get-contact-by-phone/%2B14155550100",
        "tags": ("+14155550100", "all"),
        "at": At.at,
    }


# --- Lists -------------------------------------------------------------------------------------


async def test_contacts_are_paged_and_counted_newest_first() -> None:
    async with world(calls=100) as it:
        raw = await told(it, limit=1000)
        ids = [each["contact_id"] for each in raw["items"]]
        first = (await it.data(PAGE, {"first": 3}))["contacts"]
        assert [each["contactId"] for each in first["nodes"]] == ids[:3]
        assert first["totalCount"] == raw["total"] == len(ids)
        assert first["pageInfo"]["hasNextPage"]
        after = first["pageInfo"]["endCursor"]
        second = (await it.data(PAGE, {"first": 2, "after": after}))["contacts"]
        assert [each["contactId"] for each in second["nodes"]] == ids[3:5]
        up = await it.data(PAGE, {"first": 2, "order": "CREATED_TIMESTAMP_ASC"})
        assert [each["contactId"] for each in up["contacts"]["nodes"]] == ids[:-3:-1]
        assert it.requests == {LIST: 3}
        assert orjson.loads(it.sent[0].content) == {"limit": 3, "sort_order": "desc"}
        assert orjson.loads(it.sent[1].content).keys() == {"limit", "sort_order", "pagination_key"}
        assert orjson.loads(it.sent[2].content) == {"limit": 2, "sort_order": "asc"}


async def test_a_cursor_is_good_for_its_own_list() -> None:
    async with world(calls=100) as it:
        page = await it.data(PAGE, {"first": 3})
        after = page["contacts"]["pageInfo"]["endCursor"]
        for other in ({"text": "a"}, {"filter": {"doNotCall": True}}, {"without": ["contact_1"]}):
            found = await it.errors(PAGE, {"first": 3, "after": after, **other})
            assert found == [("contacts", "BAD_USER_INPUT")]
        assert it.requests == {LIST: 1}


FILTERS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (
        {"contactId": {"eq": "contact_1"}},
        {"contact_id": {"type": "string", "op": "eq", "value": "contact_1"}},
    ),
    (
        {"phoneNumber": {"sw": "+1415"}, "doNotCall": False},
        {
            "phone_number": {"type": "string", "op": "sw", "value": "+1415"},
            "do_not_call": {"type": "boolean", "op": "eq", "value": False},
        },
    ),
    ({"externalId": {"present": True}}, {"external_id": {"type": "present", "op": "pr"}}),
    ({"externalId": {"present": False}}, {"external_id": {"type": "present", "op": "np"}}),
    (
        {"externalId": {"co": "crm"}},
        {"external_id": {"type": "string", "op": "co", "value": "crm"}},
    ),
    (
        {"contactTagIds": ["a", "b"]},
        {"contact_tag_ids": {"type": "enum", "op": "in", "value": ["a", "b"]}},
    ),
    (
        {"lastConversationTimestamp": {"ge": "2026-01-01T00:00:00Z"}},
        {"last_conversation_timestamp": {"type": "number", "op": "ge", "value": 1767225600000}},
    ),
    (
        {"customFields": [{"key": "plan", "value": {"in": ["gold"]}}]},
        {"custom_fields": [{"type": "enum", "op": "in", "value": ["gold"], "key": "plan"}]},
    ),
]


@pytest.mark.parametrize(("given", "sent"), FILTERS)
async def test_a_filter_is_sent_in_retells_form(given: Any, sent: Any) -> None:
    async with world(calls=1) as it:
        await it.data(PAGE, {"first": 1, "filter": given})
        assert orjson.loads(it.sent[-1].content) == {
            "limit": 1,
            "sort_order": "desc",
            "filter_criteria": sent,
        }


async def test_what_is_searched_for_and_left_out_is_sent() -> None:
    async with world(calls=1) as it:
        await it.data(PAGE, {"first": 1, "text": "ada", "without": ["contact_1"], "filter": {}})
        assert orjson.loads(it.sent[-1].content) == {
            "limit": 1,
            "sort_order": "desc",
            "search_query": "ada",
            "excluded_contact_ids": ["contact_1"],
        }
        nothing = {"first": 1, "text": None, "without": None, "filter": {"doNotCall": None}}
        await it.data(PAGE, nothing)
        assert orjson.loads(it.sent[-1].content) == {"limit": 1, "sort_order": "desc"}
        await it.data(PAGE, {"first": 1, "text": "", "without": []})
        assert it.requests == {LIST: 2}


async def test_what_no_filter_can_be_is_not_sent() -> None:
    async with world(calls=1) as it:
        wrongs: list[Any] = [{"filter": {"contactTagIds": []}}, {"without": ["x"] * 1001}]
        for wrong in wrongs:
            assert await it.errors(PAGE, {"first": 1, **wrong}) == [("contacts", "BAD_USER_INPUT")]
        assert it.requests == {}


# --- Conversations -----------------------------------------------------------------------------

TIMELINE = """query ($id: ID!, $first: Int! = 50, $after: String) {
  contact(contactId: $id) { conversations(first: $first, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes { type callId chatId direction startTimestamp durationMs disconnectionReason sentiment
            successful summary }
} } }"""


def moment(ms: int) -> str:
    """A time as answers have it."""
    at = dt.datetime.fromtimestamp(ms / 1000, dt.UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def test_a_timeline_has_calls_and_chats_as_retell_has_them() -> None:
    async with world(calls=100) as it:
        raw = await full(it)
        items = (await told(it, f"/list-contact-conversations/{raw['contact_id']}"))["items"]
        assert {each["type"] for each in items} == {"call", "chat"}
        got = (await it.data(TIMELINE, {"id": raw["contact_id"]}))["contact"]["conversations"]
        sentiments = {"Positive": "POSITIVE", "Negative": "NEGATIVE", "Neutral": "NEUTRAL"}
        assert got["nodes"] == [
            {
                "type": each["type"].upper(),
                "callId": each.get("call_id"),
                "chatId": each.get("chat_id"),
                "direction": each["direction"].upper(),
                "startTimestamp": moment(each["start_timestamp"]),
                "durationMs": each.get("duration_ms"),
                "disconnectionReason": each.get("disconnection_reason"),
                "sentiment": sentiments.get(
                    each.get("sentiment"), each.get("sentiment") and "UNKNOWN"
                ),
                "successful": each.get("successful"),
                "summary": each.get("summary"),
            }
            for each in items
        ]
        assert not got["pageInfo"]["hasNextPage"]
        assert it.requests == {GET: 1, TALKS: 1}
        assert it.sent[-1].url.query == b"limit=50"


async def test_a_timeline_is_paged_across_chats_that_have_no_call() -> None:
    async with world(calls=100) as it:
        raw = await full(it)
        asked = {"id": raw["contact_id"]}
        whole = (await it.data(TIMELINE, asked))["contact"]["conversations"]["nodes"]
        got: list[Any] = []
        after = None
        for _ in whole:
            page = await it.data(TIMELINE, {**asked, "first": 1, "after": after})
            got += page["contact"]["conversations"]["nodes"]
            after = page["contact"]["conversations"]["pageInfo"]["endCursor"]
        assert got == whole
        assert it.requests == {GET: 1, TALKS: 1 + len(whole)}


async def test_each_contact_of_a_list_has_its_own_timeline() -> None:
    query = """{ contacts(first: 4) { nodes { conversationCount
        conversations(first: 50) { nodes { callId chatId } edges { cursor } } } } }"""
    async with world(calls=100) as it:
        for _ in range(2):  # in full by graphql-core or not: then out of what is remembered
            nodes = (await it.data(query))["contacts"]["nodes"]
            assert [len(each["conversations"]["nodes"]) for each in nodes] == [
                each["conversationCount"] for each in nodes
            ]
            assert it.requests == {LIST: 1, TALKS: 4}


async def test_timelines_lead_to_their_calls_in_one_request() -> None:
    query = """{ contacts(first: 3) { nodes { conversations { nodes {
        callId chatId call { callId callStatus } } } } } }"""
    async with world(calls=100) as it:
        contacts = (await it.data(query))["contacts"]["nodes"]
        talks = [each for contact in contacts for each in contact["conversations"]["nodes"]]
        calls = [each for each in talks if each["callId"]]
        assert len(calls) >= 3
        assert [each["call"]["callId"] for each in calls] == [each["callId"] for each in calls]
        assert all(each["call"] is None for each in talks if each["chatId"])
        assert it.requests == {LIST: 1, TALKS: 3, LIST_CALLS: 1}


class Odd(httpx.AsyncBaseTransport):
    """A Retell that changes what a path is answered with."""

    def __init__(self, path: str, **values: Any) -> None:
        self.inner = httpx.ASGITransport(create_sandbox(calls=20))
        self.path, self.values = path, values

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self.inner.handle_async_request(request)
        body = orjson.loads(await response.aread())
        if request.url.path.startswith(self.path):
            for each in body.get("items", [body]):
                each.update(self.values)
        return httpx.Response(response.status_code, json=body)


async def test_what_is_newer_than_the_schema_is_unknown_and_raw() -> None:
    query = """{ contacts(first: 1) { nodes { conversations { nodes {
        type typeRaw direction directionRaw sentiment sentimentRaw } } } } }"""
    odd = Odd("/list-contact-conv", type="letter", direction="sideways", sentiment="Mixed")
    async with world(transport=odd) as it:
        (contact,) = (await it.data(query))["contacts"]["nodes"]
        assert contact["conversations"]["nodes"][0] == {
            "type": "UNKNOWN",
            "typeRaw": "letter",
            "direction": "UNKNOWN",
            "directionRaw": "sideways",
            "sentiment": "UNKNOWN",
            "sentimentRaw": "Mixed",
        }


@pytest.mark.parametrize("id_", [None, 7, "", "../x", "a" * 200])
async def test_an_id_that_cannot_be_one_is_retells_fault_and_not_sent(id_: object) -> None:
    query = "{ contacts(first: 1) { nodes { doNotCall conversations { nodes { type } } } } }"
    odd = Odd("/list-contacts", contact_id=id_)
    async with world(transport=odd) as it:
        path = "contacts.nodes.0.conversations"
        assert await it.errors(query) == [(path, "UPSTREAM_INVALID")]
        assert [each.url.path for each in it.sent] == ["/list-contacts"]


async def test_a_timeline_that_fails_is_an_error_of_its_own() -> None:
    query = CONTACT.replace(WHOLE, "contactId conversations { nodes { type } }")
    async with world(calls=20) as it:
        raw = await full(it)
        it.sandbox.faults.set([Fault(TALKS, status=500, headers={"retry-after": "300"})])
        answer = await it.answer(query, {"id": raw["contact_id"]})
        assert faults(answer) == [("contact.conversations", "UPSTREAM_UNAVAILABLE")]
        assert answer["data"]["contact"]["contactId"] == raw["contact_id"]


# --- Who sees what -----------------------------------------------------------------------------

MASKED = """query ($id: ID!) { contact(contactId: $id) {
  phoneNumber firstName lastName contactMemory customFields externalId doNotCall
  contactTags { label } conversations(first: 1) { nodes { type summary } } } }"""
PERSONAL = ["firstName", "lastName", "contactMemory", "customFields", "externalId"]


async def test_without_their_scopes_persons_are_masked() -> None:
    async with world(calls=100, scopes=["contacts:read"]) as it:
        raw = await full(it)
        answer = await it.answer(MASKED, {"id": raw["contact_id"]})
        got = answer["data"]["contact"]
        number = raw["phone_number"]
        assert got["phoneNumber"] == f"{number[:5]}•••{number[-4:]}"
        assert [got[name] for name in PERSONAL] == [None] * 5
        assert got["doNotCall"] is raw["do_not_call"]
        assert [tag["label"] for tag in got["contactTags"]] == [
            tag["label"] for tag in raw["contact_tags"]
        ]
        assert got["conversations"]["nodes"][0]["summary"] is None
        names = [["contact", name] for name in ("phoneNumber", *PERSONAL)]
        summary = ["contact", "conversations", "nodes", "summary"]
        assert answer["extensions"]["masked"] == [*names, summary]
        assert it.audited == []


async def test_who_may_see_persons_leaves_a_line_in_the_audit() -> None:
    async with world(calls=100, scopes=SCOPES) as it:
        raw = await full(it)
        got = (await it.data(MASKED, {"id": raw["contact_id"]}))["contact"]
        assert got["firstName"] == raw["first_name"]
        (line,) = map(orjson.loads, it.audited)
        assert (line["type"], line["ids"]) == ("Contact", [raw["contact_id"]])
        assert line["fields"] == sorted([*PERSONAL, "phoneNumber", "conversations.nodes.summary"])


SOUGHT = [
    ({"filter": {"phoneNumber": {"eq": "+14155550100"}}}, {"numbers:read"}),
    ({"filter": {"externalId": {"present": True}}}, {"contacts:personal"}),
    (
        {"filter": {"customFields": [{"key": "a", "value": {"present": True}}]}},
        {"contacts:personal"},
    ),
    ({"text": "ada"}, {"numbers:read", "contacts:personal"}),
]


@pytest.mark.parametrize(("asked", "needed"), SOUGHT)
async def test_looking_for_persons_takes_their_scopes(asked: Any, needed: set[str]) -> None:
    both = {"numbers:read", "contacts:personal"}
    for scopes in (set(), {"numbers:read"}, {"contacts:personal"}, both):
        async with world(calls=1, scopes=["contacts:read", *scopes]) as it:
            query = PAGE.replace("firstName", "")
            errors = await it.errors(query, {"first": 1, **asked})
            assert errors == ([] if needed <= scopes else [("contacts", "FORBIDDEN")])
            assert it.requests == ({LIST: 1} if needed <= scopes else {})


async def test_looking_by_number_takes_the_scope_of_numbers() -> None:
    query = BY.replace(WHOLE, "contactId")
    for scopes, sent in (
        (["contacts:read"], {}),
        (["contacts:read", "numbers:read"], {BY_PHONE: 1}),
    ):
        async with world(calls=1, scopes=scopes) as it:
            errors = await it.errors(query, {"n": "+14155550100"})
            assert errors == ([] if sent else [("contactByPhone", "FORBIDDEN")])
            assert it.requests == sent


@pytest.mark.parametrize(
    "query",
    [
        '{ contact(contactId: "x") { id } }',
        '{ contactByPhone(phoneNumber: "+14155550100") { id } }',
        "{ contacts { totalCount } }",
        "{ contactImport { status } }",
        "{ contactBackfill { status } }",
    ],
)
async def test_without_the_scope_nothing_is_asked(query: str) -> None:
    async with world(calls=1, scopes=["calls:read", "numbers:read"]) as it:
        ((_, code),) = await it.errors(query)
        assert code == "FORBIDDEN"
        assert it.requests == {}


@pytest.mark.parametrize(
    ("change", "forgotten"),
    [
        ('deleteCall(input: { callId: "c" })', True),
        ('rerunCallAnalysis(input: { callId: "c" })', True),
        ('createPhoneCall(input: { fromNumber: "+14155550100", toNumber: "+14155550101" })', True),
        ('createBatchCall(input: { fromNumber: "+14155550100", tasks: [TASK] })', True),
        ('deleteChat(input: { chatId: "c" })', True),
        ('createChat(input: { agentId: "a" })', True),
        ('deletePhoneNumber(input: { phoneNumber: "+14155550100" })', False),
    ],
)
async def test_a_summary_is_gone_with_its_conversation(change: str, forgotten: bool) -> None:
    paths: list[str] = []

    def retell(request: httpx.Request) -> httpx.Response:
        paths.append(request.url.path)
        page = {"items": [{"type": "call", "call_id": "c", "summary": "words"}]}
        return httpx.Response(200, json=page | {"contact_id": "contact_1"})

    read = '{ contact(contactId: "contact_1") { conversations { nodes { summary } } } }'
    change = change.replace("TASK", '{ toNumber: "+14155550101" }')
    async with world(calls=0, transport=httpx.MockTransport(retell)) as it:
        for _ in range(2):
            await it.data(read)
        await it.data(f"mutation {{ {change} {{ userErrors {{ message }} }} }}")
        await it.data(read)
    assert paths.count("/list-contact-conversations/contact_1") == 1 + forgotten


# --- How long it is remembered -----------------------------------------------------------------


async def test_a_contact_is_fresh_for_half_a_minute() -> None:
    async with world(calls=20) as it:
        raw = await full(it)
        for seconds, count in ((0, 1), (29, 1), (2 + 60, 2)):
            it.clock.forward(seconds)
            await it.data(CONTACT, {"id": raw["contact_id"]})
            assert it.requests == {GET: count}


@pytest.mark.parametrize("name", ["contactImport", "contactBackfill"])
async def test_jobs_are_shown_and_shared_by_all_who_poll(name: str) -> None:
    path = {
        "contactImport": "GET /get-contact-import",
        "contactBackfill": "GET /get-backfill-contact-job-status",
    }[name]
    query = f"{{ {name} {{ status statusRaw startTimestamp succeeded failed triggeredBy }} }}"
    async with world(calls=1) as it:
        for _ in range(2):
            assert (await it.data(query))[name] == {
                "status": "IDLE",
                "statusRaw": "idle",
                "startTimestamp": None,
                "succeeded": None,
                "failed": None,
                "triggeredBy": None,
            }
        assert it.requests == {path: 1}


async def test_pages_that_are_none_are_refused() -> None:
    for path, query in (
        ("/list-contacts", "{ contacts(first: 1) { nodes { id } } }"),
        (
            "/list-contact-conv",
            "{ contacts(first: 1) { nodes { conversations { nodes { type } } } } }",
        ),
    ):

        class Empty(httpx.AsyncBaseTransport):
            def __init__(self, path: str) -> None:
                self.inner, self.path = Recorder(httpx.ASGITransport(create_sandbox(calls=1))), path

            async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
                if request.url.path.startswith(self.path):
                    return httpx.Response(200, json={})
                return await self.inner.handle_async_request(request)

        async with world(transport=Empty(path)) as it:
            ((_, code),) = await it.errors(query)
            assert code == "UPSTREAM_INVALID"
