"""Forms with files: which are read, how much of them, and what is told of the others."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from starlette.datastructures import Headers

from gateway.errors import BodyLimitExceeded, BodyTimeLimitExceeded
from gateway.http.cors import Cors
from gateway.http.forgery import FORM_MESSAGE
from gateway.http.presence import ClientLeft
from gateway.http.problem import HttpProblem
from gateway.http.uploads import UploadLimits, read_upload
from gateway.operation.request import OperationResult
from gateway.upstream.form import File
from tests.http.test_forgery import BAD, BOARD, ELSEWHERE, GOOD
from tests.http.tiny import client, endpoint
from tests.uploading import BOUNDARY, END, FORM, PICTURE, SOUND, Sent, file_part, form, part

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx
    from starlette.types import Message, Receive

    from gateway.http.parameters import Parameters
    from gateway.operation.request import Answer, OperationRequest

QUERY = "mutation ($a: Upload, $b: [Upload!]) { it(a: $a, b: $b) }"
ONE = {"query": QUERY, "variables": {"a": None}}
AT_A = {"0": ["variables.a"]}
BIG = 1024 * 1024 + 1
"""Bytes that are not kept in memory."""
SMALL = UploadLimits(most_bytes=4 * BIG, file_bytes=2 * BIG, files=2, field_bytes=300)


def receiving(*pieces: bytes, left: bool = False) -> Receive:
    coming: list[Message] = [
        {"type": "http.request", "body": piece, "more_body": True} for piece in pieces
    ]
    coming.append({"type": "http.disconnect"} if left else {"type": "http.request"})
    messages = iter(coming)

    async def receive() -> Message:
        return next(messages)

    return receive


async def read(content: bytes, limits: UploadLimits = SMALL, **headers: str) -> Parameters:
    """What is read of a form that comes in pieces; its files are closed."""
    pieces = [content[n : n + 65_000] for n in range(0, len(content), 65_000)]
    async with read_upload(receiving(*pieces), Headers(FORM | headers), limits) as given:
        return given


def open_files() -> int:
    return len(os.listdir("/dev/fd"))  # noqa: PTH208 - descriptors, not paths


async def test_files_take_the_places_that_the_map_names() -> None:
    operations = {
        "query": QUERY,
        "operationName": "It",
        "variables": {"a": None, "b": [None, {"c": None}], "d": 1},
        "extensions": {"persistedQuery": {"version": 1, "sha256Hash": "a" * 64}},
    }
    places = {"x": ["variables.a", "variables.b.1.c"], "": ["variables.b.0"]}
    content = form(operations, places, {"x": PICTURE, "": SOUND})
    async with read_upload(receiving(content), Headers(FORM), SMALL) as given:
        picture, sound = given.variables["a"], given.variables["b"][0]
        assert given.variables == {"a": picture, "b": [sound, {"c": picture}], "d": 1}
        assert (given.query, given.operation_name, given.sha256) == (QUERY, "It", "a" * 64)
        for file, sent in ((picture, PICTURE), (sound, SOUND)):
            assert isinstance(file, File)
            told = Sent(file.name, file.read(), file.content_type)
            assert (told, file.size) == (sent, len(sent.content))
            assert file.read() == sent.content


async def test_a_file_without_a_name_or_type_is_one_all_the_same() -> None:
    content = form(ONE, AT_A, {"0": Sent("", b"", None)})
    async with read_upload(receiving(content), Headers(FORM), SMALL) as given:
        file = given.variables["a"]
        assert (file.name, file.content_type, file.size) == ("", "application/octet-stream", 0)
        assert file.read() == b""


async def test_a_file_of_some_length_waits_on_disk_until_all_is_done() -> None:
    content = form(ONE, AT_A, {"0": Sent(content=b"x" * BIG)})
    before = open_files()
    async with read_upload(receiving(content), Headers(FORM), SMALL) as given:
        assert open_files() == before + 1
        assert given.variables["a"].read() == b"x" * BIG
    assert open_files() == before
    with pytest.raises(ValueError, match="closed"):
        given.variables["a"].read()


async def test_no_file_is_left_where_the_client_leaves_or_takes_too_long() -> None:
    half = form(ONE, AT_A, {"0": Sent(content=b"x" * 2 * BIG)})[: BIG + 5_000]
    before = open_files()
    with pytest.raises(ClientLeft):
        async with read_upload(receiving(half, left=True), Headers(FORM), SMALL):
            raise AssertionError("never reached")
    assert open_files() == before
    came = asyncio.Event()
    pieces = iter([half])

    async def hanging() -> Message:
        for piece in pieces:
            return {"type": "http.request", "body": piece, "more_body": True}
        came.set()
        await asyncio.Event().wait()
        raise AssertionError("never reached")

    async def reading() -> None:
        async with read_upload(hanging, Headers(FORM), SMALL):
            raise AssertionError("never reached")

    task = asyncio.create_task(reading())
    await came.wait()
    assert open_files() == before + 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert open_files() == before
    with pytest.raises(BodyTimeLimitExceeded, match="took too long"):
        async with read_upload(hanging, Headers(FORM), UploadLimits(seconds=0)):
            raise AssertionError("never reached")


TOO_MUCH: dict[str, tuple[bytes, str]] = {
    "in all": (
        form(ONE, AT_A, dict.fromkeys("01", Sent(content=b"x" * 2 * BIG))),
        "The body is larger than 4194308 bytes",
    ),
    "a file": (form(ONE, AT_A, {"0": Sent(content=b"x" * 3 * BIG)}), "A file is larger than 2"),
    "operations": (
        form(ONE | {"more": "x" * 300}, AT_A, {"0": PICTURE}),
        "A part that is no file is larger than 300 bytes",
    ),
    "map": (form(ONE, {"0": ["x" * 300]}, {"0": PICTURE}), "is larger than 300 bytes"),
    "files": (form(ONE, {}, dict.fromkeys("abc", PICTURE)), "more than 2 files"),
    "a million files": (form(ONE, {}, dict.fromkeys(map(str, range(9_000)), Sent())), "than 2"),
}


@pytest.mark.parametrize(("content", "message"), TOO_MUCH.values(), ids=TOO_MUCH)
async def test_so_much_is_read_and_no_more(content: bytes, message: str) -> None:
    before = open_files()
    with pytest.raises(BodyLimitExceeded, match=message):
        await read(content)
    assert open_files() == before


async def test_a_form_that_is_announced_too_large_is_not_read() -> None:
    length = {"content-length": str(4 * BIG + 1)}
    with pytest.raises(BodyLimitExceeded):
        async with read_upload(receiving(), Headers(FORM | length), SMALL):
            raise AssertionError("never reached")


def given(**variables: Any) -> bytes:
    return part("operations", orjson.dumps({"query": QUERY, "variables": variables}))


def mapped(*paths: Any, name: str = "0") -> bytes:
    return part("map", orjson.dumps({name: list(paths)}))


FILE = file_part("0", PICTURE)
GIVEN = given(a=None)
MAPPED = mapped("variables.a")
WRONG: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "`operations` is missing."),
    "no form": (b"{}", "The form cannot be read: Invalid multipart data."),
    "no operations": (MAPPED + FILE + END, "`operations` is missing."),
    "no map": (GIVEN + FILE + END, "`map` is missing."),
    "cut off": (GIVEN + MAPPED + FILE[:-9], "The file '0' is missing."),
    "no file": (GIVEN + MAPPED + END, "The file '0' is missing."),
    "operations as a file": (
        file_part("operations", Sent(content=b"{}")) + MAPPED + FILE + END,
        "`operations` is missing.",
    ),
    "operations twice": (GIVEN + GIVEN + MAPPED + FILE + END, "'operations' is there twice."),
    "a file twice": (GIVEN + MAPPED + FILE + FILE + END, "'0' is there twice."),
    "a text as a file": (
        GIVEN + MAPPED + part("0", b"x") + END,
        "'0' is no file, and nothing that is known.",
    ),
    "no JSON": (part("operations", b"{") + MAPPED + FILE + END, "The body is not valid JSON"),
    "no JSON of a map": (GIVEN + part("map", b"{") + FILE + END, "`map` is not valid JSON"),
    "no UTF-8": (
        part("operations", b'{"query":"\xff"}') + MAPPED + FILE + END,
        "A part that is no file is not UTF-8.",
    ),
    "no query": (part("operations", b"{}") + MAPPED + FILE + END, "`query` is missing."),
    "a list for a map": (
        GIVEN + part("map", b"[]") + FILE + END,
        "`map` must be a JSON object with lists of paths.",
    ),
    "a file that is not named": (
        GIVEN + part("map", b"{}") + FILE + END,
        "`map` does not name the file '0'.",
    ),
    "a path alone": (
        GIVEN + part("map", b'{"0":"variables.a"}') + FILE + END,
        "`map` must have a list of 1 to 20 paths for '0'.",
    ),
    "no path": (GIVEN + mapped() + FILE + END, "a list of 1 to 20 paths for '0'."),
    "too many paths": (GIVEN + mapped(*["x"] * 21) + FILE + END, "a list of 1 to 20 paths"),
    "a number for a path": (
        GIVEN + mapped(1) + FILE + END,
        "`map`: a path begins with `variables.`, not 'int'.",
    ),
    "of the query": (GIVEN + mapped("query") + FILE + END, "not 'query'."),
    "of a batch": (GIVEN + mapped("0.variables.a") + FILE + END, "not '0.variables.a'."),
    "all variables": (GIVEN + mapped("variables") + FILE + END, "not 'variables'."),
    "a place that is not there": (
        GIVEN + mapped("variables.b") + FILE + END,
        "`map`: 'variables.b' is not there.",
    ),
    "a place that is taken": (
        given(a=1) + MAPPED + FILE + END,
        "`map`: 'variables.a' is not null.",
    ),
    "the same place twice": (
        GIVEN + mapped("variables.a", "variables.a") + FILE + END,
        "`map`: 'variables.a' is not null.",
    ),
    "beyond a list": (given(a=[None]) + mapped("variables.a.1") + FILE + END, "is not there."),
    "before a list": (given(a=[None]) + mapped("variables.a.-1") + FILE + END, "is not there."),
    "no index": (given(a=[None]) + mapped("variables.a.\u0660") + FILE + END, "is not there."),
    "far beyond": (given(a=[None]) + mapped("variables.a." + "0" * 99) + FILE + END, "is not"),
    "in null": (GIVEN + mapped("variables.a.b") + FILE + END, "is not there."),
    "in a text": (given(a="x") + mapped("variables.a.0") + FILE + END, "is not there."),
    "too deep": (GIVEN + mapped("variables" + ".a" * 60) + FILE + END, "is not there."),
    **{
        name: (given(a={}) + mapped(f"variables.a.{name}") + FILE + END, "is not there.")
        for name in ("__proto__", "__class__", "constructor", "keys", "")
    },
    "without a name": (
        GIVEN + MAPPED + FILE.replace(b' name="0";', b"") + END,
        'The form cannot be read: The Content-Disposition header field "name" must be provided.',
    ),
    "with a long head": (
        GIVEN + MAPPED + file_part("0", Sent(name="x" * 5_000)) + END,
        "The form cannot be read: Invalid multipart data.",
    ),
    "with a boundary of another": (b"--other\r\n", "The form cannot be read"),
}


@pytest.mark.parametrize(("content", "message"), WRONG.values(), ids=WRONG)
async def test_what_is_wrong_with_a_form_is_told(content: bytes, message: str) -> None:
    limits = UploadLimits(field_bytes=20_000)
    before = open_files()
    with pytest.raises(HttpProblem) as caught:
        await read(content, limits)
    assert caught.value.status == 400
    assert message in caught.value.message
    assert open_files() == before


@pytest.mark.parametrize(
    ("headers", "status", "message"),
    [
        ({"content-type": "multipart/form-data"}, 400, "Missing boundary in multipart."),
        ({"content-type": f"{FORM['content-type']}; charset=punycode"}, 415, "must be UTF-8"),
        ({"content-type": f"multipart/form-data; boundary={'x' * 300}"}, 400, "cannot be read"),
        ({"content-encoding": "gzip"}, 415, "must not be compressed"),
    ],
)
async def test_what_is_no_form_as_it_is_is_not_read(
    headers: dict[str, str], status: int, message: str
) -> None:
    with pytest.raises(HttpProblem, match=message) as caught:
        await read(form(ONE, AT_A, {"0": PICTURE}), SMALL, **headers)
    assert caught.value.status == status


# --- Through the endpoint ----------------------------------------------------------------------


async def shown(request: OperationRequest) -> Answer:
    """What came in, files read."""
    files = {n: v.read().decode() for n, v in request.variables.items() if isinstance(v, File)}
    told = {"files": files, "readOnly": request.read_only, "body": request.body}
    return OperationResult({"data": told})


async def ask(content: bytes, *, path: str = "/graphql", **options: Any) -> httpx.Response:
    headers = FORM | options.pop("headers", {})
    async with client(endpoint(run=shown, **{"uploads": UploadLimits()} | options)) as http:
        return await http.post(path, content=content, headers=headers)


CONTENT = form(ONE, AT_A, {"0": Sent(content=b"text")})


async def test_a_form_is_an_operation_that_may_change_and_is_not_remembered() -> None:
    answer = await ask(CONTENT, path="/graphql?query={hello}")
    assert answer.status_code == 200
    told = {"files": {"a": "text"}, "readOnly": False, "body": None}
    assert answer.json() == {"data": told}


async def test_where_no_files_are_taken_the_type_is_refused() -> None:
    answer = await ask(CONTENT, uploads=None)
    assert (answer.status_code, answer.headers["accept-post"]) == (415, "application/json")
    (error,) = answer.json()["errors"]
    assert error["message"] == "Files are not taken here: send application/json."
    assert error["extensions"]["code"] == "BAD_REQUEST"


async def test_a_list_of_operations_is_refused() -> None:
    answer = await ask(form([ONE, ONE], {"0": ["0.variables.a"]}, {"0": PICTURE}))
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["extensions"]["code"]) == (400, "BATCH_LIMIT_EXCEEDED")


async def test_a_form_that_is_too_large_is_told_so_and_a_stranger_before_it_is_read() -> None:
    answer = await ask(CONTENT, uploads=UploadLimits(most_bytes=20))
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["extensions"]["code"]) == (413, "BODY_LIMIT_EXCEEDED")
    stranger = await ask(b"", headers={"authorization": "Bearer stranger"})
    assert stranger.status_code == 401


async def test_a_form_that_takes_too_long_is_told_so() -> None:
    async def drip() -> AsyncIterator[bytes]:
        yield f"--{BOUNDARY}".encode()
        await asyncio.Event().wait()

    app = endpoint(run=shown, uploads=UploadLimits(seconds=0))
    async with client(app) as http:
        answer = await http.post("/graphql", content=drip(), headers=FORM)
    (error,) = answer.json()["errors"]
    assert (answer.status_code, answer.headers["connection"]) == (408, "close")
    assert error["extensions"]["code"] == "BODY_TIME_LIMIT_EXCEEDED"


async def test_a_form_by_another_method_is_none() -> None:
    async with client(endpoint(run=shown, uploads=UploadLimits())) as http:
        answer = await http.request("GET", "/graphql?query={hello}", content=b"", headers=FORM)
        put = await http.put("/graphql", content=CONTENT, headers=FORM)
    assert (answer.json()["data"]["readOnly"], put.status_code) == (True, 405)


FORGED = {name: headers for name, headers in BAD.items() if "content-type" not in headers}
HONEST = {name: headers for name, headers in GOOD.items() if "content-type" not in headers}


@pytest.mark.parametrize("headers", FORGED.values(), ids=FORGED)
async def test_a_form_that_any_site_can_make_a_browser_send_is_refused(
    headers: dict[str, str],
) -> None:
    answer = await ask(CONTENT, headers=headers, ambient=True, cors=Cors((BOARD,)))
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["message"]) == (403, FORM_MESSAGE)
    assert error["extensions"]["code"] == "CSRF_PREVENTED"
    # Where callers bring a key or token, a page that knows none gets nothing anyway.
    assert (await ask(CONTENT, headers=headers)).status_code == 200


@pytest.mark.parametrize("headers", HONEST.values(), ids=HONEST)
async def test_a_form_that_no_other_site_can_send_is_answered(headers: dict[str, str]) -> None:
    answer = await ask(CONTENT, headers=headers, ambient=True, cors=Cors((BOARD,)))
    assert answer.status_code == 200


async def test_of_two_content_types_neither_makes_a_form_pass_for_json() -> None:
    headers = [
        *ELSEWHERE.items(),
        ("content-type", FORM["content-type"]),
        ("content-type", "application/json"),
    ]
    async with client(endpoint(run=shown, uploads=UploadLimits(), ambient=True)) as http:
        answers = [
            await http.post("/graphql", content=CONTENT, headers=each)
            for each in (headers, headers[::-1])
        ]
    assert [answer.status_code for answer in answers] == [403, 415]
