"""The CRM: its configuration, the schema of another, the sync, and how they are changed."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from gateway.sandbox.faults import Fault
from gateway.schema.permissions import SCOPES
from tests.resources.test_contact_changes import change
from tests.resources.test_contact_reading import Odd, told
from tests.world import World, faults, world

CONFIG, SCHEMA = "GET /get-crm-config", "GET /get-crm-schema"
JOB, UPDATE, RUN = "GET /get-sync-job-status", "POST /update-crm-config", "POST /run-sync-job"
WHOLE = """{ crmConfig {
  orgId appId contactTags { tagId label } contactColumnsOrder lastSyncTimestamp
  customFields { name type label description options }
  crmAnalysisDataMappings { analysisDataName fieldName updateMode }
  contactMemoryUpdatePrompt defaultContactMemoryUpdatePrompt
} }"""


async def test_the_configuration_is_shown_as_retell_has_it() -> None:
    async with world(calls=1) as it:
        raw = await told(it, "/get-crm-config")
        for _ in range(2):
            got = (await it.data(WHOLE))["crmConfig"]
        assert it.requests == {CONFIG: 1}
        assert got.pop("lastSyncTimestamp") == "2026-05-28T19:26:40.000Z"
        assert got == {
            "orgId": raw["org_id"],
            "appId": raw["app_id"],
            "contactTags": [{"tagId": t["id"], "label": t["label"]} for t in raw["contact_tags"]],
            "contactColumnsOrder": raw["contact_columns_order"],
            "customFields": [
                {
                    "name": "plan",
                    "type": "ENUM",
                    "label": "Plan",
                    "description": None,
                    "options": ["free", "gold"],
                },
                {
                    "name": "seats",
                    "type": "NUMBER",
                    "label": None,
                    "description": "How many seats were bought.",
                    "options": None,
                },
            ],
            "crmAnalysisDataMappings": [
                {"analysisDataName": "plan", "fieldName": "plan", "updateMode": "FILL_IF_EMPTY"}
            ],
            "contactMemoryUpdatePrompt": raw["contact_memory_update_prompt"],
            "defaultContactMemoryUpdatePrompt": raw["default_contact_memory_update_prompt"],
        }


async def test_the_configuration_leads_to_its_app() -> None:
    async with world(calls=1) as it:
        got = (await it.data("{ crmConfig { appId app { appId type } } }"))["crmConfig"]
        assert got["app"] == {"appId": got["appId"], "type": "CRM"}
        assert it.requests == {CONFIG: 1, "GET /get-app": 1}


async def test_the_configuration_is_fresh_for_a_minute_and_the_schema_for_an_hour() -> None:
    async with world(calls=1) as it:
        for seconds, counts in ((0, (1, 1)), (59, (1, 1)), (3540, (2, 1)), (3601 + 3600, (3, 2))):
            it.clock.forward(seconds)
            await it.data("{ crmConfig { orgId } crmSchema { provider } }")
            assert it.requests == dict(zip((CONFIG, SCHEMA), counts, strict=True))


async def test_the_schema_of_a_crm_is_shown() -> None:
    query = "query ($id: ID) { crmSchema(appId: $id) { provider fields { name type options } } }"
    async with world(calls=1) as it:
        app_id = (await told(it, "/get-crm-config"))["app_id"]
        of_config = await it.data(query)
        assert it.sent[-1].url.query == b""
        of_app = await it.data(query, {"id": app_id})
        assert it.sent[-1].url.query == f"app_id={app_id}".encode()
        assert of_app == of_config
        assert of_app["crmSchema"]["provider"] == "hubspot"
        assert of_app["crmSchema"]["fields"][1] == {
            "name": "lifecycle",
            "type": "ENUM",
            "options": ["lead", "customer"],
        }
        assert await it.data(query, {"id": None}) == of_config
        assert it.requests == {SCHEMA: 2}
        assert await it.data(query, {"id": "app_of_nobody"}) == {"crmSchema": None}
        assert await it.errors(query, {"id": "a/b"}) == [("crmSchema", "BAD_USER_INPUT")]
        assert it.requests == {SCHEMA: 3}


async def test_what_is_newer_than_the_schema_is_unknown_and_raw() -> None:
    query = "{ crmSchema { fields { type typeRaw } } }"
    async with world(transport=Odd("/get-crm-schema", fields=[{"type": "colour"}])) as it:
        (field,) = (await it.data(query))["crmSchema"]["fields"]
        assert field == {"type": "UNKNOWN", "typeRaw": "colour"}


CHANGES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "updateCrmConfig": (
        UPDATE,
        "crmConfig { appId contactTags { label } }",
        {"contactColumnsOrder": ["plan"]},
    ),
    "runCrmSync": (RUN, "job { status triggeredBy }", {}),
}


async def made(it: World, name: str, input_: Any = None) -> Any:
    _endpoint, selection, given = CHANGES[name]
    return await it.answer(change(name, selection), {"input": given if input_ is None else input_})


@pytest.mark.parametrize("name", CHANGES)
async def test_without_the_scope_nothing_is_sent(name: str) -> None:
    async with world(calls=1, scopes=SCOPES.keys() - {"crm:write"}) as it:
        assert faults(await made(it, name)) == [(name, "FORBIDDEN")]
        assert it.requests == {}


@pytest.mark.parametrize(
    "field", ["crmConfig { orgId }", "crmSchema { provider }", "crmSyncJob { status }"]
)
async def test_without_the_scope_nothing_is_asked(field: str) -> None:
    async with world(calls=1, scopes=SCOPES.keys() - {"crm:read"}) as it:
        assert await it.errors(f"{{ {field} }}") == [(field.partition(" ")[0], "FORBIDDEN")]
        assert it.requests == {}


@pytest.mark.parametrize("name", CHANGES)
async def test_a_change_whose_answer_is_lost_is_sent_once(name: str) -> None:
    async with world(calls=1) as it:
        it.sandbox.faults.set([Fault(status=500)])
        input_ = CHANGES[name][2] | {"clientMutationId": "the-same-change"}
        for _ in range(2):
            assert faults(await made(it, name, input_)) == [(name, "OUTCOME_UNKNOWN")]
        assert it.requests == {CHANGES[name][0]: 1}


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize(
    ("status", "code"), [(400, "BAD_USER_INPUT"), (404, "NOT_FOUND"), (409, "CONFLICT")]
)
async def test_what_a_person_can_mend_is_a_user_error(name: str, status: int, code: str) -> None:
    async with world(calls=1) as it:
        it.sandbox.faults.set([Fault(status=status)])
        payload = (await made(it, name))["data"][name]
        assert [error["code"] for error in payload.pop("userErrors")] == [code]
        assert list(payload.values()) == [None]


async def test_an_update_sends_what_is_given() -> None:
    input_ = {
        "appId": None,
        "contactTags": [{"tagId": "a" * 32, "label": "A"}],
        "customFields": [
            {"name": "size", "type": "ENUM", "options": ["s"]},
            {"name": "born", "type": "DATE", "label": "Born", "description": "When."},
        ],
        "crmAnalysisDataMappings": [
            {"analysisDataName": "size", "fieldName": "size", "updateMode": "OVERWRITE"}
        ],
        "contactMemoryUpdatePrompt": None,
    }
    async with world(calls=1) as it:
        got = (await made(it, "updateCrmConfig", input_))["data"]["updateCrmConfig"]
        assert got == {
            "crmConfig": {"appId": None, "contactTags": [{"label": "A"}]},
            "userErrors": [],
        }
        assert it.requests == {UPDATE: 1}
        assert orjson.loads(it.sent[-1].content) == {
            "app_id": None,
            "contact_tags": [{"id": "a" * 32, "label": "A"}],
            "custom_fields": [
                {"name": "size", "type": "enum", "options": ["s"]},
                {"name": "born", "type": "date", "label": "Born", "description": "When."},
            ],
            "crm_analysis_data_mappings": [
                {"analysis_data_name": "size", "field_name": "size", "update_mode": "overwrite"}
            ],
            "contact_memory_update_prompt": None,
        }
        emptied = await made(it, "updateCrmConfig", {"contactTags": None})
        assert emptied["data"]["updateCrmConfig"]["crmConfig"]["contactTags"] == []
        assert orjson.loads(it.sent[-1].content) == {"contact_tags": None}


MAPPING = {"analysisDataName": "a", "fieldName": "b", "updateMode": "UNKNOWN"}


@pytest.mark.parametrize(
    ("input_", "field"),
    [
        ({}, None),
        ({"contactColumnsOrder": None}, "contactColumnsOrder"),
        ({"customFields": None}, "customFields"),
        ({"customFields": [{"name": "a", "type": "ENUM"}]}, "customFields"),
        ({"customFields": [{"name": "a", "type": "ENUM", "options": []}]}, "customFields"),
        ({"customFields": [{"name": "a", "type": "STRING", "label": None}]}, "label"),
        ({"customFields": [{"name": "a", "type": "UNKNOWN"}]}, None),
        ({"crmAnalysisDataMappings": None}, "crmAnalysisDataMappings"),
        ({"crmAnalysisDataMappings": [MAPPING]}, None),
        ({"contactTags": [{"tagId": "a", "label": "A"}]}, "contactTags"),
        ({"contactTags": [{"tagId": n * 32, "label": "A"} for n in "aA"]}, "contactTags"),
    ],
)
async def test_what_cannot_be_a_configuration_is_not_sent(input_: Any, field: str | None) -> None:
    async with world(calls=1) as it:
        payload = (await made(it, "updateCrmConfig", input_))["data"]["updateCrmConfig"]
        (error,) = payload["userErrors"]
        assert error["code"] == "BAD_USER_INPUT"
        assert error["field"] == (None if field is None else [field])
        assert it.requests == {}


async def test_a_sync_is_begun_and_watched() -> None:
    query = "{ crmSyncJob { status triggeredBy succeeded failed startTimestamp } }"
    async with world(calls=1) as it:
        assert (await it.data(query))["crmSyncJob"] == {
            "status": "IDLE",
            "triggeredBy": "CRON",
            "succeeded": 27,
            "failed": 3,
            "startTimestamp": "2026-05-28T19:26:40.000Z",
        }
        got = (await made(it, "runCrmSync"))["data"]["runCrmSync"]
        assert got == {"job": {"status": "QUEUED", "triggeredBy": "MANUAL"}, "userErrors": []}
        assert it.sent[-1].content == b""
        assert (await it.data(query))["crmSyncJob"]["status"] == "QUEUED"
        assert it.requests == {JOB: 2, RUN: 1}
        again = (await made(it, "runCrmSync"))["data"]["runCrmSync"]
        assert [error["code"] for error in again["userErrors"]] == ["CONFLICT"]


READS = {
    "config": "crmConfig { orgId }",
    "schema": "crmSchema { provider }",
    "job": "crmSyncJob { status }",
    "contacts": "contacts(first: 1) { nodes { contactTags { label } } }",
    "contact": 'contact(contactId: "%s") { contactTags { label } }',
    "by phone": 'contactByPhone(phoneNumber: "%s") { contactTags { label } }',
    "apps": "apps(first: 1) { nodes { appId } }",
}


@pytest.mark.parametrize(
    ("name", "kept"),
    [("updateCrmConfig", {"job", "apps"}), ("runCrmSync", {"schema", "apps"})],
)
async def test_a_change_touches_contacts_but_not_apps(name: str, kept: set[str]) -> None:
    async with world(calls=1) as it:
        contact = (await told(it, limit=1))["items"][0]
        reads = READS | {
            "contact": READS["contact"] % contact["contact_id"],
            "by phone": READS["by phone"] % contact["phone_number"],
        }
        for query in reads.values():
            await it.data(f"{{ {query} }}")
        await made(it, name)
        again = set()
        for read, query in reads.items():
            it.sandbox.requests.clear()
            await it.data(f"{{ {query} }}")
            if it.requests:
                again.add(read)
        assert again == READS.keys() - kept
