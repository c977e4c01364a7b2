"""The routes of contacts.

Longer than other modules: contacts have that many endpoints.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.sandbox import contact_jobs
from gateway.sandbox.account import org_of
from gateway.sandbox.chats import chats
from gateway.sandbox.crm import config_of
from gateway.sandbox.data.contacts import chats_with, contacts_of
from gateway.sandbox.data.seeds import seeded, token
from gateway.sandbox.endpoint import Endpoint
from gateway.sandbox.filters import (
    BOOLEAN,
    ENUM,
    NUMBER,
    PRESENT,
    RANGE,
    STRING,
    condition,
    keyed,
    listed,
    properties,
)
from gateway.sandbox.forms import files_in
from gateway.sandbox.pages import Paging
from gateway.sandbox.problem import Problem, bad_request, not_found
from gateway.sandbox.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.sandbox.endpoint import Ask
    from gateway.sandbox.store import Account
    from gateway.sandbox.views import CallView

Json = dict[str, Any]

_ORDERS = {"asc": "ascending", "desc": "descending"}
_LIST_PROPERTIES = {
    "excluded_contact_ids",
    "filter_criteria",
    "limit",
    "pagination_key",
    "search_query",
    "skip",
    "sort_order",
}
_EDITS = {
    "contact_memory": (str, type(None)),
    "contact_tag_ids": (list,),
    "custom_fields": (dict,),
    "do_not_call": (bool,),
    "first_name": (str,),
    "last_name": (str,),
}


def _first(account: Account) -> Shelf:
    calls = reversed(account.calls(account.anchor_ms))
    numbers = [number for call in calls if (number := _number_of(call)) is not None]
    org_id = org_of(account.key)
    contacts = contacts_of(account.world, org_id, account.anchor_ms, numbers)
    return Shelf("contact", "contact_id", contacts, 404)


def _contacts(ask: Ask) -> Shelf:
    return ask.account.shelf("contacts", _first)


def get_contact(ask: Ask) -> Json:
    return _told(ask)(_contacts(ask).find(ask.path["contact_id"]))


def get_contact_by_phone(ask: Ask) -> Json:
    number = ask.path["phone_number"]
    found = next((each for each in _contacts(ask) if each["phone_number"] == number), None)
    if found is None:
        raise not_found("contact", number, 404)
    return _told(ask)(found)


def list_contacts(ask: Ask) -> Json:
    asked = properties("body", ask.body, _LIST_PROPERTIES)
    order = asked.get("sort_order", "desc")
    if order not in _ORDERS:
        raise bad_request("sort_order must be asc or desc")
    sought = {name: asked[name] for name in _SOUGHT if name in asked}
    paging = Paging.read({**asked, "sort_order": _ORDERS[order]}, [ask.account.key, sought])
    tests = [_SOUGHT[name](value) for name, value in sought.items()]
    told = [_told(ask)(contact) for contact in _contacts(ask)]
    found = [contact for contact in told if all(test(contact) for test in tests)]
    page = paging.cut(sorted(found, key=_place), _place)
    return page.envelope(lambda contact: contact) | {"total": len(found)}


def create_contact(ask: Ask) -> Json:
    given = properties("body", ask.body, {"phone_number", *_EDITS})
    number = given.get("phone_number")
    if not isinstance(number, str) or not number.strip("+").isdigit():
        raise bad_request("phone_number is required")
    shelf = _contacts(ask)
    known = list(shelf)
    if any(each["phone_number"] == number for each in known):
        raise Problem(409, "A contact with this phone number exists")
    rng = seeded(ask.account.world, "new contact", number, len(known), ask.now_ms)
    contact = {
        "contact_id": f"contact_{token(rng, 24)}",
        "org_id": org_of(ask.account.key),
        "phone_number": number,
        "created_timestamp": ask.now_ms,
        "contact_tag_ids": [],
        "do_not_call": False,
    }
    return _told(ask)(shelf.put(_edited(ask, contact, given)))


def update_contact(ask: Ask) -> Json:
    shelf = _contacts(ask)
    contact = shelf.find(ask.path["contact_id"])
    given = properties("body", ask.body, set(_EDITS))
    return _told(ask)(shelf.put(_edited(ask, contact, given)))


def delete_contact(ask: Ask) -> None:
    _contacts(ask).remove(ask.path["contact_id"])


def list_contact_conversations(ask: Ask) -> Json:
    contact = _contacts(ask).find(ask.path["contact_id"])
    asked = properties("query", dict(ask.query), {"limit", "pagination_key"})
    paging = Paging.of_query(asked, [ask.account.key, contact["contact_id"]])
    calls = _calls_by_number(ask).get(contact["phone_number"], [])
    found = [*map(_in_short, calls), *chats_with(contact, [*chats(ask.account)])]
    return paging.cut(sorted(found, key=_start), _start).envelope(lambda each: each)


def _uploads(ask: Ask) -> Shelf:
    """Files to import: one is there from the first day."""
    first = {"upload_id": "upload_1", "file_name": "contacts.csv", "rows": 25}
    return ask.account.shelf("uploads", lambda _: Shelf("upload", "upload_id", [first], 404))


def upload_contact_import_file(ask: Ask) -> Json:
    (file,) = files_in(properties("body", ask.body, {"file"}), "file")
    rows = len(file.content.splitlines()) - 1
    if rows < 1:
        raise bad_request("file must be a CSV file with a header and rows")
    shelf = _uploads(ask)
    rng = seeded(ask.account.world, "upload", len([*shelf]), ask.now_ms)
    told = {"upload_id": f"upload_{token(rng, 24)}", "file_name": file.name}
    shelf.put(told | {"rows": rows})
    return told


def create_contact_import(ask: Ask) -> Json:
    names = {"column_mapping", "contact_tags", "default_country", "upload_id"}
    given = properties("body", ask.body, names)
    columns = [
        properties("column_mapping", each, {"external_field_name", "field_name"})
        for each in listed("column_mapping", given.get("column_mapping"))
    ]
    if [each.get("field_name") for each in columns].count("phone_number") != 1:
        raise bad_request("column_mapping: exactly one column must target phone_number")
    upload = _uploads(ask).find(str(given.get("upload_id")))
    return contact_jobs.begin(ask, "import", upload["rows"])


def get_contact_import(ask: Ask) -> Json:
    return contact_jobs.state(ask, "import")


def backfill_contact_analysis_data(ask: Ask) -> Json:
    given = properties("body", ask.body, {"backfill_attributes", "backfill_call_filter"})
    mappings = config_of(ask.account)["crm_analysis_data_mappings"]
    known = {"contact_memory", *(mapping["field_name"] for mapping in mappings)}
    wanted = listed("backfill_attributes", given.get("backfill_attributes"))
    if not wanted or not set(wanted) <= known:
        raise bad_request("backfill_attributes: each needs an analysis data mapping")
    criteria = properties(
        "backfill_call_filter", given.get("backfill_call_filter", {}), {"agent", "start_timestamp"}
    )
    if "start_timestamp" in criteria:
        condition("start_timestamp", criteria["start_timestamp"], (NUMBER, RANGE))
    return contact_jobs.begin(ask, "backfill", len(list(_contacts(ask))))


def get_backfill_contact_job_status(ask: Ask) -> Json:
    return contact_jobs.state(ask, "backfill")


def _edited(ask: Ask, contact: Json, given: Json) -> Json:
    edits = {name: given[name] for name in _EDITS if name in given}
    for name, value in edits.items():
        if not isinstance(value, _EDITS[name]):
            raise bad_request(f"{name} is not of the right type")
    if "custom_fields" in edits:
        known = {field["name"] for field in config_of(ask.account)["custom_fields"]}
        if unknown := sorted(edits["custom_fields"].keys() - known):
            raise bad_request(f"custom_fields: unknown field {unknown[0]}")
        fields = contact.get("custom_fields", {}) | edits["custom_fields"]
        edits["custom_fields"] = {name: v for name, v in fields.items() if v is not None}
    return contact | edits | {"user_modified_timestamp": ask.now_ms}


# --- How they are shown ------------------------------------------------------------------------


def _told(ask: Ask) -> Callable[[Json], Json]:
    """What shows a contact as it is now: its tags by their labels, and its conversations counted.

    Tags that the configuration has not are left out, and whatever is null.
    """
    labels = {tag["id"]: tag for tag in config_of(ask.account)["contact_tags"]}
    calls = _calls_by_number(ask)
    every = [*chats(ask.account)]

    def told(contact: Json) -> Json:
        starts = [_start(chat)[0] for chat in chats_with(contact, every)]
        starts += [call.place[0] for call in calls.get(contact["phone_number"], ())]
        shown = {name: v for name, v in contact.items() if v is not None}
        tags = [labels[each] for each in shown.pop("contact_tag_ids") if each in labels]
        last = {"last_conversation_timestamp": max(starts)} if starts else {}
        return shown | {"contact_tags": tags, "conversation_count": len(starts)} | last

    return told


def _calls_by_number(ask: Ask) -> Mapping[str, list[CallView]]:
    found: dict[str, list[CallView]] = {}
    for call in ask.account.calls(ask.now_ms):
        if call.value("start_timestamp") is not None and (number := _number_of(call)) is not None:
            found.setdefault(number, []).append(call)
    return found


def _number_of(call: CallView) -> str | None:
    """The user's number."""
    inbound = call.value("direction") == "inbound"
    number = call.value("from_number" if inbound else "to_number")
    return number if isinstance(number, str) else None


def _in_short(call: CallView) -> Json:
    names = ("call_id", "direction", "disconnection_reason", "duration_ms", "start_timestamp")
    analysis: Any = call.value("call_analysis") or {}
    entry = {"type": "call", **{name: call.value(name) for name in names}}
    entry |= {
        "sentiment": analysis.get("user_sentiment"),
        "successful": analysis.get("call_successful"),
        "summary": analysis.get("call_summary"),
    }
    return {name: value for name, value in entry.items() if value is not None}


def _place(contact: Json) -> tuple[int, str]:
    return int(contact["created_timestamp"]), str(contact["contact_id"])


def _start(conversation: Json) -> tuple[int, str]:
    id_ = conversation.get("call_id", conversation.get("chat_id"))
    return int(conversation["start_timestamp"]), str(id_)


# --- Which ones are found ----------------------------------------------------------------------

_KINDS = {
    "contact_id": (STRING,),
    "phone_number": (STRING,),
    "external_id": (STRING, PRESENT),
    "do_not_call": (BOOLEAN,),
    "last_conversation_timestamp": (NUMBER, RANGE),
}


def _filtered(criteria: object) -> Callable[[Json], bool]:
    given = properties("filter_criteria", criteria, {*_KINDS, "contact_tag_ids", "custom_fields"})
    tests = [_field_test(name, value) for name, value in given.items()]
    return lambda contact: all(test(contact) for test in tests)


def _field_test(name: str, given: object) -> Callable[[Json], bool]:
    if name == "custom_fields":
        fields = keyed(name, given)
        return lambda contact: fields(contact.get("custom_fields"))
    if name == "contact_tag_ids":
        among = condition(name, given, (ENUM,))
        return lambda contact: any(among(tag["id"]) for tag in contact["contact_tags"])
    fits = condition(name, given, _KINDS[name])
    return lambda contact: fits(contact.get(name))


def _searched(query: object) -> Callable[[Json], bool]:
    if not isinstance(query, str):
        raise bad_request("search_query must be a string")
    wanted = query.casefold()
    names = ("phone_number", "first_name", "last_name", "external_id")

    def test(contact: Json) -> bool:
        texts = [contact.get(name, "") for name in names]
        texts += map(str, contact.get("custom_fields", {}).values())
        return any(wanted in text.casefold() for text in texts)

    return test


def _excluded(ids: object) -> Callable[[Json], bool]:
    without = listed("excluded_contact_ids", ids)
    if len(without) > 1000:
        raise bad_request("excluded_contact_ids takes at most 1000")
    return lambda contact: contact["contact_id"] not in without


_SOUGHT = {
    "filter_criteria": _filtered,
    "search_query": _searched,
    "excluded_contact_ids": _excluded,
}

ENDPOINTS = (
    Endpoint("GET", "/get-contact/{contact_id}", get_contact),
    Endpoint("GET", "/get-contact-by-phone/{phone_number}", get_contact_by_phone),
    Endpoint("POST", "/list-contacts", list_contacts),
    Endpoint("POST", "/create-contact", create_contact),
    Endpoint("PATCH", "/update-contact/{contact_id}", update_contact),
    Endpoint("DELETE", "/delete-contact/{contact_id}", delete_contact),
    Endpoint("GET", "/list-contact-conversations/{contact_id}", list_contact_conversations),
    Endpoint("POST", "/upload-contact-import-file", upload_contact_import_file, form=True),
    Endpoint("POST", "/create-contact-import", create_contact_import),
    Endpoint("GET", "/get-contact-import", get_contact_import),
    Endpoint("POST", "/backfill-contact-analysis-data", backfill_contact_analysis_data),
    Endpoint("GET", "/get-backfill-contact-job-status", get_backfill_contact_job_status),
)
