"""The routes of the CRM: what contacts have, and the sync with somebody else's."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gateway.sandbox import contact_jobs
from gateway.sandbox.account import org_of
from gateway.sandbox.apps import apps_of
from gateway.sandbox.data.contacts import MOST, tag_id
from gateway.sandbox.endpoint import Endpoint
from gateway.sandbox.filters import listed, properties
from gateway.sandbox.problem import Problem, bad_request
from gateway.sandbox.shelf import Shelf

if TYPE_CHECKING:
    from gateway.sandbox.endpoint import Ask
    from gateway.sandbox.store import Account

Json = dict[str, Any]

_PROMPT = "Keep what helps the next conversation, in at most ten sentences."
_TYPES = ("string", "number", "boolean", "date", "datetime", "enum")
_FIELDS: list[Json] = [
    {"name": "plan", "type": "enum", "label": "Plan", "options": ["free", "gold"]},
    {"name": "seats", "type": "number", "description": "How many seats were bought."},
]
_THEIRS: list[Json] = [
    {"name": "phone", "type": "string", "label": "Phone"},
    {"name": "lifecycle", "type": "enum", "options": ["lead", "customer"]},
    {"name": "last_seen", "type": "datetime", "description": "When they last came by."},
]
_LABELS = ("VIP", "Newsletter", "Late payer")
_TAG_ID = re.compile(r"[0-9a-fA-F]{32}")


def _first(account: Account) -> Shelf:
    crms = [app for app in apps_of(account) if app["type"] == "crm"]
    config = {
        "org_id": org_of(account.key),
        "app_id": crms[0]["app_id"],
        "contact_memory_update_prompt": "Note what {{name}} prefers.",
        "default_contact_memory_update_prompt": _PROMPT,
        "contact_columns_order": ["first_name", "phone_number", "plan"],
        "contact_tags": [
            {"id": tag_id(account.world, number), "label": label}
            for number, label in enumerate(_LABELS)
        ],
        "crm_analysis_data_mappings": [
            {"analysis_data_name": "plan", "field_name": "plan", "update_mode": "fill_if_empty"}
        ],
        "custom_fields": _FIELDS,
        "last_sync_timestamp": account.anchor_ms - 3_600_000,
    }
    return Shelf("CRM config", "org_id", [config], 404)


def config_of(account: Account) -> Json:
    """The configuration of a key's organisation."""
    return account.shelf("crm config", _first).find(org_of(account.key))


def get_crm_config(ask: Ask) -> Json:
    return {
        name: value
        for name, value in config_of(ask.account).items()
        if value is not None or name == "contact_memory_update_prompt"
    }


def update_crm_config(ask: Ask) -> Json:
    given = properties("body", ask.body, set(_CHECKS))
    for name, value in given.items():
        _CHECKS[name](ask, value)
    config = config_of(ask.account) | given
    if given.get("contact_tags", ()) is None:
        config["contact_tags"] = []
    known = {field["name"] for field in config["custom_fields"]} | _BUILT_IN
    for mapping in config["crm_analysis_data_mappings"]:
        if mapping["field_name"] not in known:
            raise bad_request(f"crm_analysis_data_mappings: {mapping['field_name']} is no field")
    ask.account.shelf("crm config", _first).put(config)
    return get_crm_config(ask)


def get_crm_schema(ask: Ask) -> Json:
    asked = properties("query", dict(ask.query), {"app_id"}).get("app_id")
    app_id = asked or config_of(ask.account).get("app_id")
    app = next((each for each in apps_of(ask.account) if each["app_id"] == app_id), None)
    if app is None or app["type"] != "crm":
        raise Problem(404, "No CRM app is connected")
    return {"provider": app["provider"], "fields": _THEIRS}


def get_sync_job_status(ask: Ask) -> Json:
    return contact_jobs.state(ask, "sync")


def run_sync_job(ask: Ask) -> Json:
    if config_of(ask.account).get("app_id") is None:
        raise Problem(404, "No CRM app is connected")
    return contact_jobs.begin(ask, "sync", MOST)


_BUILT_IN = {"first_name", "last_name", "do_not_call", "contact_memory"}


def _check_app(ask: Ask, given: object) -> None:
    if given is not None and given not in {app["app_id"] for app in apps_of(ask.account)}:
        raise Problem(404, f"Cannot find app {given}")


def _check_texts(_ask: Ask, given: object) -> None:
    if not all(isinstance(each, str) for each in listed("contact_columns_order", given)):
        raise bad_request("contact_columns_order must be strings")


def _check_prompt(_ask: Ask, given: object) -> None:
    if not isinstance(given, str | None):
        raise bad_request("contact_memory_update_prompt must be a string or null")


def _check_tags(_ask: Ask, given: object) -> None:
    tags = [] if given is None else listed("contact_tags", given)
    ids = [properties("contact_tags", tag, {"id", "label"}).get("id") for tag in tags]
    if not all(isinstance(each, str) and _TAG_ID.fullmatch(each) for each in ids):
        raise bad_request("contact_tags: id must be 32 hexadecimal characters")
    if len(set(ids)) < len(ids):
        raise bad_request("contact_tags: ids must be unique")


def _check_mappings(_ask: Ask, given: object) -> None:
    names = {"analysis_data_name", "field_name", "update_mode"}
    for mapping in listed("crm_analysis_data_mappings", given):
        if set(properties("crm_analysis_data_mappings", mapping, names)) != names:
            raise bad_request("crm_analysis_data_mappings: every property is required")


def _check_fields(_ask: Ask, given: object) -> None:
    for field in listed("custom_fields", given):
        properties("custom_fields", field, {"name", "type", "description", "label", "options"})
        if not re.fullmatch(r"[a-z][a-z0-9_]*", str(field.get("name"))):
            raise bad_request("custom_fields: name must be snake_case")
        if field.get("type") not in _TYPES:
            raise bad_request(f"custom_fields: type must be one of {', '.join(_TYPES)}")
        if field["type"] == "enum" and not field.get("options"):
            raise bad_request("custom_fields: options are required of an enum")


_CHECKS = {
    "app_id": _check_app,
    "contact_columns_order": _check_texts,
    "contact_memory_update_prompt": _check_prompt,
    "contact_tags": _check_tags,
    "crm_analysis_data_mappings": _check_mappings,
    "custom_fields": _check_fields,
}

ENDPOINTS = (
    Endpoint("GET", "/get-crm-config", get_crm_config),
    Endpoint("GET", "/get-crm-schema", get_crm_schema),
    Endpoint("POST", "/update-crm-config", update_crm_config),
    Endpoint("GET", "/get-sync-job-status", get_sync_job_status),
    Endpoint("POST", "/run-sync-job", run_sync_job),
)
