"""The sandbox's CRM, judged by the official SDK with strict response validation."""

from __future__ import annotations

from typing import Any

import pytest
from retell import BadRequestError, ConflictError, NotFoundError
from retell.types import CRMConfig, CRMGetSchemaResponse, CRMGetSyncJobStatusResponse

from gateway.sandbox.app import Sandbox, create_sandbox
from tests.contract.test_sandbox_with_sdk import fields_declared, fields_seen
from tests.sandbox.asking import NOW_MS, Clock, sdk


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def small(clock: Clock) -> Sandbox:
    return create_sandbox(clock=clock, calls=20)


async def test_every_field_of_the_configuration_and_of_the_schema_occurs(small: Sandbox) -> None:
    client = sdk(small)
    config = await client.crm.get_config()
    assert fields_declared(CRMConfig) - fields_seen(config) == set()
    schema = await client.crm.get_schema()
    assert fields_declared(CRMGetSchemaResponse) - fields_seen(schema) == set()
    assert config.app_id is not None
    assert await client.crm.get_schema(app_id=config.app_id) == schema


async def test_the_configuration_is_changed_and_emptied(small: Sandbox) -> None:
    client = sdk(small)
    before = await client.crm.get_config()
    tags: Any = [{"id": "a" * 32, "label": "New"}]
    changed = await client.crm.update_config(
        contact_tags=tags, contact_columns_order=["plan"], contact_memory_update_prompt=None
    )
    assert changed.to_dict() == {
        **before.to_dict(),
        "contact_tags": tags,
        "contact_columns_order": ["plan"],
        "contact_memory_update_prompt": None,
    }
    assert await client.crm.get_config() == changed
    assert (await client.crm.update_config(contact_tags=None)).contact_tags == []
    contacts = (await client.contact.list(limit=100)).items
    assert {len(each.contact_tags or ()) for each in contacts} == {0}
    apart = await client.crm.update_config(app_id=None)
    assert "app_id" not in apart.to_dict()
    with pytest.raises(NotFoundError):
        await client.crm.get_schema()
    with pytest.raises(NotFoundError):
        await client.crm.run_sync_job()


MAPPING = {"analysis_data_name": "a", "field_name": "plan", "update_mode": "merge"}
TAG = {"id": "a" * 32, "label": "A"}


@pytest.mark.parametrize(
    "given",
    [
        {"contact_tags": [{"id": "a", "label": "A"}]},
        {"contact_tags": [TAG, TAG]},
        {"contact_tags": [TAG | {"color": "red"}]},
        {"contact_columns_order": [7]},
        {"contact_memory_update_prompt": 7},
        {"crm_analysis_data_mappings": [{"field_name": "plan"}]},
        {"crm_analysis_data_mappings": [MAPPING | {"field_name": "unheard_of"}]},
        {"custom_fields": [{"name": "Not snake", "type": "string"}]},
        {"custom_fields": [{"name": "a", "type": "text"}]},
        {"custom_fields": [{"name": "a", "type": "enum"}]},
        {"custom_fields": []},
        {"extra_body": {"org_id": "org_1"}},
    ],
)
async def test_what_cannot_be_a_configuration_is_refused(
    small: Sandbox, given: dict[str, Any]
) -> None:
    client = sdk(small)
    before = await client.crm.get_config()
    with pytest.raises(BadRequestError):
        await client.crm.update_config(**given)
    assert await client.crm.get_config() == before


async def test_a_field_may_go_with_what_fills_it(small: Sandbox) -> None:
    fields: Any = [{"name": "size", "type": "enum", "options": ["s", "m"]}]
    mappings: Any = [MAPPING | {"field_name": "size"}]
    changed = await sdk(small).crm.update_config(
        custom_fields=fields, crm_analysis_data_mappings=mappings
    )
    assert changed.to_dict()["custom_fields"] == fields


async def test_only_a_crm_can_be_synced_with(small: Sandbox) -> None:
    client = sdk(small)
    app = next(each for each in (await client.app.list()).items if each.type != "crm")
    with pytest.raises(NotFoundError):
        await client.crm.get_schema(app_id=app.app_id)
    with pytest.raises(NotFoundError):
        await client.crm.update_config(app_id="app_of_nobody")


async def test_a_sync_is_run_once_at_a_time(small: Sandbox, clock: Clock) -> None:
    client = sdk(small)
    last = await client.crm.get_sync_job_status()
    assert (last.status, last.triggered_by) == ("idle", "cron")
    assert fields_declared(CRMGetSyncJobStatusResponse) == fields_seen(last)
    begun = await client.crm.run_sync_job()
    assert (begun.status, begun.triggered_by, begun.start_timestamp) == ("queued", "manual", NOW_MS)
    with pytest.raises(ConflictError):
        await client.crm.run_sync_job()
    clock.forward(30)
    assert (await client.crm.get_sync_job_status()).status == "idle"
    assert (await client.crm.run_sync_job()).start_timestamp == NOW_MS + 30_000
