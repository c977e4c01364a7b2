"""Hostile input where phone numbers and voices take an id or a text."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from graphql import GraphQLInputObjectType

from gateway.app import schema
from gateway.schema.node import global_id
from tests.promises.test_hostile_input import IDS, id_text, takes_text
from tests.world import faults, world

ROOTS = {
    "phone number": "query ($id: TelephoneNumber!) { it: phoneNumber(phoneNumber: $id) { id } }",
    "voice": "query ($id: ID!) { it: voice(voiceId: $id) { id } }",
}
MUTATIONS = {
    "import": """mutation ($id: TelephoneNumber!) { it: importPhoneNumber(
      input: { phoneNumber: $id, terminationUri: "x" }) {
      userErrors { code } phoneNumber { id } } }""",
    "buy": """mutation ($id: TelephoneNumber!) { it: createPhoneNumber(
      input: { phoneNumber: $id }) { userErrors { code } phoneNumber { id } } }""",
    "buy with a fallback": """mutation ($id: TelephoneNumber!) { it: createPhoneNumber(
      input: { fallbackNumber: $id }) { userErrors { code } phoneNumber { id } } }""",
    "update": """mutation ($id: TelephoneNumber!) { it: updatePhoneNumber(
      input: { phoneNumber: $id, nickname: "x" }) { userErrors { code } phoneNumber { id } } }""",
    "update the fallback": """mutation ($id: TelephoneNumber!) { it: updatePhoneNumber(
      input: { phoneNumber: "+14155550123", fallbackNumber: $id }) {
      userErrors { code } phoneNumber { id } } }""",
    "delete": """mutation ($id: TelephoneNumber!) { it: deletePhoneNumber(
      input: { phoneNumber: $id }) { userErrors { code } deletedPhoneNumber } }""",
}


@pytest.mark.parametrize("query", ROOTS.values(), ids=ROOTS)
async def test_a_hostile_id_is_an_error_and_nothing_is_asked(query: str) -> None:
    async with world(calls=1) as it:
        for id_ in IDS:
            answer = await it.answer(query, {"id": id_})
            assert faults(answer) == [("it", "BAD_USER_INPUT")], id_
            assert answer["data"] == {"it": None}
        assert it.sent == []


@pytest.mark.parametrize("type_name", ["PhoneNumber", "Voice"])
async def test_a_hostile_global_id_is_an_error_and_nothing_is_asked(type_name: str) -> None:
    query = "query ($id: ID!) { node(id: $id) { id } }"
    async with world(calls=1) as it:
        for id_ in IDS:
            if len(id_) < 1000:
                variables = {"id": global_id(type_name, id_)}
                assert await it.errors(query, variables) == [("node", "BAD_USER_INPUT")], id_
        assert it.sent == []


@pytest.mark.parametrize("query", MUTATIONS.values(), ids=MUTATIONS)
async def test_a_change_of_a_hostile_number_is_not_sent(query: str) -> None:
    async with world(calls=1) as it:
        for id_ in IDS:
            changed = (await it.data(query, {"id": id_}))["it"]
            assert changed.pop("userErrors") == [{"code": "BAD_USER_INPUT"}], id_
            assert set(changed.values()) == {None}
        assert it.sent == []


BUY = """mutation ($input: CreatePhoneNumberInput!) { it: createPhoneNumber(input: $input) {
  userErrors { code } phoneNumber { id } } }"""
IMPORT = """mutation ($input: ImportPhoneNumberInput!) { it: importPhoneNumber(input: $input) {
  userErrors { code } phoneNumber { id } } }"""
UPDATE = """mutation ($input: UpdatePhoneNumberInput!) { it: updatePhoneNumber(input: $input) {
  userErrors { code } phoneNumber { id } } }"""
ADD = """mutation ($input: AddCommunityVoiceInput!) { it: addCommunityVoice(input: $input) {
  userErrors { code } voice { id } } }"""
DELETE = """mutation ($input: DeletePhoneNumberInput!) { it: deletePhoneNumber(input: $input) {
  userErrors { code } deletedPhoneNumber } }"""
SEARCH = "query ($input: String!) { it: searchCommunityVoices(searchQuery: $input) { name } }"


def agents(text: str) -> list[dict[str, Any]]:
    return [{"agentId": text, "agentVersion": text, "weight": 1}]


CREATED = ("POST", "/create-phone-number")
IMPORTED = ("POST", "/import-phone-number")
UPDATED = ("PATCH", "/update-phone-number/+14155550123")
TEXTS: dict[str, tuple[str, Any, tuple[str, str]]] = {
    "all of a number that is bought": (
        BUY,
        lambda text: {
            "nickname": text,
            "inboundAgents": agents(text),
            "outboundAgents": agents(text),
            "inboundWebhookUrl": text,
            "allowedInboundCountryList": [text],
            "allowedOutboundCountryList": [text],
        },
        CREATED,
    ),
    "all of a number that is imported": (
        IMPORT,
        lambda text: {
            "phoneNumber": "+14155550123",
            "terminationUri": text,
            "sipTrunkAuthUsername": text,
            "sipTrunkAuthPassword": text,
            "codecs": [text],
            "nickname": text,
            "inboundWebhookUrl": text,
            "allowedInboundCountryList": [text],
            "allowedOutboundCountryList": [text],
        },
        IMPORTED,
    ),
    "all of a number that is changed": (
        UPDATE,
        lambda text: {
            "phoneNumber": "+14155550123",
            "nickname": text,
            "inboundSmsAgents": agents(text),
            "inboundWebhookUrl": text,
            "inboundSmsWebhookUrl": text,
            "allowedInboundCountryList": [text],
            "allowedOutboundCountryList": [text],
            "terminationUri": text,
            "authUsername": text,
            "authPassword": text,
            "codecs": [text],
        },
        UPDATED,
    ),
    "all of a voice that is added": (
        ADD,
        lambda text: {"providerVoiceId": text, "voiceName": text[:200], "publicUserId": text},
        ("POST", "/add-community-voice"),
    ),
    "a search": (SEARCH, lambda text: text, ("POST", "/search-community-voice")),
}


@pytest.mark.parametrize(("query", "input_", "asked"), TEXTS.values(), ids=TEXTS)
async def test_a_hostile_text_is_a_text_and_never_a_path(
    query: str, input_: Any, asked: tuple[str, str]
) -> None:
    async with world(calls=1) as it:
        for text in IDS:
            await it.answer(query, {"input": input_(text)})
        assert len(it.sent) > len(IDS) - 4
        assert {(sent.method, sent.url.path) for sent in it.sent} == {asked}
        assert {sent.url.host for sent in it.sent} == {"retell.test"}
        assert {bytes(sent.url.query) for sent in it.sent} == {b""}
        assert all(id_text(orjson.loads(sent.content), IDS) for sent in it.sent)


@pytest.mark.parametrize("id_", IDS[:-2])
async def test_a_hostile_cursor_is_refused(id_: str) -> None:
    query = "query ($after: String) { phoneNumbers(after: $after) { nodes { id } } }"
    async with world(calls=1) as it:
        assert await it.errors(query, {"after": id_}) == [("phoneNumbers", "BAD_USER_INPUT")]
        assert it.sent == []


@pytest.mark.parametrize("name", ["short", "x y" * 5, "x\n" * 5, "x" * 256])
async def test_a_hostile_name_of_a_change_is_refused(name: str) -> None:
    async with world(calls=1) as it:
        for query, given in (
            (BUY, {}),
            (IMPORT, {"phoneNumber": "+14155550123", "terminationUri": "x"}),
            (UPDATE, {"phoneNumber": "+14155550123", "nickname": "x"}),
            (DELETE, {"phoneNumber": "+14155550123"}),
            (ADD, {"providerVoiceId": "x", "voiceName": "x"}),
        ):
            answer = await it.data(query, {"input": given | {"clientMutationId": name}})
            assert answer["it"]["userErrors"] == [{"code": "BAD_USER_INPUT"}]
        assert it.sent == []


def test_no_place_that_takes_an_id_or_a_text_is_left_out() -> None:
    """Each is in one of the tests above, under the same name."""
    types = schema().executable.type_map
    found: set[tuple[str, str]] = set()
    for name in INPUTS:
        input_ = types[name]
        assert isinstance(input_, GraphQLInputObjectType)
        found |= {(name, key) for key, it in input_.fields.items() if takes_text(it.type)}
    tried = {
        (name, key)
        for name, query in INPUTS.items()
        for text, given, _ in TEXTS.values()
        if text == query
        for key in given("x")
    }
    by_number = {(name, "phoneNumber") for name in INPUTS if "Number" in name}
    fallback = {(name, "fallbackNumber") for name in INPUTS if name[:6] in ("Create", "Update")}
    named = {(name, "clientMutationId") for name in INPUTS}
    assert found <= tried | by_number | fallback | named
    bound = types["PhoneNumberAgentInput"]
    assert isinstance(bound, GraphQLInputObjectType)
    assert set(bound.fields) == set(agents("x")[0])


INPUTS = {
    "CreatePhoneNumberInput": BUY,
    "ImportPhoneNumberInput": IMPORT,
    "UpdatePhoneNumberInput": UPDATE,
    "DeletePhoneNumberInput": DELETE,
    "AddCommunityVoiceInput": ADD,
}
