"""`gateway.upstream.endpoint`: nothing that callers give changes where a request goes."""

from __future__ import annotations

import re
import string
from email import message_from_bytes
from email.policy import HTTP
from typing import TYPE_CHECKING

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import BadUserInput
from gateway.upstream.endpoint import ID, LONGEST_QUERY, Endpoint, IdPattern

from .playing import CREATE_CALL, DELETE_CALL, GET_CALL, LIST_CALLS, Retell, playing

if TYPE_CHECKING:
    from gateway.upstream.endpoint import UpstreamRequest

HOSTILE_IDS = [
    "",
    " ",
    ".",
    "..",
    "../delete-call/x",
    "../../v2/delete-call/x",
    "x/../../delete-call/x",
    "/etc/passwd",
    "//example.com/x",
    "x/y",
    "x/",
    "%2f",
    "%2e%2e%2fdelete-call%2fx",
    "..%2fdelete-call",
    "%252e%252e",
    "%00",
    "x%0d%0aHost:%20example.com",
    "x?version=1",
    "?",
    "x#fragment",
    "#",
    "x;y",
    ";",
    "\\",
    "..\\delete-call\\x",
    "x&y=1",
    "x=1",
    "x:y@z",
    "http://example.com/",
    "x\x00",
    "x\r\nX-Injected: 1",
    "x\n",
    "\tx",
    "x\x7f",
    "x\x85",
    " x",
    "x ",
    "x\u00a0",
    "\u2024\u2024/delete-call",
    "\uff0e\uff0e\uff0fdelete-call",
    "x\u2028",
    "\u202ex",
    "\u0430call",
    "\u0663",
    "\ud800",
    "x\udc2f",
    "*",
    "{call_id}",
    "x" * 129,
    "x" * 1_000_000,
]


@pytest.mark.parametrize("hostile", HOSTILE_IDS, ids=range(len(HOSTILE_IDS)))
async def test_a_hostile_id_is_refused_before_any_request(hostile: str) -> None:
    retell = Retell(httpx.Response(200, json={}))
    async with playing(retell) as gateway:
        for endpoint in (GET_CALL, DELETE_CALL):
            with pytest.raises(BadUserInput):
                await gateway.send(endpoint.request(call_id=hostile))
    assert retell.requests == []


@pytest.mark.parametrize("hostile", [None, 7, True, b"call_1", ["call_1"], {"a": 1}])
def test_an_id_that_is_no_string_is_refused(hostile: object) -> None:
    with pytest.raises(BadUserInput) as caught:
        GET_CALL.request(call_id=hostile)  # type: ignore[arg-type] # variables are untyped at run time
    assert f"not a value of type {type(hostile).__name__}." in caught.value.message


def test_the_refusal_names_the_argument_and_shows_a_short_printable_piece_of_the_value() -> None:
    with pytest.raises(BadUserInput) as caught:
        GET_CALL.request(call_id="../\x00\u202e\ud800" + "x" * 1000)
    assert caught.value.message == (
        "`callId` must be 1 to 128 letters, digits, `_` or `-`, "
        "not '../\\x00\\u202e\\ud800xxxxxxxxxxxxxxxxxx'...."
    )


def test_a_short_refused_value_is_shown_whole() -> None:
    with pytest.raises(BadUserInput, match=re.escape("not 'a b'.")):
        GET_CALL.request(call_id="a b")


@pytest.mark.parametrize("pattern", [ID])
@pytest.mark.parametrize(
    "name",
    ["call_4f0d2a", "agent_6a-B9", "a", "-", "_", "x" * 128, "oBeDLoLOeuAbiuaMFXRtDOLriTJ5tSxD"],
)
def test_ids_as_retell_makes_them_are_accepted(pattern: IdPattern, name: str) -> None:
    assert pattern.accepts(name)


def test_the_path_holds_the_id_and_the_name_does_not() -> None:
    request = GET_CALL.request(call_id="call_1")
    assert request.path == request.target == "/v2/get-call/call_1"
    assert request.endpoint_name == GET_CALL.name == "GET /v2/get-call"
    assert (request.safe, request.by_id, request.lists, request.body) == (True, True, False, None)


def test_an_id_in_the_middle_of_a_path_leaves_no_trace_in_the_name() -> None:
    endpoint = Endpoint("GET", "/agents/{agent_id}/versions", ids={"agent_id": ID})
    assert endpoint.name == "GET /agents/versions"
    assert endpoint.request(agent_id="a").path == "/agents/a/versions"


@given(st.text(alphabet=string.ascii_letters + string.digits + "_-", min_size=1, max_size=128))
def test_no_accepted_id_changes_the_path_in_httpx(name: str) -> None:
    url = httpx.URL("https://retell.test" + GET_CALL.request(call_id=name).target)
    assert url.raw_path == f"/v2/get-call/{name}".encode()
    assert (url.host, url.query, url.fragment) == ("retell.test", b"", "")


@given(st.one_of(st.text(), st.from_regex(ID.pattern, fullmatch=True)))
def test_whatever_text_is_given_it_is_refused_or_stays_one_segment(name: str) -> None:
    try:
        request = GET_CALL.request(call_id=name)
    except BadUserInput:
        return
    url = httpx.URL("https://retell.test" + request.target)
    assert url.path.split("/") == ["", "v2", "get-call", name]


def test_a_pattern_that_allows_more_is_quoted() -> None:
    anything = IdPattern(re.compile(r".+", re.DOTALL), "anything")
    endpoint = Endpoint("GET", "/get-phone-number/{phone_number}", ids={"phone_number": anything})
    assert endpoint.request(phone_number="+1 5/5?#%;").path == (
        "/get-phone-number/%2B1%205%2F5%3F%23%25%3B"
    )


def test_gets_are_safe_and_other_methods_only_by_declaration() -> None:
    assert GET_CALL.safe
    assert not CREATE_CALL.safe
    assert not DELETE_CALL.safe
    assert LIST_CALLS.safe
    assert not Endpoint("GET", "/v2/strange-get", safe=False).safe


def test_posts_that_read_are_lists_unless_they_say_otherwise() -> None:
    assert LIST_CALLS.lists
    assert not GET_CALL.lists
    assert not CREATE_CALL.lists
    assert Endpoint("GET", "/v2/list-phone-numbers", lists=True).lists
    assert not Endpoint("POST", "/get-app-tool-schema", safe=True, lists=False).lists


def test_a_path_without_the_patterns_for_its_ids_is_a_mistake_in_the_code() -> None:
    with pytest.raises(ValueError, match="every id in the path needs its pattern"):
        Endpoint("GET", "/v2/get-call/{call_id}")
    with pytest.raises(ValueError, match="every id in the path needs its pattern"):
        Endpoint("GET", "/v2/get-call", ids={"call_id": ID})


@pytest.mark.parametrize("path", ["v2/get-call", "//example.com/x", "/v2//get-call", ""])
def test_a_path_that_is_none_is_a_mistake_in_the_code(path: str) -> None:
    with pytest.raises(ValueError, match="not the path of an endpoint"):
        Endpoint("GET", path)


def test_a_request_with_the_wrong_ids_is_a_mistake_in_the_code() -> None:
    with pytest.raises(TypeError, match="takes the ids"):
        GET_CALL.request()
    with pytest.raises(TypeError, match="takes the ids"):
        GET_CALL.request(call_id="a", agent_id="b")


def test_a_query_is_encoded_with_absent_values_left_out() -> None:
    request = LIST_CALLS.request(
        query={"version": 3, "tag": "a&b=c d/é", "on": True, "off": False, "none": None}
    )
    assert request.query == "version=3&tag=a%26b%3Dc%20d%2F%C3%A9&on=true&off=false"
    assert request.target == f"/v3/list-calls?{request.query}"


def test_a_query_that_cannot_be_sent_is_the_callers_mistake() -> None:
    with pytest.raises(BadUserInput):
        LIST_CALLS.request(query={"tag": "\ud800"})
    with pytest.raises(BadUserInput):
        LIST_CALLS.request(query={"tag": "x" * LONGEST_QUERY})


@given(st.text())
def test_no_query_value_reaches_the_path(value: str) -> None:
    try:
        request = GET_CALL.request(call_id="call_1", query={"tag": value})
    except BadUserInput:
        return
    url = httpx.URL("https://retell.test" + request.target)
    assert url.path == "/v2/get-call/call_1"
    assert url.params.multi_items() == [("tag", value)]


def test_a_body_is_json() -> None:
    assert LIST_CALLS.request(body={"limit": 50, "x": "é"}).body == '{"limit":50,"x":"é"}'.encode()
    assert LIST_CALLS.request(body={}).body == b"{}"


@pytest.mark.parametrize("value", ["\ud800", 2**64])
def test_a_body_that_json_cannot_carry_is_the_callers_mistake(value: object) -> None:
    with pytest.raises(BadUserInput) as caught:
        LIST_CALLS.request(body={"x": value})
    assert caught.value.__cause__ is None


FORM = Endpoint("POST", "/create-knowledge-base", form=True)


def sent_form(request: UpstreamRequest) -> dict[str, bytes]:
    """The fields of a form, as somebody else's parser reads them."""
    head = f"Content-Type: {request.content_type}\r\n\r\n".encode()
    parsed = message_from_bytes(head + (request.body or b""), policy=HTTP)
    assert not parsed.defects
    return {
        str(part.get_param("name", header="content-disposition")): bytes(
            part.get_payload(decode=True)
        )
        for part in parsed.iter_parts()
    }


def test_a_form_has_texts_as_they_are_and_all_else_as_json() -> None:
    body = {"name": 'a "b" é', "refresh": True, "size": 400, "urls": ["https://x.y"], "t": [{}]}
    request = FORM.request(body=body)
    assert sent_form(request) == {
        "name": 'a "b" é'.encode(),
        "refresh": b"true",
        "size": b"400",
        "urls": b'["https://x.y"]',
        "t": b"[{}]",
    }
    boundary = request.content_type.removeprefix("multipart/form-data; boundary=")
    assert re.fullmatch("[0-9a-f]{32}", boundary)
    assert (request.body or b"").endswith(f"--{boundary}--\r\n".encode())


def test_the_same_form_is_the_same_bytes_and_another_one_has_another_boundary() -> None:
    one, same, other = (FORM.request(body={"name": name}) for name in ("a", "a", "b"))
    assert one == same
    assert one.digest != other.digest
    assert one.content_type != other.content_type


@given(st.text(), st.text())
def test_no_value_of_a_form_becomes_another_field(name: str, text: str) -> None:
    try:
        request = FORM.request(body={"name": name, "texts": [text]})
    except BadUserInput:
        return
    boundary = b"--" + request.content_type.partition("=")[2].encode()
    before, first, second, after = (request.body or b"").split(boundary)
    assert (before, after) == (b"", b"--\r\n")
    head = b'\r\nContent-Disposition: form-data; name="%b"\r\n\r\n'
    assert first == head % b"name" + name.encode() + b"\r\n"
    assert second == head % b"texts" + orjson.dumps([text]) + b"\r\n"


def test_a_form_with_text_that_is_not_unicode_is_the_callers_mistake() -> None:
    with pytest.raises(BadUserInput):
        FORM.request(body={"name": "\ud800"})


def test_what_has_no_body_is_no_form() -> None:
    assert (FORM.request().body, FORM.request().content_type) == (None, "application/json")
