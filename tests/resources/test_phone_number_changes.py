"""What changes of phone numbers send, refuse and make out of date."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest

from gateway.sandbox.data.phone_numbers import numbers_of
from gateway.sandbox.faults import Fault
from tests.world import World, faults, world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

GET, LIST = "GET /get-phone-number", "GET /v2/list-phone-numbers"
CREATE, IMPORT = "POST /create-phone-number", "POST /import-phone-number"
UPDATE, DELETE = "PATCH /update-phone-number", "DELETE /delete-phone-number"


def mutation(name: str, shown: str = "phoneNumber { phoneNumber nickname }") -> str:
    capital = f"{name[0].upper()}{name[1:]}"
    return f"""mutation ($input: {capital}Input!) {{ {name}(input: $input) {{
      {shown} userErrors {{ field message code }}
    }} }}"""


BUYING, IMPORTING = mutation("createPhoneNumber"), mutation("importPhoneNumber")
UPDATING = mutation("updatePhoneNumber")
DELETING = mutation("deletePhoneNumber", "deletedPhoneNumber")
CHANGES = {
    "createPhoneNumber": (BUYING, {}, CREATE),
    "importPhoneNumber": (
        IMPORTING,
        {"phoneNumber": "+14155550123", "terminationUri": "trunk.example.com"},
        IMPORT,
    ),
    "updatePhoneNumber": (UPDATING, {"phoneNumber": "+14155550123", "nickname": "x"}, UPDATE),
    "deletePhoneNumber": (DELETING, {"phoneNumber": "+14155550123"}, DELETE),
}

ONE = "query ($n: TelephoneNumber!) { phoneNumber(phoneNumber: $n) { nickname } }"
ALL = "{ phoneNumbers { nodes { phoneNumber } } }"


@pytest.fixture
async def w() -> AsyncIterator[World]:
    async with world(calls=1) as made:
        yield made


def own(w: World) -> list[str]:
    """Newest first."""
    account = w.sandbox.accounts["sandbox-key-a"]
    numbers = numbers_of(account.world, account.anchor_ms, account.agents)
    return [str(number["phone_number"]) for number in numbers][::-1]


def agent_id(w: World, place: int = 0) -> str:
    return w.sandbox.accounts["sandbox-key-a"].agents[place].agent_id


def body(w: World) -> Any:
    return orjson.loads(w.sent[-1].content)


async def changed(w: World, name: str, **given: Any) -> dict[str, Any]:
    payload = (await w.data(CHANGES[name][0], {"input": given}))[name]
    assert isinstance(payload, dict)
    return payload


@pytest.mark.parametrize("name", ["createPhoneNumber", "importPhoneNumber"])
async def test_what_a_new_number_tells_of_another_is_noted(w: World, name: str) -> None:
    shown = "phoneNumber { phoneNumber fallbackNumber }"
    data = await w.data(mutation(name, shown), {"input": CHANGES[name][1]})
    (line,) = map(orjson.loads, w.audited)
    assert (line["type"], line["fields"]) == ("PhoneNumber", ["fallbackNumber"])
    assert line["ids"] == [data[name]["phoneNumber"]["phoneNumber"]]


# --- Buying ------------------------------------------------------------------------------------


async def test_a_number_is_bought_with_all_that_was_given(w: World) -> None:
    agent = agent_id(w)
    payload = await changed(
        w,
        "createPhoneNumber",
        areaCode=617,
        countryCode="US",
        numberProvider="TELNYX",
        tollFree=False,
        nickname="New",
        inboundAgents=[{"agentId": agent, "agentVersion": "3", "weight": 1}],
        outboundAgents=[
            {"agentId": agent, "agentVersion": "prod", "weight": 0.33},
            {"agentId": agent, "weight": 0.66},
        ],
        inboundWebhookUrl="https://example.com/hook?token=1",
        allowedInboundCountryList=["US"],
        allowedOutboundCountryList=None,
        fallbackNumber="+14155550177",
        transport="TLS",
    )
    assert payload["userErrors"] == []
    assert payload["phoneNumber"]["nickname"] == "New"
    assert payload["phoneNumber"]["phoneNumber"].startswith("+1617")
    assert body(w) == {
        "area_code": 617,
        "country_code": "US",
        "number_provider": "telnyx",
        "toll_free": False,
        "nickname": "New",
        "inbound_agents": [{"agent_id": agent, "agent_version": 3, "weight": 1}],
        "outbound_agents": [
            {"agent_id": agent, "agent_version": "prod", "weight": 0.33},
            {"agent_id": agent, "weight": 0.66},
        ],
        "inbound_webhook_url": "https://example.com/hook?token=1",
        "allowed_inbound_country_list": ["US"],
        "allowed_outbound_country_list": None,
        "fallback_number": "+14155550177",
        "transport": "TLS",
    }
    assert w.requests == {CREATE: 1}


async def test_a_number_that_was_asked_for_is_bought_and_nothing_is_made_up(w: World) -> None:
    payload = await changed(w, "createPhoneNumber", phoneNumber="+14155550123")
    assert payload["phoneNumber"] == {"phoneNumber": "+14155550123", "nickname": None}
    assert body(w) == {"phone_number": "+14155550123"}
    assert (await changed(w, "createPhoneNumber"))["userErrors"] == []
    assert body(w) == {}
    assert w.requests == {CREATE: 2}


async def test_a_number_that_is_bought_is_in_the_list_and_no_longer_missing(w: World) -> None:
    before = (await w.data(ALL))["phoneNumbers"]["nodes"]
    await w.data(ONE, {"n": "+14155550123"})
    await w.data(ONE, {"n": own(w)[0]})
    await changed(w, "createPhoneNumber", phoneNumber="+14155550123")
    after = (await w.data(ALL))["phoneNumbers"]["nodes"]
    assert after == [{"phoneNumber": "+14155550123"}, *before]
    assert await w.data(ONE, {"n": "+14155550123"}) == {"phoneNumber": {"nickname": None}}
    await w.data(ONE, {"n": own(w)[0]})
    assert w.requests == {LIST: 2, GET: 3, CREATE: 1}


@pytest.mark.parametrize("answer", [None, [], {"phone_number": ["+1"]}, {"nickname": "x"}])
async def test_an_answer_without_a_number_forgets_the_lists_all_the_same(answer: Any) -> None:
    def retell(request: httpx.Request) -> httpx.Response:
        listed = {"items": [], "has_more": False}
        return httpx.Response(200, json=listed if request.method == "GET" else answer)

    buying = mutation("createPhoneNumber", "phoneNumber { nickname }")
    async with world(calls=0, transport=httpx.MockTransport(retell)) as w:
        await w.data(ALL)
        await w.answer(buying, {"input": {}})
        await w.data(ALL)
        assert [request.method for request in w.sent] == ["GET", "POST", "GET"]


# --- Importing ---------------------------------------------------------------------------------

PASSWORD = "a word that nobody reads again"


async def test_a_number_is_imported_and_its_password_is_sent_and_never_shown(w: World) -> None:
    given = {
        "phoneNumber": "desk-1",
        "terminationUri": "trunk.example.com",
        "sipTrunkAuthUsername": "me",
        "sipTrunkAuthPassword": PASSWORD,
        "transport": "UDP",
        "codecs": ["OPUS"],
        "ignoreE164Validation": True,
        "inboundAgents": [],
    }
    shown = """phoneNumber { phoneNumber phoneNumberType
        sipOutboundTrunkConfig { terminationUri authUsername transport codecs } }"""
    answer = await w.post(mutation("importPhoneNumber", shown), {"input": given})
    assert PASSWORD not in answer.text
    assert answer.json()["data"]["importPhoneNumber"] == {
        "phoneNumber": {
            "phoneNumber": "desk-1",
            "phoneNumberType": "CUSTOM",
            "sipOutboundTrunkConfig": {
                "terminationUri": "trunk.example.com",
                "authUsername": "me",
                "transport": "UDP",
                "codecs": ["OPUS"],
            },
        },
        "userErrors": [],
    }
    assert body(w) == {
        "phone_number": "desk-1",
        "termination_uri": "trunk.example.com",
        "sip_trunk_auth_username": "me",
        "sip_trunk_auth_password": PASSWORD,
        "transport": "UDP",
        "codecs": ["OPUS"],
        "ignore_e164_validation": True,
        "inbound_agents": [],
    }
    assert w.requests == {IMPORT: 1}


async def test_what_was_imported_is_in_the_list_and_no_longer_missing(w: World) -> None:
    await w.data(ALL)
    assert await w.data(ONE, {"n": "desk-1"}) == {"phoneNumber": None}
    given = {"phoneNumber": "desk-1", "terminationUri": "x", "nickname": "Desk"}
    await changed(w, "importPhoneNumber", **given)
    assert await w.data(ONE, {"n": "desk-1"}) == {"phoneNumber": {"nickname": "Desk"}}
    assert (await w.data(ALL))["phoneNumbers"]["nodes"][0] == {"phoneNumber": "desk-1"}
    assert w.requests == {LIST: 2, GET: 2, IMPORT: 1}


# --- Updating ----------------------------------------------------------------------------------


async def test_what_is_given_is_changed_and_null_takes_away(w: World) -> None:
    night = own(w)[4]
    agent, chat = agent_id(w), agent_id(w, -1)
    given = {
        "phoneNumber": night,
        "nickname": None,
        "inboundAgents": None,
        "outboundAgents": [{"agentId": agent, "weight": 1}],
        "inboundSmsAgents": [{"agentId": chat, "agentVersion": "latest", "weight": 1}],
        "outboundSmsAgents": [],
        "inboundWebhookUrl": None,
        "inboundSmsWebhookUrl": "https://example.com/sms",
        "allowedInboundCountryList": [],
        "allowedOutboundCountryList": ["US"],
        "fallbackNumber": None,
        "terminationUri": "trunk.example.com",
        "authUsername": "me",
        "authPassword": PASSWORD,
        "transport": None,
    }
    shown = """phoneNumber { nickname fallbackNumber inboundAgents { agentId }
        outboundAgents { agentId } inboundSmsAgents { agentId agentVersion } }"""
    answer = await w.post(mutation("updatePhoneNumber", shown), {"input": given})
    assert PASSWORD not in answer.text
    assert answer.json()["data"]["updatePhoneNumber"] == {
        "phoneNumber": {
            "nickname": None,
            "fallbackNumber": None,
            "inboundAgents": None,
            "outboundAgents": [{"agentId": agent}],
            "inboundSmsAgents": [{"agentId": chat, "agentVersion": "latest"}],
        },
        "userErrors": [],
    }
    assert w.sent[-1].url.raw_path.decode() == f"/update-phone-number/%2B{night[1:]}"
    assert body(w) == {
        "nickname": None,
        "inbound_agents": None,
        "outbound_agents": [{"agent_id": agent, "weight": 1}],
        "inbound_sms_agents": [{"agent_id": chat, "agent_version": "latest", "weight": 1}],
        "outbound_sms_agents": [],
        "inbound_webhook_url": None,
        "inbound_sms_webhook_url": "https://example.com/sms",
        "allowed_inbound_country_list": [],
        "allowed_outbound_country_list": ["US"],
        "fallback_number": None,
        "termination_uri": "trunk.example.com",
        "auth_username": "me",
        "auth_password": PASSWORD,
        "transport": None,
    }
    assert w.requests == {UPDATE: 1}


async def test_codecs_are_changed_alone(w: World) -> None:
    trunk = own(w)[6]
    assert (await changed(w, "updatePhoneNumber", phoneNumber=trunk, codecs=[]))["userErrors"] == []
    assert body(w) == {"codecs": []}


@pytest.mark.parametrize("name", ["updatePhoneNumber", "deletePhoneNumber"])
async def test_a_change_is_seen_by_all_who_read_after_it_and_others_stay_known(
    w: World, name: str
) -> None:
    mine, other = own(w)[:2]
    deleting = name == "deletePhoneNumber"
    for number in (mine, other):
        await w.data(ONE, {"n": number})
    await w.data(ALL)
    given = {"phoneNumber": mine} | ({} if deleting else {"nickname": "Changed"})
    payload = await changed(w, name, **given)
    assert payload["userErrors"] == []
    if deleting:
        assert payload["deletedPhoneNumber"] == mine
    nickname = None if deleting else {"nickname": "Changed"}
    assert await w.data(ONE, {"n": mine}) == {"phoneNumber": nickname}
    listed = (await w.data(ALL))["phoneNumbers"]["nodes"]
    assert ({"phoneNumber": mine} in listed) == (not deleting)
    await w.data(ONE, {"n": other})
    endpoint = DELETE if deleting else UPDATE
    assert w.requests == {GET: 3, LIST: 2, endpoint: 1}


async def test_the_answer_to_an_update_answers_the_rest_of_the_operation(w: World) -> None:
    mine = own(w)[0]
    query = """mutation ($input: UpdatePhoneNumberInput!) { updatePhoneNumber(input: $input) {
        phoneNumber { nickname inboundAgents { agentId } id } } }"""
    given = {"phoneNumber": mine, "nickname": "Changed"}
    payload = (await w.data(query, {"input": given}))["updatePhoneNumber"]
    assert payload["phoneNumber"]["nickname"] == "Changed"
    assert w.requests == {UPDATE: 1}


async def test_a_number_that_is_gone_cannot_be_deleted_again(w: World) -> None:
    mine = own(w)[0]
    await changed(w, "deletePhoneNumber", phoneNumber=mine)
    again = await changed(w, "deletePhoneNumber", phoneNumber=mine)
    assert again["deletedPhoneNumber"] is None
    assert [(e["field"], e["code"]) for e in again["userErrors"]] == [
        (["phoneNumber"], "NOT_FOUND")
    ]
    assert w.requests == {DELETE: 2}


# --- What is refused ---------------------------------------------------------------------------


def bound(*weights: float, **more: Any) -> list[dict[str, Any]]:
    return [{"agentId": "agent_1", "weight": weight} | more for weight in weights]


TRUNK = {"phoneNumber": "+14155550123", "terminationUri": "x"}
UPDATED = {"phoneNumber": "+14155550123"}
REFUSED: list[tuple[str, dict[str, Any], str | None]] = [
    *(
        ("createPhoneNumber", {field: None}, field)
        for field in (
            "phoneNumber",
            "areaCode",
            "countryCode",
            "numberProvider",
            "tollFree",
            "nickname",
        )
    ),
    ("createPhoneNumber", {"areaCode": 41}, "areaCode"),
    ("createPhoneNumber", {"areaCode": 1000}, "areaCode"),
    ("createPhoneNumber", {"phoneNumber": "desk-1"}, "phoneNumber"),
    ("createPhoneNumber", {"phoneNumber": ""}, "phoneNumber"),
    ("createPhoneNumber", {"fallbackNumber": "nobody"}, "fallbackNumber"),
    (
        "createPhoneNumber",
        {"phoneNumber": "+14155550123", "fallbackNumber": "+14155550123"},
        "fallbackNumber",
    ),
    ("createPhoneNumber", {"inboundAgents": bound(0.975)}, "inboundAgents"),
    ("createPhoneNumber", {"inboundAgents": bound(1.025)}, "inboundAgents"),
    ("createPhoneNumber", {"outboundAgents": bound(0.6, 0.6)}, "outboundAgents"),
    ("createPhoneNumber", {"outboundAgents": bound(1, 0)}, "outboundAgents"),
    ("createPhoneNumber", {"outboundAgents": bound(2, -1)}, "outboundAgents"),
    ("createPhoneNumber", {"inboundAgents": bound(1, agentVersion=None)}, "inboundAgents"),
    ("createPhoneNumber", {"transport": "UNKNOWN"}, None),
    *(
        ("importPhoneNumber", TRUNK | {field: None}, field)
        for field in (
            "codecs",
            "ignoreE164Validation",
            "nickname",
            "sipTrunkAuthPassword",
            "sipTrunkAuthUsername",
        )
    ),
    ("importPhoneNumber", TRUNK | {"phoneNumber": "a b"}, "phoneNumber"),
    (
        "importPhoneNumber",
        TRUNK | {"phoneNumber": "desk-1", "ignoreE164Validation": False},
        "phoneNumber",
    ),
    ("importPhoneNumber", TRUNK | {"terminationUri": ""}, "terminationUri"),
    ("importPhoneNumber", TRUNK | {"inboundAgents": bound(0.9)}, "inboundAgents"),
    ("updatePhoneNumber", UPDATED, None),
    *(
        ("updatePhoneNumber", UPDATED | {field: None}, field)
        for field in ("authPassword", "authUsername", "codecs", "terminationUri")
    ),
    ("updatePhoneNumber", UPDATED | {"terminationUri": ""}, "terminationUri"),
    ("updatePhoneNumber", UPDATED | {"fallbackNumber": "+14155550123"}, "fallbackNumber"),
    ("updatePhoneNumber", UPDATED | {"inboundSmsAgents": bound(3)}, "inboundSmsAgents"),
    ("updatePhoneNumber", UPDATED | {"outboundSmsAgents": bound(3)}, "outboundSmsAgents"),
    ("updatePhoneNumber", {"phoneNumber": "../x", "nickname": "x"}, "phoneNumber"),
    ("deletePhoneNumber", {"phoneNumber": "../x"}, "phoneNumber"),
    ("deletePhoneNumber", {"phoneNumber": ""}, "phoneNumber"),
]


@pytest.mark.parametrize(("name", "given", "field"), REFUSED)
async def test_what_retell_would_not_take_is_not_sent(
    w: World, name: str, given: dict[str, Any], field: str | None
) -> None:
    payload = await changed(w, name, **given)
    path = None if field is None else [field]
    assert [(e["field"], e["code"]) for e in payload["userErrors"]] == [(path, "BAD_USER_INPUT")]
    assert w.requests == {}


@pytest.mark.parametrize("weights", [(0.33, 0.33, 0.33), (0.985,), (1.015,)])
async def test_weights_may_be_rounded(w: World, weights: tuple[float, ...]) -> None:
    agents = [{"agentId": agent_id(w), "weight": weight} for weight in weights]
    payload = await changed(w, "createPhoneNumber", inboundAgents=agents)
    assert payload["userErrors"] == []
    assert [agent["weight"] for agent in body(w)["inbound_agents"]] == [*weights]


@pytest.mark.parametrize("number", [None, "+14155550123"])
async def test_a_fallback_may_be_any_other_number(w: World, number: str | None) -> None:
    given = {"fallbackNumber": "+14155550177"} | ({"phoneNumber": number} if number else {})
    assert (await changed(w, "createPhoneNumber", **given))["userErrors"] == []
    assert body(w)["fallback_number"] == "+14155550177"


async def test_an_imported_number_may_be_held_to_its_form(w: World) -> None:
    given = TRUNK | {"ignoreE164Validation": False}
    assert (await changed(w, "importPhoneNumber", **given))["userErrors"] == []
    assert body(w)["ignore_e164_validation"] is False


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize(
    ("status", "code"), [(400, "BAD_USER_INPUT"), (404, "NOT_FOUND"), (409, "CONFLICT")]
)
async def test_what_a_person_can_mend_is_a_user_error(
    w: World, name: str, status: int, code: str
) -> None:
    query, given, endpoint = CHANGES[name]
    w.sandbox.faults.set([Fault(status=status)])
    payload = (await w.data(query, {"input": given}))[name]
    assert [error["code"] for error in payload["userErrors"]] == [code]
    assert w.requests == {endpoint: 1}


@pytest.mark.parametrize("name", CHANGES)
async def test_an_outcome_that_is_not_known_is_an_error_and_nothing_is_sent_again(
    w: World, name: str
) -> None:
    query, given, endpoint = CHANGES[name]
    w.sandbox.faults.set([Fault(status=500)])
    assert faults(await w.answer(query, {"input": given})) == [(name, "OUTCOME_UNKNOWN")]
    assert w.requests == {endpoint: 1}


async def test_a_number_is_bought_once_under_one_name(w: World) -> None:
    named = {"clientMutationId": "buy-number-1"}
    first = await w.data(BUYING, {"input": named})
    assert await w.data(BUYING, {"input": named}) == first
    assert body(w) == {}
    assert w.requests == {CREATE: 1}


@pytest.mark.parametrize("name", CHANGES)
async def test_nothing_is_changed_for_who_lacks_the_scope(name: str) -> None:
    query, given, _ = CHANGES[name]
    async with world(calls=1, scopes=["phone-numbers:read", "numbers:read"]) as w:
        assert await w.errors(query, {"input": given}) == [(name, "FORBIDDEN")]
        assert w.requests == {}
