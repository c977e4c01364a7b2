"""Export requests: listed, fresh as long as their state and their URLs allow, masked."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from gateway.errors import UpstreamInvalid
from gateway.resources.export_request import DONE, OPEN, page_policy
from gateway.sandbox.urls import sign
from gateway.schema.permissions import SCOPES
from tests.resources.test_contact_reading import Odd, told
from tests.world import NOW, world

LIST = "GET /v2/list-export-requests"
PAGE = """query ($first: Int! = 50, $after: String, $order: ExportRequestOrder! = DESCENDING) {
  exportRequests(first: $first, after: $after, orderBy: $order) {
    pageInfo { hasNextPage endCursor }
    nodes { exportRequestId channel channelRaw status statusRaw timezone createdTimestamp url }
} }"""


async def raw(it: Any) -> Any:
    return (await told(it, "/v2/list-export-requests"))["items"]


async def test_exports_are_shown_as_retell_has_them() -> None:
    async with world(calls=1) as it:
        items = await raw(it)
        for _ in range(2):
            nodes = (await it.data(PAGE))["exportRequests"]["nodes"]
        assert it.requests == {LIST: 1}
        assert it.sent[-1].url.query == b"limit=50&sort_order=descending"
        assert nodes[4].pop("createdTimestamp") == "2026-05-28T15:26:40.000Z"
        assert nodes[4] == {
            "exportRequestId": items[4]["export_request_id"],
            "channel": "CALL",
            "channelRaw": "call",
            "status": "COMPLETED",
            "statusRaw": "completed",
            "timezone": "America/Los_Angeles",
            "url": items[4]["url"],
        }
        assert [each["status"].lower() for each in nodes] == [each["status"] for each in items]


async def test_exports_are_paged_in_both_orders() -> None:
    async with world(calls=1) as it:
        ids = [each["export_request_id"] for each in await raw(it)]
        page = (await it.data(PAGE, {"first": 2}))["exportRequests"]
        after = page["pageInfo"]["endCursor"]
        rest = (await it.data(PAGE, {"first": 9, "after": after}))["exportRequests"]
        assert [each["exportRequestId"] for each in (*page["nodes"], *rest["nodes"])] == ids
        up = (await it.data(PAGE, {"order": "ASCENDING"}))["exportRequests"]["nodes"]
        assert [each["exportRequestId"] for each in up] == ids[::-1]
        assert it.requests == {LIST: 3}
        found = await it.errors(PAGE, {"after": after, "order": "ASCENDING"})
        assert found == [("exportRequests", "BAD_USER_INPUT")]


async def test_what_is_newer_than_the_schema_is_unknown_and_raw() -> None:
    async with world(transport=Odd("/v2/list-export", channel="fax", status="lost")) as it:
        node = (await it.data(PAGE))["exportRequests"]["nodes"][0]
        assert (node["channel"], node["channelRaw"]) == ("UNKNOWN", "fax")
        assert (node["status"], node["statusRaw"]) == ("UNKNOWN", "lost")


async def test_a_url_is_for_those_who_may_download() -> None:
    for scopes in (["exports:read"], ["exports:read", "exports:download"]):
        async with world(calls=1, scopes=scopes) as it:
            answer = await it.answer("{ exportRequests { nodes { exportRequestId url } } }")
            urls = {each["url"] for each in answer["data"]["exportRequests"]["nodes"]}
            if len(scopes) == 1:
                assert urls == {None}
                masked = [["exportRequests", "nodes", "url"]]
                assert answer["extensions"] == {"masked": masked}
                assert it.audited == []
            else:
                assert len(urls) == 3
                (line,) = map(orjson.loads, it.audited)
                assert (line["type"], line["fields"]) == ("ExportRequest", ["url"])
                assert len(line["ids"]) == 5


async def test_without_the_scope_nothing_is_asked() -> None:
    async with world(calls=1, scopes=SCOPES.keys() - {"exports:read"}) as it:
        assert await it.errors(PAGE) == [("exportRequests", "FORBIDDEN")]
        assert it.requests == {}


URL = sign("https://files.test/x", int(NOW * 1000), 40_000)


@pytest.mark.parametrize(
    ("items", "freshness"),
    [
        ([], DONE),
        ([{"status": "completed", "url": "https://files.test/x"}, {"status": "error"}], DONE),
        ([{"status": "completed"}, {"status": "processing"}], OPEN),
        ([{"status": "created"}], OPEN),
        ([{}], OPEN),
        ([{"status": ["completed"]}], OPEN),
        ([{"status": "completed", "url": URL}], DONE.capped(20)),
        ([{"status": "created", "url": URL}], OPEN.capped(20)),
    ],
)
def test_a_page_is_fresh_as_its_exports_and_urls_allow(items: Any, freshness: object) -> None:
    assert page_policy({"items": items}, NOW) == freshness


def test_what_is_no_page_is_not_kept() -> None:
    with pytest.raises(UpstreamInvalid):
        page_policy({}, NOW)
