"""The routes of phone numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.sandbox.data.phone_numbers import described, numbers_of, some_number
from gateway.sandbox.endpoint import Endpoint
from gateway.sandbox.filters import properties
from gateway.sandbox.pages import Paging
from gateway.sandbox.problem import bad_request, not_found
from gateway.sandbox.shelf import Shelf

if TYPE_CHECKING:
    from gateway.sandbox.endpoint import Ask
    from gateway.sandbox.store import Account

Json = dict[str, Any]

_AGENTS = ("inbound_agents", "outbound_agents")
_SMS_AGENTS = ("inbound_sms_agents", "outbound_sms_agents")
_COMMON = {
    *_AGENTS,
    "allowed_inbound_country_list",
    "allowed_outbound_country_list",
    "inbound_webhook_url",
    "nickname",
}
_CREATED = {
    *_COMMON,
    "area_code",
    "country_code",
    "fallback_number",
    "number_provider",
    "phone_number",
    "toll_free",
    "transport",
}
_TRUNK = {
    "sip_trunk_auth_username": "auth_username",
    "auth_username": "auth_username",
    "termination_uri": "termination_uri",
    "transport": "transport",
    "codecs": "codecs",
}
"""What a trunk is told by, under the names that requests have for it."""
_IMPORTED = {
    *_COMMON,
    "codecs",
    "ignore_e164_validation",
    "phone_number",
    "sip_trunk_auth_password",
    "sip_trunk_auth_username",
    "termination_uri",
    "transport",
}
_UPDATED = {
    *_COMMON,
    *_SMS_AGENTS,
    "auth_password",
    "auth_username",
    "codecs",
    "fallback_number",
    "inbound_sms_webhook_url",
    "termination_uri",
    "transport",
}
_KEPT = _COMMON | {*_SMS_AGENTS, "fallback_number", "inbound_sms_webhook_url"}
"""What is shown as it was given."""


def _shelf(account: Account) -> Shelf:
    def make(of: Account) -> Shelf:
        numbers = numbers_of(of.world, of.anchor_ms, of.agents)
        return Shelf("phone number", "phone_number", numbers)

    return account.shelf("phone numbers", make)


def get_phone_number(ask: Ask) -> Json:
    return _shelf(ask.account).find(ask.path["phone_number"])


def list_phone_numbers(ask: Ask) -> Json:
    paging = Paging.of_query(ask.query, [ask.account.key, "phone numbers"])
    numbers = sorted(_shelf(ask.account), key=_place)
    return paging.cut(numbers, _place).envelope(lambda number: number)


def _place(number: Json) -> tuple[int, str]:
    return int(number["last_modification_timestamp"]), str(number["phone_number"])


def create_phone_number(ask: Ask) -> Json:
    asked = properties("body", ask.body, _CREATED)
    provider = asked.get("number_provider", "twilio")
    if provider not in ("twilio", "telnyx"):
        raise bad_request("number_provider must be one of twilio, telnyx")
    area = asked.get("area_code")
    if area is not None and not (type(area) is int and 200 <= area <= 999):
        raise bad_request("area_code must be a 3 digit integer")
    number = asked.get("phone_number") or _free(ask.account, area)
    return _made(ask, described(str(number), f"retell-{provider}"), asked)


def _free(account: Account, area: int | None) -> str:
    taken = {number["phone_number"] for number in _shelf(account)}
    some = (some_number(account.world, at, area) for at in range(1000, 3000))
    number = next((number for number in some if number not in taken), None)
    if number is None:
        raise bad_request("No phone number is left in this area")
    return number


def import_phone_number(ask: Ask) -> Json:
    asked = properties("body", ask.body, _IMPORTED)
    for name in ("phone_number", "termination_uri"):
        if not isinstance(asked.get(name), str) or not asked[name]:
            raise bad_request(f"{name} must be a string that is not empty")
    number = asked["phone_number"]
    if asked.get("ignore_e164_validation") is False and not number[1:].isdigit():
        raise bad_request("phone_number must be in E.164 format")
    return _made(ask, described(number, "custom"), asked)


def update_phone_number(ask: Ask) -> Json:
    number = _shelf(ask.account).find(ask.path["phone_number"])
    return _kept(ask, number, properties("body", ask.body, _UPDATED))


def delete_phone_number(ask: Ask) -> None:
    _shelf(ask.account).remove(ask.path["phone_number"])


def _made(ask: Ask, number: Json, asked: Json) -> Json:
    if number["phone_number"] in {each["phone_number"] for each in _shelf(ask.account)}:
        raise bad_request("phone_number is there already")
    return _kept(ask, number, asked)


def _kept(ask: Ask, number: Json, asked: Json) -> Json:
    """The number as it is with what was asked for, from now on."""
    for name in {*_AGENTS, *_SMS_AGENTS} & asked.keys():
        _check_agents(ask.account, name, asked[name])
    _check_fallback(ask.account, number["phone_number"], asked.get("fallback_number"))
    trunk = {_TRUNK[name]: value for name, value in asked.items() if name in _TRUNK}
    if trunk.get("transport") not in (None, "TLS", "TCP", "UDP"):
        raise bad_request("transport must be one of TLS, TCP, UDP")
    if "codecs" in trunk and number["phone_number_type"] != "custom":
        raise bad_request("codecs are for custom phone numbers only")
    told = {name: value for name, value in asked.items() if name in _KEPT}
    if trunk:
        told["sip_outbound_trunk_config"] = (number.get("sip_outbound_trunk_config") or {}) | trunk
    return _shelf(ask.account).put(number | told | {"last_modification_timestamp": ask.now_ms})


def _check_agents(account: Account, name: str, agents: object) -> None:
    if agents is None or agents == []:
        return
    if not isinstance(agents, list):
        raise bad_request(f"{name} must be a list")
    known = {agent.agent_id for agent in account.agents}
    weights: list[Any] = []
    for agent in agents:
        bound = properties(name, agent, {"agent_id", "agent_version", "weight"})
        if bound.get("agent_id") not in known:
            raise not_found("agent", str(bound.get("agent_id")))
        weights.append(bound.get("weight"))
    if not all(type(weight) in (int, float) for weight in weights):
        raise bad_request(f"{name}: every agent needs a weight")
    if abs(sum(weights) - 1) > 0.02:
        raise bad_request(f"{name}: weights must add up to 1")


def _check_fallback(account: Account, number: str, fallback: object) -> None:
    if fallback is None:
        return
    if fallback == number:
        raise bad_request("fallback_number cannot be the number itself")
    nested = {n["phone_number"] for n in _shelf(account) if n.get("fallback_number")}
    if fallback in nested:
        raise bad_request("fallback_number has a fallback of its own")


ENDPOINTS = (
    Endpoint("GET", "/get-phone-number/{phone_number}", get_phone_number),
    Endpoint("GET", "/v2/list-phone-numbers", list_phone_numbers),
    Endpoint("POST", "/create-phone-number", create_phone_number),
    Endpoint("POST", "/import-phone-number", import_phone_number),
    Endpoint("PATCH", "/update-phone-number/{phone_number}", update_phone_number),
    Endpoint("DELETE", "/delete-phone-number/{phone_number}", delete_phone_number),
)
