"""The sandbox's export requests, judged by the official SDK with strict response validation."""

from __future__ import annotations

from retell.types import ExportRequestListResponse

from gateway.sandbox.app import create_sandbox
from gateway.sandbox.urls import is_expired
from tests.contract.test_sandbox_with_sdk import fields_declared, fields_seen
from tests.sandbox.asking import KEY_A, KEY_B, NOW_MS, NOW_S, sdk


async def test_every_field_occurs_and_every_state() -> None:
    client = sdk(create_sandbox(clock=lambda: NOW_S, calls=1))
    first = await client.export_request.list(limit=2)
    assert first.pagination_key is not None
    rest = await client.export_request.list(pagination_key=first.pagination_key)
    seen = fields_seen(first) | fields_seen(rest)
    assert fields_declared(ExportRequestListResponse) - seen == set()
    items = [*first.items, *rest.items]
    assert {each.status for each in items} == {"created", "processing", "completed", "error"}
    assert {each.status for each in items if each.url} == {"completed"}
    assert not any(is_expired(each.url, NOW_MS) for each in items if each.url)
    up = await client.export_request.list(sort_order="ascending")
    assert up.items == items[::-1]


async def test_each_key_has_exports_of_its_own() -> None:
    sandbox = create_sandbox(clock=lambda: NOW_S, calls=1)
    pages = [await sdk(sandbox, key).export_request.list() for key in (KEY_A, KEY_B)]
    ids = [{each.export_request_id for each in page.items} for page in pages]
    assert ids[0] & ids[1] == set()
