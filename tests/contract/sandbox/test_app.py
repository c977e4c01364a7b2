"""The sandbox's apps, judged by the official SDK with strict response validation."""

from __future__ import annotations

from typing import Any

import pytest
from retell import BadRequestError, ConflictError, NotFoundError
from retell.types import (
    AppGetToolSchemaResponse,
    AppListResponse,
    AppListUsagesResponse,
    AppResponse,
    app_response,
)

from gateway.sandbox.app import Sandbox, create_sandbox
from tests.contract.test_sandbox_with_sdk import fields_declared, fields_seen
from tests.sandbox.asking import KEY_A, KEY_B, NOW_S, sdk


@pytest.fixture
def small() -> Sandbox:
    return create_sandbox(clock=lambda: NOW_S, calls=1)


async def every(sandbox: Sandbox, key: str = KEY_B, **asked: Any) -> list[AppResponse]:
    return (await sdk(sandbox, key).app.list(limit=1000, **asked)).items


async def used(sandbox: Sandbox) -> AppResponse:
    return next(app for app in await every(sandbox) if app.type == "crm")


async def test_every_field_of_an_app_occurs(small: Sandbox) -> None:
    seen = fields_seen(await sdk(small).app.list(limit=2)) | fields_seen(await every(small))
    assert fields_declared(AppListResponse) - seen == set()
    kinds = {type(each.auth_config) for each in await every(small)}
    assert len(kinds) == 5
    assert app_response.AuthConfigAPIKeyAuthConfigResponse in kinds


async def test_credentials_are_never_shown(small: Sandbox) -> None:
    shown = [each.auth_config.to_dict() for each in await every(small) if each.auth_config]
    assert {name for each in shown for name in each} == {"type", "client_id", "username"}


async def test_apps_are_read_and_listed(small: Sandbox) -> None:
    apps = await every(small)
    assert [await sdk(small).app.get(each.app_id) for each in apps] == apps
    assert await every(small, sort_order="ascending") == apps[::-1]
    (pci,) = await every(small, privacy_scope="pci")
    assert [each for each in apps if each != pci] == await every(small, privacy_scope="standard")
    with pytest.raises(BadRequestError):
        await every(small, privacy_scope="secret")
    with pytest.raises(NotFoundError):
        await sdk(small).app.get("app_of_nobody")


async def test_every_field_of_a_usage_occurs(small: Sandbox) -> None:
    client, app = sdk(small), await used(small)
    first = await client.app.list_usages(app.app_id, limit=1)
    assert first.pagination_key is not None
    rest = await client.app.list_usages(app.app_id, pagination_key=first.pagination_key)
    seen = fields_seen(first) | fields_seen(rest)
    assert fields_declared(AppListUsagesResponse) - seen == set()
    agents = {agent.agent_id for agent in (await client.agent.list()).items}
    named = [each.agent_id for each in rest.items if each.type == "agent" and each.agent_name]
    assert [id_ in agents for id_ in named] == [True]
    others = [each for each in await every(small) if each != app]
    assert [(await client.app.list_usages(each.app_id)).items for each in others] == [[]] * 4


async def test_an_app_is_made_tried_changed_and_deleted(small: Sandbox) -> None:
    client = sdk(small)
    made = await client.app.create(type="support", provider="zendesk", name="Desk")
    assert (made.connection_status, made.auth_config) == ("not_connected", None)
    assert not (await client.app.test_auth(made.app_id)).success
    assert (await client.app.get(made.app_id)).connection_status == "error"
    basic: Any = {"type": "basic", "username": "ida", "password": "right"}
    changed = await client.app.update(made.app_id, auth_config=basic)
    assert changed.to_dict() == {
        **made.to_dict(),
        "auth_config": {"type": "basic", "username": "ida"},
    }
    assert (await client.app.test_auth(made.app_id)).success
    assert (await client.app.update(made.app_id, name="New")).connection_status == "connected"
    await client.app.update(made.app_id, auth_config=basic | {"password": "wrong"})
    assert not (await client.app.test_auth(made.app_id)).success
    await client.app.delete(made.app_id)
    for gone in (client.app.get, client.app.delete, client.app.test_auth, client.app.list_usages):
        ask: Any = gone
        with pytest.raises(NotFoundError):
            await ask(made.app_id)


async def test_an_app_in_use_is_deleted_by_force_only(small: Sandbox) -> None:
    client, app = sdk(small), await used(small)
    for forced in ({}, {"force_delete": False}):
        asked: Any = forced
        with pytest.raises(ConflictError):
            await client.app.delete(app.app_id, **asked)
    await client.app.delete(app.app_id, force_delete=True)
    with pytest.raises(NotFoundError):
        await client.app.get(app.app_id)


@pytest.mark.parametrize(
    "given",
    [
        {"type": "brain", "provider": "x"},
        {"type": "crm", "provider": 7},
        {"type": "crm", "provider": "x", "auth_config": {"type": "access_token"}},
        {"type": "crm", "provider": "x", "auth_config": {"type": "api_key"}},
        {"type": "crm", "provider": "x", "extra_body": {"org_id": "org_1"}},
    ],
)
async def test_what_cannot_be_an_app_is_refused(small: Sandbox, given: dict[str, Any]) -> None:
    with pytest.raises(BadRequestError):
        await sdk(small).app.create(**given)
    assert len(await every(small)) == 5


async def test_a_tool_is_asked_for_in_rounds(small: Sandbox) -> None:
    client, app = sdk(small), await used(small)
    first = await client.app.get_tool_schema(app.app_id, app_tool_template_name="make_deal")
    assert not first.complete
    filled: Any = {"type": "object", "properties": {"pipeline": {"const": "7"}}}
    last = await client.app.get_tool_schema(
        app.app_id, app_tool_template_name="make_deal", parameters=[filled]
    )
    assert last.complete
    assert fields_declared(AppGetToolSchemaResponse) - fields_seen(last) == set()
    nameless: Any = {}
    with pytest.raises(BadRequestError):
        await client.app.get_tool_schema(app.app_id, app_tool_template_name=nameless)


async def test_each_key_has_apps_of_its_own(small: Sandbox) -> None:
    ids = [{app.app_id for app in await every(small, key)} for key in (KEY_A, KEY_B)]
    assert ids[0] & ids[1] == set()
