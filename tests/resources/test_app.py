"""Apps: read, listed, who uses them, what their tools take, and how they are changed."""

from __future__ import annotations

from typing import Any

import httpx
import orjson
import pytest

from gateway.resources.app import CONFIGURED, app_policy, page_policy
from gateway.sandbox.faults import Fault
from gateway.schema.node import global_id
from gateway.schema.permissions import SCOPES
from tests.resources.test_contact_changes import change
from tests.resources.test_contact_reading import Odd, moment, told
from tests.world import World, faults, world

GET, LIST, USAGES = "GET /get-app", "GET /list-apps", "GET /list-app-usages"
TOOL, CREATE, UPDATE = "POST /get-app-tool-schema", "POST /create-app", "PATCH /update-app"
DELETE, TEST = "DELETE /delete-app", "POST /test-app-auth"
WHOLE = """
  id appId orgId name type provider connectionStatus authConfig { type clientId username }
  crmConfig { inboundSyncMappings { fieldName externalFieldName }
              outboundSyncMappings { fieldName externalFieldName }
              syncConversationActivity syncNewContacts }
  tenantId tenantUrl tenantType createdTimestamp userModifiedTimestamp
"""
APP = f"query ($id: ID!) {{ app(appId: $id) {{ {WHOLE} }} }}"


async def apps(it: World) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await told(it, "/list-apps"))["items"]
    return found


async def crm(it: World) -> dict[str, Any]:
    return next(each for each in await apps(it) if each["type"] == "crm")


def test_apps_and_pages_are_as_fresh_as_settings_are() -> None:
    assert app_policy({}, 0.0) == page_policy({"items": []}, 0.0) == CONFIGURED


async def test_an_app_is_shown_as_retell_has_it() -> None:
    async with world(calls=1) as it:
        raw = await crm(it)
        for _ in range(2):
            got = (await it.data(APP, {"id": raw["app_id"]}))["app"]
        assert it.requests == {GET: 1}
        for name in ("createdTimestamp", "userModifiedTimestamp"):
            assert got.pop(name) > "2026"
        mappings = [{"fieldName": "phone_number", "externalFieldName": "phone"}]
        assert got == {
            "id": global_id("App", raw["app_id"]),
            "appId": raw["app_id"],
            "orgId": raw["org_id"],
            "name": "Sales CRM",
            "type": "CRM",
            "provider": "hubspot",
            "connectionStatus": "CONNECTED",
            "authConfig": {"type": "OAUTH2", "clientId": "client-1", "username": None},
            "crmConfig": {
                "inboundSyncMappings": mappings,
                "outboundSyncMappings": mappings,
                "syncConversationActivity": True,
                "syncNewContacts": False,
            },
            "tenantId": None,
            "tenantUrl": None,
            "tenantType": None,
        }
        assert await it.data(APP, {"id": "app_of_nobody"}) == {"app": None}
        assert await it.errors(APP, {"id": "a/b"}) == [("app", "BAD_USER_INPUT")]


PAGE = """query ($first: Int!, $after: String, $scope: AppPrivacyScope, $order: AppOrder) {
  apps(first: $first, after: $after, privacyScope: $scope, orderBy: $order) {
    pageInfo { hasNextPage endCursor } nodes { appId }
} }""".replace("$order: AppOrder)", "$order: AppOrder! = DESCENDING)")


async def test_apps_are_paged_in_both_orders() -> None:
    async with world(calls=1) as it:
        ids = [each["app_id"] for each in await apps(it)]
        page = (await it.data(PAGE, {"first": 2}))["apps"]
        after = page["pageInfo"]["endCursor"]
        assert [each["appId"] for each in page["nodes"]] == ids[:2]
        assert it.sent[-1].url.query == b"limit=2&sort_order=descending"
        rest = (await it.data(PAGE, {"first": 9, "after": after}))["apps"]
        assert [each["appId"] for each in rest["nodes"]] == ids[2:]
        up = (await it.data(PAGE, {"first": 9, "order": "ASCENDING"}))["apps"]
        assert [each["appId"] for each in up["nodes"]] == ids[::-1]
        assert it.requests == {LIST: 3}
        for other in ({"scope": "PCI"}, {"order": "ASCENDING"}):
            found = await it.errors(PAGE, {"first": 2, "after": after, **other})
            assert found == [("apps", "BAD_USER_INPUT")]
        assert it.requests == {LIST: 3}


@pytest.mark.parametrize(
    ("scope", "count", "sent"), [("STANDARD", 4, "standard"), ("PCI", 1, "pci"), (None, 5, None)]
)
async def test_apps_are_listed_by_what_their_functions_may_see(
    scope: str | None, count: int, sent: str | None
) -> None:
    async with world(calls=1) as it:
        nodes = (await it.data(PAGE, {"first": 9, "scope": scope}))["apps"]["nodes"]
        assert len(nodes) == count
        assert it.sent[-1].url.params.get("privacy_scope") == sent


USED = """query ($id: ID!, $first: Int! = 50, $after: String, $order: AppOrder! = DESCENDING) {
  app(appId: $id) { usages(first: $first, after: $after, orderBy: $order) {
    pageInfo { hasNextPage endCursor }
    nodes { type agentId agentName agentVersions knowledgeBaseId knowledgeBaseName
            configuredTimestamp }
} } }"""


async def test_what_uses_an_app_is_listed_page_by_page() -> None:
    async with world(calls=1) as it:
        id_ = (await crm(it))["app_id"]
        items = (await told(it, f"/list-app-usages/{id_}"))["items"]
        whole = (await it.data(USED, {"id": id_}))["app"]["usages"]["nodes"]
        assert [each["configuredTimestamp"] for each in whole] == [
            moment(each["configured_timestamp"]) for each in items
        ]
        assert [
            (each["type"], each["agentId"], each["agentName"], each["agentVersions"])
            for each in whole
        ] == [
            (
                each["type"].upper(),
                each.get("agent_id"),
                each.get("agent_name"),
                each.get("agent_versions"),
            )
            for each in items
        ]
        assert [each["knowledgeBaseName"] for each in whole] == ["Price list", None, None]
        assert [each["knowledgeBaseId"] for each in whole] == [
            each.get("knowledge_base_id") for each in items
        ]
        got: list[Any] = []
        after = None
        for _ in range(3):
            page = await it.data(USED, {"id": id_, "first": 1, "after": after})
            got += page["app"]["usages"]["nodes"]
            after = page["app"]["usages"]["pageInfo"]["endCursor"]
        assert got == whole
        up = await it.data(USED, {"id": id_, "order": "ASCENDING"})
        assert up["app"]["usages"]["nodes"] == whole[::-1]
        assert it.requests == {GET: 1, USAGES: 5}


async def test_a_usage_leads_to_its_agent() -> None:
    query = APP.replace(WHOLE, "usages { nodes { agentName agent { agentName } } }")
    async with world(calls=1) as it:
        nodes = (await it.data(query, {"id": (await crm(it))["app_id"]}))["app"]["usages"]["nodes"]
        name = nodes[2]["agentName"]
        assert [each["agent"] for each in nodes] == [None, None, {"agentName": name}]
        assert it.requests == {GET: 1, USAGES: 1, "GET /get-agent": 2}


@pytest.mark.parametrize("id_", [None, "../x"])
async def test_an_id_that_cannot_be_one_is_retells_fault_and_not_sent(id_: object) -> None:
    query = "{ apps(first: 1) { nodes { name usages { nodes { type } } } } }"
    async with world(transport=Odd("/list-apps", app_id=id_)) as it:
        assert await it.errors(query) == [("apps.nodes.0.usages", "UPSTREAM_INVALID")]
        assert [each.url.path for each in it.sent] == ["/list-apps"]


async def test_what_is_newer_than_the_schema_is_unknown_and_raw() -> None:
    query = """{ apps(first: 1) { nodes { type typeRaw connectionStatus connectionStatusRaw
        tenantType tenantTypeRaw authConfig { type typeRaw } } } }"""
    odd = Odd(
        "/list-apps", type="a", connection_status="b", tenant_type="c", auth_config={"type": "d"}
    )
    async with world(transport=odd) as it:
        assert (await it.data(query))["apps"]["nodes"][0] == {
            "type": "UNKNOWN",
            "typeRaw": "a",
            "connectionStatus": "UNKNOWN",
            "connectionStatusRaw": "b",
            "tenantType": "UNKNOWN",
            "tenantTypeRaw": "c",
            "authConfig": {"type": "UNKNOWN", "typeRaw": "d"},
        }


async def test_secrets_that_retell_should_not_have_given_are_not_shown() -> None:
    leaky = Odd("/list-apps", auth_config={"type": "basic", "username": "u", "password": "LEAK"})
    async with world(transport=leaky) as it:
        answer = await it.answer(f"{{ apps(first: 5) {{ nodes {{ {WHOLE} }} }} }}")
        assert "errors" not in answer
        assert "LEAK" not in str(answer)


SCHEMA = """query ($id: ID!, $filled: [JSON!]) {
  appToolSchema(appId: $id, appToolTemplateName: "make_deal", parameters: $filled) {
    complete inputSchema responseSchema
} }"""


async def test_a_tool_is_asked_for_in_rounds() -> None:
    filled = [{"type": "object", "properties": {"pipeline": {"const": "7"}}}]
    async with world(calls=1) as it:
        id_ = (await crm(it))["app_id"]
        first = (await it.data(SCHEMA, {"id": id_}))["appToolSchema"]
        assert (first["complete"], first["responseSchema"]) == (False, None)
        assert list(first["inputSchema"]["properties"]) == ["pipeline"]
        assert orjson.loads(it.sent[-1].content) == {"app_tool_template_name": "make_deal"}
        for _ in range(2):
            last = (await it.data(SCHEMA, {"id": id_, "filled": filled}))["appToolSchema"]
        assert last["complete"] is True
        assert list(last["responseSchema"]["properties"]) == ["deal_id"]
        assert orjson.loads(it.sent[-1].content) == {
            "app_tool_template_name": "make_deal",
            "parameters": filled,
        }
        assert await it.data(SCHEMA, {"id": id_, "filled": None}) == {"appToolSchema": first}
        assert it.requests == {TOOL: 2}
        assert await it.data(SCHEMA, {"id": "app_of_nobody"}) == {"appToolSchema": None}
        for wrong in ({"id": "a/b"}, {"id": id_, "filled": [1]}):
            assert await it.errors(SCHEMA, wrong) == [("appToolSchema", "BAD_USER_INPUT")]
        assert it.requests == {TOOL: 3}


async def test_a_tool_is_asked_for_again_where_retell_was_busy() -> None:
    async with world(calls=1) as it:
        id_ = (await crm(it))["app_id"]
        it.sandbox.faults.set([Fault(TOOL, status=503, times=1, headers={"retry-after": "0"})])
        assert (await it.data(SCHEMA, {"id": id_}))["appToolSchema"]["complete"] is False
        assert it.requests == {TOOL: 2}


# --- Changes -----------------------------------------------------------------------------------

SHOWN = "app { appId name connectionStatus authConfig { type username clientId } }"
CHANGES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "createApp": (CREATE, SHOWN, {"type": "SUPPORT", "provider": "zendesk"}),
    "updateApp": (UPDATE, SHOWN, {"appId": "app_1", "name": "New"}),
    "deleteApp": (DELETE, "deletedAppId", {"appId": "app_1"}),
    "testAppAuth": (TEST, "success", {"appId": "app_1"}),
}


async def made(it: World, name: str, /, **input_: Any) -> Any:
    _endpoint, selection, given = CHANGES[name]
    return await it.answer(change(name, selection), {"input": given | input_})


@pytest.mark.parametrize("name", CHANGES)
async def test_without_the_scope_nothing_is_sent(name: str) -> None:
    async with world(calls=1, scopes=SCOPES.keys() - {"apps:write"}) as it:
        assert faults(await made(it, name)) == [(name, "FORBIDDEN")]
        assert it.requests == {}


@pytest.mark.parametrize(
    "field",
    [
        'app(appId: "x") { id }',
        "apps { nodes { id } }",
        'appToolSchema(appId: "x", appToolTemplateName: "y") { complete }',
    ],
)
async def test_without_the_scope_nothing_is_asked(field: str) -> None:
    async with world(calls=1, scopes=SCOPES.keys() - {"apps:read"}) as it:
        ((_, code),) = await it.errors(f"{{ {field} }}")
        assert code == "FORBIDDEN"
        assert it.requests == {}


async def test_who_may_only_change_apps_reads_no_usages_by_a_change() -> None:
    query = """mutation { createApp(input: { type: SUPPORT, provider: "zendesk" }) {
      app { usages { nodes { agentName } } } } }"""
    async with world(calls=1, scopes=["apps:write"]) as it:
        assert await it.errors(query) == [("createApp.app.usages", "FORBIDDEN")]
        assert it.requests == {CREATE: 1}


async def test_an_address_is_shown_without_what_people_keep_in_it() -> None:
    app = {"app_id": "app_1", "tenant_url": "https://u:secret@acme.test/desk?token=secret"}
    retell = httpx.MockTransport(lambda _: httpx.Response(200, json=app))
    async with world(transport=retell) as it:
        data = await it.data('{ app(appId: "app_1") { tenantUrl } }')
        assert data == {"app": {"tenantUrl": "https://acme.test/desk"}}


async def test_nothing_but_its_outcome_is_taken_of_a_trial() -> None:
    told_more = {"success": True, "user_errors": None, "client_mutation_id": "another"}
    retell = httpx.MockTransport(lambda _: httpx.Response(200, json=told_more))
    query = """mutation { testAppAuth(input: { appId: "app_1" }) {
      success clientMutationId userErrors { code } } }"""
    async with world(transport=retell) as it:
        payload = (await it.data(query))["testAppAuth"]
        assert payload == {"success": True, "clientMutationId": None, "userErrors": []}


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
    async with world(calls=1) as it:
        it.sandbox.faults.set([Fault(status=status)])
        payload = (await made(it, name))["data"][name]
        (error,) = payload.pop("userErrors")
        assert error["code"] == code
        named = None if name == "createApp" else ["appId"]
        assert status == 400 or error["field"] == named
        assert list(payload.values()) == [None]


CREDENTIALS: list[tuple[dict[str, Any], dict[str, Any], dict[str, Any]]] = [
    (
        {"oauth2": {"clientId": "c", "clientSecret": "s"}},
        {"type": "oauth2", "client_id": "c", "client_secret": "s"},
        {"type": "OAUTH2", "clientId": "c", "username": None},
    ),
    (
        {"apiKey": "k"},
        {"type": "api_key", "api_key": "k"},
        {"type": "API_KEY", "clientId": None, "username": None},
    ),
    (
        {"basic": {"username": "u", "password": "p"}},
        {"type": "basic", "username": "u", "password": "p"},
        {"type": "BASIC", "clientId": None, "username": "u"},
    ),
]


@pytest.mark.parametrize(("given", "sent", "shown"), CREDENTIALS)
async def test_credentials_are_sent_once_and_not_shown(given: Any, sent: Any, shown: Any) -> None:
    more = {
        "type": "CRM",
        "provider": "hubspot",
        "name": "Sales",
        "tenantId": "t",
        "tenantUrl": "https://t.test",
        "crmConfig": {
            "inboundSyncMappings": [{"fieldName": "phone_number", "externalFieldName": "phone"}],
            "outboundSyncMappings": [],
            "syncConversationActivity": True,
            "syncNewContacts": False,
        },
    }
    async with world(calls=1) as it:
        answer = await made(it, "createApp", authConfig=given, **more)
        app = answer["data"]["createApp"]["app"]
        assert (app["authConfig"], app["connectionStatus"]) == (shown, "NOT_CONNECTED")
        assert it.requests == {CREATE: 1}
        assert orjson.loads(it.sent[-1].content) == {
            "type": "crm",
            "provider": "hubspot",
            "name": "Sales",
            "auth_config": sent,
            "tenant_id": "t",
            "tenant_url": "https://t.test",
            "crm_config": {
                "inbound_sync_mappings": [
                    {"field_name": "phone_number", "external_field_name": "phone"}
                ],
                "outbound_sync_mappings": [],
                "sync_conversation_activity": True,
                "sync_new_contacts": False,
            },
        }


async def test_an_app_is_changed_tried_and_deleted() -> None:
    async with world(calls=1) as it:
        app = next(each for each in await apps(it) if each["type"] == "support")
        id_ = app["app_id"]
        basic = {"basic": {"username": "u", "password": "wrong"}}
        answer = await made(it, "updateApp", appId=id_, authConfig=basic)
        assert answer["data"]["updateApp"]["app"] == {
            "appId": id_,
            "name": "New",
            "connectionStatus": "NOT_CONNECTED",
            "authConfig": {"type": "BASIC", "username": "u", "clientId": None},
        }
        assert orjson.loads(it.sent[-1].content) == {
            "name": "New",
            "auth_config": {"type": "basic", "username": "u", "password": "wrong"},
        }
        tried = (await made(it, "testAppAuth", appId=id_))["data"]["testAppAuth"]
        assert tried == {"success": False, "userErrors": []}
        assert (await it.data(APP, {"id": id_}))["app"]["connectionStatus"] == "ERROR"
        gone = (await made(it, "deleteApp", appId=id_))["data"]["deleteApp"]
        assert gone == {"deletedAppId": id_, "userErrors": []}
        assert await it.data(APP, {"id": id_}) == {"app": None}
        assert it.requests == {UPDATE: 1, TEST: 1, DELETE: 1, GET: 2}


@pytest.mark.parametrize(
    ("forced", "query", "code"),
    [(False, "force_delete=false", "CONFLICT"), (True, "force_delete=true", None)],
)
async def test_an_app_in_use_is_deleted_by_force_only(
    forced: bool, query: str, code: str | None
) -> None:
    async with world(calls=1) as it:
        id_ = (await crm(it))["app_id"]
        payload = (await made(it, "deleteApp", appId=id_, forceDelete=forced))["data"]["deleteApp"]
        assert [error["code"] for error in payload["userErrors"]] == ([code] if code else [])
        assert it.sent[-1].url.query.decode() == query


INBOUND = {"inboundSyncMappings": [{"fieldName": "first_name", "externalFieldName": "x"}]}


@pytest.mark.parametrize(
    ("name", "input_", "field"),
    [
        ("createApp", {"type": "UNKNOWN"}, None),
        ("createApp", {"name": None}, "name"),
        ("createApp", {"authConfig": None}, "authConfig"),
        ("createApp", {"crmConfig": INBOUND}, "crmConfig"),
        ("createApp", {"crmConfig": {"syncNewContacts": None}}, "syncNewContacts"),
        ("updateApp", {"appId": "../x"}, "appId"),
        ("updateApp", {"tenantUrl": None}, "tenantUrl"),
        ("deleteApp", {"appId": "../x"}, "appId"),
        ("deleteApp", {"forceDelete": None}, "forceDelete"),
        ("testAppAuth", {"appId": "../x"}, "appId"),
    ],
)
async def test_what_cannot_be_is_not_sent(name: str, input_: Any, field: str | None) -> None:
    async with world(calls=1) as it:
        (error,) = (await made(it, name, **input_))["data"][name]["userErrors"]
        assert error["code"] == "BAD_USER_INPUT"
        assert error["field"] == (None if field is None else [field])
        assert it.requests == {}


async def test_an_update_of_nothing_is_not_sent() -> None:
    async with world(calls=1) as it:
        query = change("updateApp", SHOWN)
        (error,) = (await it.data(query, {"input": {"appId": "app_1"}}))["updateApp"]["userErrors"]
        assert error["message"] == "Give at least one field to change."
        assert it.requests == {}


def reads(app: dict[str, Any], other: dict[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, each in (("its", app), ("other", other)):
        id_ = each["app_id"]
        found |= {
            f"{name} self": f'app(appId: "{id_}") {{ appId }}',
            f"{name} usages": f'app(appId: "{id_}") {{ usages {{ nodes {{ type }} }} }}',
            f"{name} tool": (
                f'appToolSchema(appId: "{id_}", appToolTemplateName: "x") {{ complete }}'
            ),
        }
    return found | {
        "list": "apps(first: 1) { nodes { appId } }",
        "crm schema": "crmSchema { provider }",
        "crm config": "crmConfig { appId }",
        "contacts": "contacts(first: 1) { nodes { contactId } }",
    }


ONE = {"its self", "its usages", "its tool", "list", "crm schema", "crm config"}


@pytest.mark.parametrize(
    ("name", "touched"),
    [
        ("createApp", {"list"}),
        ("updateApp", ONE),
        ("testAppAuth", ONE),
        ("deleteApp", ONE - {"its usages"}),  # there is nothing that they could belong to
    ],
)
async def test_a_change_touches_what_it_changes_and_nothing_else(
    name: str, touched: set[str]
) -> None:
    async with world(calls=1) as it:
        app, other = [each for each in await apps(it) if each["type"] != "crm"][:2]
        queries = reads(app, other)
        for query in queries.values():
            await it.data(f"{{ {query} }}")
        id_ = {} if name == "createApp" else {"appId": app["app_id"]}
        assert (await made(it, name, **id_))["data"][name]["userErrors"] == []
        again = set()
        for read, query in queries.items():
            it.sandbox.requests.clear()
            await it.data(f"{{ {query} }}")
            if it.requests:
                again.add(read)
        assert again == touched
