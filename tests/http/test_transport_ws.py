"""`gateway.http.transport_ws`: what each message of a client leads to."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from gateway.http.parameters import Parameters
from gateway.http.transport_ws import (
    Closing,
    Conversation,
    Init,
    Left,
    Pinged,
    Subscribe,
    complete,
    error,
    next_,
)

INIT = '{"type":"connection_init"}'
SUBSCRIBE = '{"id":"1","type":"subscribe","payload":{"query":"{ a }"}}'


def begun() -> Conversation:
    conversation = Conversation(1000)
    conversation.heard(INIT)
    conversation.acknowledge()
    return conversation


def test_it_begins_with_who_asks() -> None:
    assert Conversation(1000).heard(INIT) == Init({})
    said = '{"type":"connection_init","payload":{"authorization":"Bearer x"}}'
    assert Conversation(1000).heard(said) == Init({"authorization": "Bearer x"})
    assert Conversation(1000).heard('{"type":"connection_init","payload":null}') == Init({})


def test_a_ping_is_answered_with_what_it_held_at_any_time() -> None:
    conversation = Conversation(1000)
    assert conversation.heard('{"type":"ping"}') == Pinged('{"type":"pong"}')
    held = '{"type":"ping","payload":{"a":1}}'
    assert conversation.heard(held) == Pinged('{"type":"pong","payload":{"a":1}}')
    assert conversation.heard('{"type":"pong","payload":{}}') is None


def test_an_operation_has_what_a_body_has() -> None:
    payload = {
        "query": "query A($a: Int) { a }",
        "operationName": "A",
        "variables": {"a": 1},
        "extensions": {"persistedQuery": {"version": 1, "sha256Hash": "A" * 64}},
    }
    said = orjson.dumps({"id": "x", "type": "subscribe", "payload": payload}).decode()
    assert begun().heard(said) == Subscribe(
        "x", Parameters("query A($a: Int) { a }", "A", {"a": 1}, None, "a" * 64)
    )


def test_an_id_may_be_used_again_once_it_is_free() -> None:
    conversation = begun()
    first = conversation.heard(SUBSCRIBE)
    with pytest.raises(Closing) as caught:
        conversation.heard(SUBSCRIBE)
    assert (caught.value.code, caught.value.reason) == (4409, "Subscriber for 1 already exists")
    conversation.free("1")
    conversation.free("2")
    assert conversation.heard(SUBSCRIBE) == first


def test_what_a_client_wants_no_more_may_have_ended() -> None:
    assert begun().heard('{"id":"1","type":"complete"}') == Left("1")


def test_one_greeting_is_enough() -> None:
    with pytest.raises(Closing) as caught:
        begun().heard(INIT)
    assert (caught.value.code, caught.value.reason) == (4429, "Too many initialisation requests")


def test_nothing_is_asked_before_the_greeting_was_returned() -> None:
    for said in ((), (INIT,)):
        conversation = Conversation(1000)
        for each in said:
            conversation.heard(each)
        with pytest.raises(Closing) as caught:
            conversation.heard(SUBSCRIBE)
        assert (caught.value.code, caught.value.reason) == (4401, "Unauthorized")


BAD: dict[str, tuple[Any, str]] = {
    "bytes": (None, "Messages are texts."),
    "no JSON": ("{", "The message is not valid JSON."),
    "nothing": ("", "The message is not valid JSON."),
    "nested too deep": ("[" * 900, "The message is not valid JSON."),
    "a list": ("[]", "The message must be a JSON object."),
    "no type": ("{}", "There is no message of this type."),
    "a type of the servers": ('{"type":"next"}', "There is no message of this type."),
    "a type that is no text": ('{"type":["ping"]}', "There is no message of this type."),
    "the older protocol": ('{"type":"start","id":"1"}', "There is no message of this type."),
    "a payload that is no object": (
        '{"type":"ping","payload":[]}',
        "`payload` must be a JSON object.",
    ),
    "a pong's payload": ('{"type":"pong","payload":1}', "`payload` must be a JSON object."),
    "no id": ('{"type":"complete"}', "`id` must be a text of 1 to 128 characters."),
    "an empty id": (
        '{"type":"complete","id":""}',
        "`id` must be a text of 1 to 128 characters.",
    ),
    "an id that is no text": (
        '{"type":"subscribe","id":1,"payload":{"query":"{a}"}}',
        "`id` must be a text of 1 to 128 characters.",
    ),
    "a long id": (
        '{"type":"complete","id":"%s"}' % ("x" * 129),
        "`id` must be a text of 1 to 128 characters.",
    ),
    "no payload": ('{"type":"subscribe","id":"1"}', "`query` is missing."),
    "a query that is no text": (
        '{"type":"subscribe","id":"1","payload":{"query":1}}',
        "`query` must be a string.",
    ),
}


@pytest.mark.parametrize(("said", "reason"), BAD.values(), ids=BAD)
def test_what_is_no_message_ends_the_socket(said: str | None, reason: str) -> None:
    with pytest.raises(Closing) as caught:
        begun().heard(said)
    assert (caught.value.code, caught.value.reason) == (4400, reason)


def test_an_operation_that_was_no_message_takes_no_id() -> None:
    conversation = begun()
    with pytest.raises(Closing):
        conversation.heard('{"type":"subscribe","id":"1","payload":{"query":1}}')
    assert isinstance(conversation.heard(SUBSCRIBE), Subscribe)


def test_a_message_may_be_so_many_bytes_long() -> None:
    held = '{"type":"ping","payload":{"a":"%s"}}'
    fits = held % ("é" * ((1000 - len(held) + 2) // 2))
    assert isinstance(Conversation(1000).heard(fits), Pinged)
    with pytest.raises(Closing) as caught:
        Conversation(len(fits.encode()) - 1).heard(fits)
    assert caught.value.code == 1009
    assert caught.value.reason == "The message is larger than 999 bytes."


def test_a_reason_fits_into_the_frame_that_closes() -> None:
    assert Closing(4400, "é" * 100).reason == "é" * 61
    assert Closing(4400, "é" * 61).reason == "é" * 61
    assert Closing(4400, "x" * 124).reason == "x" * 123


def test_answers_are_written_with_their_ids() -> None:
    assert next_('a"b', b'{"data":{"a":1}}') == (
        '{"id":"a\\"b","type":"next","payload":{"data":{"a":1}}}'
    )
    assert error("1", [{"message": "no"}]) == (
        '{"id":"1","type":"error","payload":[{"message":"no"}]}'
    )
    assert complete('a"b') == '{"id":"a\\"b","type":"complete"}'
