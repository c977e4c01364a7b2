"""The routes of apps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.sandbox.account import org_of
from gateway.sandbox.data.seeds import seeded, token
from gateway.sandbox.data.session_tools import SECRET
from gateway.sandbox.endpoint import Endpoint
from gateway.sandbox.filters import listed, properties
from gateway.sandbox.pages import Paging
from gateway.sandbox.problem import Problem, bad_request
from gateway.sandbox.shelf import Shelf

if TYPE_CHECKING:
    from gateway.sandbox.endpoint import Ask
    from gateway.sandbox.store import Account

Json = dict[str, Any]

_DAY_MS = 24 * 3600 * 1000
_TYPES = ("crm", "calendar", "knowledge_base", "support", "communication")
_EDITS = {"auth_config", "crm_config", "name", "tenant_id", "tenant_url"}
_CREDENTIALS = {
    "oauth2": {"client_id", "client_secret"},
    "api_key": {"api_key"},
    "basic": {"username", "password"},
}
_HIDDEN = {"client_secret", "api_key", "password"}
_MAPPING = [{"field_name": "phone_number", "external_field_name": "phone"}]
_FIRST: tuple[Json, ...] = (
    {
        "type": "crm",
        "provider": "hubspot",
        "name": "Sales CRM",
        "auth_config": {"type": "oauth2", "client_id": "client-1", "client_secret": SECRET},
        "connection_status": "connected",
        "crm_config": {
            "inbound_sync_mappings": _MAPPING,
            "outbound_sync_mappings": _MAPPING,
            "sync_conversation_activity": True,
            "sync_new_contacts": False,
        },
    },
    {
        "type": "support",
        "provider": "zendesk",
        "name": "Help desk",
        "auth_config": {"type": "basic", "username": "desk@example.com", "password": SECRET},
        "connection_status": "error",
        "tenant_id": "tenant-7",
        "tenant_url": "https://example.zendesk.test",
    },
    {
        "type": "calendar",
        "provider": "cal_com",
        "auth_config": {"type": "api_key", "api_key": SECRET},
        "connection_status": "not_connected",
    },
    {
        "type": "knowledge_base",
        "provider": "onedrive",
        "auth_config": {"type": "refresh_token"},
        "connection_status": "connected",
        "tenant_type": "business",
    },
    {
        "type": "communication",
        "provider": "pci_pal",
        "auth_config": {"type": "access_token"},
        "connection_status": "connected",
    },
)
_PCI = ("pci_pal",)
"""Providers whose functions may see the data of cards."""


def _made(account: Account) -> Shelf:
    apps = []
    for number, app in enumerate(_FIRST):
        born_ms = account.anchor_ms - (90 - number) * _DAY_MS
        own = {
            "app_id": f"app_{token(seeded(account.world, 'app', number), 24)}",
            "org_id": org_of(account.key),
            "created_timestamp": born_ms,
            "user_modified_timestamp": born_ms + _DAY_MS,
        }
        apps.append(own | app)
    return Shelf("app", "app_id", apps, 404)


def apps_of(account: Account) -> Shelf:
    """The apps of a key."""
    return account.shelf("apps", _made)


def _told(app: Json) -> Json:
    """Without what is never shown again."""
    if "auth_config" not in app:
        return app
    shown = {name: v for name, v in app["auth_config"].items() if name not in _HIDDEN}
    return app | {"auth_config": shown}


def get_app(ask: Ask) -> Json:
    return _told(apps_of(ask.account).find(ask.path["app_id"]))


def list_apps(ask: Ask) -> Json:
    wanted = ask.query.get("privacy_scope")
    paging = Paging.of_query(ask.query, [ask.account.key, "apps", wanted], "privacy_scope")
    if wanted not in (None, "standard", "pci"):
        raise bad_request("privacy_scope must be standard or pci")
    found = [
        app
        for app in apps_of(ask.account)
        if wanted is None or (app["provider"] in _PCI) == (wanted == "pci")
    ]
    return paging.cut(sorted(found, key=_place), _place).envelope(_told)


def list_app_usages(ask: Ask) -> Json:
    app = apps_of(ask.account).find(ask.path["app_id"])
    paging = Paging.of_query(ask.query, [ask.account.key, "usages", app["app_id"]])
    usages = _usages(ask.account, app)
    return paging.cut(sorted(usages, key=_usage_place), _usage_place).envelope(lambda each: each)


def create_app(ask: Ask) -> Json:
    given = properties("body", ask.body, {"provider", "type", *_EDITS})
    if given.get("type") not in _TYPES:
        raise bad_request(f"type must be one of {', '.join(_TYPES)}")
    if not isinstance(given.get("provider"), str):
        raise bad_request("provider is required")
    _check(given)
    shelf = apps_of(ask.account)
    rng = seeded(ask.account.world, "new app", len(list(shelf)), ask.now_ms)
    own = {
        "app_id": f"app_{token(rng, 24)}",
        "org_id": org_of(ask.account.key),
        "created_timestamp": ask.now_ms,
        "user_modified_timestamp": ask.now_ms,
        "connection_status": "not_connected",
    }
    return _told(shelf.put(own | given))


def update_app(ask: Ask) -> Json:
    shelf = apps_of(ask.account)
    app = shelf.find(ask.path["app_id"])
    given = properties("body", ask.body, _EDITS)
    _check(given)
    untried = {"connection_status": "not_connected"} if given.keys() & _UNTRIED else {}
    return _told(shelf.put(app | given | untried | {"user_modified_timestamp": ask.now_ms}))


def delete_app(ask: Ask) -> None:
    shelf = apps_of(ask.account)
    app = shelf.find(ask.path["app_id"])
    forced = properties("query", dict(ask.query), {"force_delete"}).get("force_delete") == "true"
    if _usages(ask.account, app) and not forced:
        raise Problem(409, "The app is still referenced")
    shelf.remove(app["app_id"])


def test_app_auth(ask: Ask) -> Json:
    """Whoever has credentials gets in, but not with the password `wrong`."""
    shelf = apps_of(ask.account)
    app = shelf.find(ask.path["app_id"])
    secrets = app.get("auth_config")
    success = secrets is not None and secrets.get("password") != "wrong"
    shelf.put(app | {"connection_status": "connected" if success else "error"})
    return {"success": success}


def get_app_tool_schema(ask: Ask) -> Json:
    """Two rounds: the first asks for a pipeline, the second for what belongs into it."""
    apps_of(ask.account).find(ask.path["app_id"])
    given = properties("body", ask.body, {"app_tool_template_name", "parameters"})
    if not isinstance(given.get("app_tool_template_name"), str):
        raise bad_request("app_tool_template_name is required")
    filled = {
        name
        for each in listed("parameters", given.get("parameters", []))
        for name in each["properties"]
    }
    if "pipeline" not in filled:
        return {"complete": False, "input_schema": _object({"pipeline": {"type": "string"}})}
    return {
        "complete": True,
        "input_schema": _object({"title": {"type": "string"}}),
        "response_schema": _object({"deal_id": {"type": "string"}}),
    }


_UNTRIED = {"auth_config", "tenant_url"}


def _object(fields: Json) -> Json:
    return {
        "type": "object",
        "properties": fields,
        "required": list(fields),
        "additionalProperties": False,
    }


def _check(given: Json) -> None:
    if "auth_config" in given:
        kind = given["auth_config"].get("type")
        if kind not in _CREDENTIALS:
            raise bad_request(f"auth_config: type must be one of {', '.join(_CREDENTIALS)}")
        wanted = {"type", *_CREDENTIALS[kind]}
        if set(properties("auth_config", given["auth_config"], wanted)) != wanted:
            raise bad_request(f"auth_config: {kind} needs {', '.join(sorted(wanted))}")


def _usages(account: Account, app: Json) -> list[Json]:
    """The first app has a user of each kind, and one that was deleted; the others have none."""
    if app["provider"] != _FIRST[0]["provider"]:
        return []
    at = account.anchor_ms - 30 * _DAY_MS
    agent = account.agents[0]
    versions = [version.version for version in reversed(agent.versions)]
    base = f"knowledge_base_{token(seeded(account.world, 'used base'), 16)}"
    return [
        {
            "type": "agent",
            "agent_id": agent.agent_id,
            "agent_name": agent.item["agent_name"],
            "agent_versions": versions,
            "configured_timestamp": at,
        },
        {
            "type": "agent",
            "agent_id": f"agent_{token(seeded(account.world, 'deleted agent'), 26)}",
            "agent_versions": [0],
            "configured_timestamp": at + _DAY_MS,
        },
        {
            "type": "knowledge_base",
            "knowledge_base_id": base,
            "knowledge_base_name": "Price list",
            "configured_timestamp": at + 2 * _DAY_MS,
        },
    ]


def _place(app: Json) -> tuple[int, str]:
    return int(app["created_timestamp"]), str(app["app_id"])


def _usage_place(usage: Json) -> tuple[int, str]:
    return int(usage["configured_timestamp"]), usage["type"]


ENDPOINTS = (
    Endpoint("GET", "/get-app/{app_id}", get_app),
    Endpoint("GET", "/list-apps", list_apps),
    Endpoint("GET", "/list-app-usages/{app_id}", list_app_usages),
    Endpoint("POST", "/create-app", create_app),
    Endpoint("PATCH", "/update-app/{app_id}", update_app),
    Endpoint("DELETE", "/delete-app/{app_id}", delete_app),
    Endpoint("POST", "/get-app-tool-schema/{app_id}", get_app_tool_schema),
    Endpoint("POST", "/test-app-auth/{app_id}", test_app_auth),
)
