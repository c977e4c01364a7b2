"""Files, end to end: what reaches Retell of them, and where nothing of them may turn up."""

from __future__ import annotations

import io
from email import message_from_bytes
from email.policy import HTTP
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest

from gateway.errors import BadUserInput
from gateway.sandbox.app import KEYS
from gateway.sandbox.faults import Fault
from gateway.schema.permissions import SCOPES
from gateway.upstream.endpoint import Endpoint
from gateway.upstream.form import File, file_name
from tests.http.serving import serving
from tests.promises.test_canaries import whole_log
from tests.uploading import (
    CLONE_VOICE,
    CREATE_ASSET,
    FORM,
    PICTURE,
    SOUND,
    Sent,
    asset_form,
    form,
    send,
    uploaded,
)
from tests.world import IMPATIENT, World, faults, world

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

ASSET, CLONE = "POST /create-asset", "POST /clone-voice"
UPLOAD, IMPORT = "POST /upload-contact-import-file", "POST /create-contact-import"
MAKE, FILL = "POST /create-knowledge-base", "POST /add-knowledge-base-sources"
NAME = "c0ffee00-0000-4000-8000-000000000001"
VOICE = {"files": [None], "voiceName": "Ada", "voiceProvider": "CARTESIA"}
BASE = "knowledgeBase { knowledgeBaseId } userErrors { field message code }"
CREATE_BASE = f"""mutation ($input: CreateKnowledgeBaseInput!) {{
  createKnowledgeBase(input: $input) {{ {BASE} }} }}"""
ADD_SOURCES = f"""mutation ($input: AddKnowledgeBaseSourcesInput!) {{
  addKnowledgeBaseSources(input: $input) {{ {BASE} }} }}"""
UPLOAD_FILE = """mutation ($input: UploadContactImportFileInput!) {
  uploadContactImportFile(input: $input) {
    importFile { uploadId fileName } userErrors { field message code } } }"""
IMPORT_FILE = """mutation ($input: CreateContactImportInput!) {
  createContactImport(input: $input) { job { status } userErrors { code } } }"""
VOICES = "{ voices { voiceId } }"
TEXT = Sent("notes.txt", b"Notes\r\n\0\xff", "text/plain; charset=utf-8")
CSV = Sent("contacts.csv", b"Phone\n+12125550001\n+12125550002\n", "text/csv")

CALLS: dict[str, tuple[str, str, dict[str, Any], dict[str, Sent]]] = {
    "createAsset": (ASSET, CREATE_ASSET, {"file": None}, {"input.file": PICTURE}),
    "cloneVoice": (CLONE, CLONE_VOICE, VOICE, {"input.files.0": SOUND}),
    "uploadContactImportFile": (UPLOAD, UPLOAD_FILE, {"file": None}, {"input.file": CSV}),
    "createKnowledgeBase": (
        MAKE,
        CREATE_BASE,
        {"knowledgeBaseName": "Notes", "knowledgeBaseFiles": [None]},
        {"input.knowledgeBaseFiles.0": TEXT},
    ),
    "addKnowledgeBaseSources": (
        FILL,
        ADD_SOURCES,
        {"knowledgeBaseId": "knowledge_base_1", "knowledgeBaseFiles": [None]},
        {"input.knowledgeBaseFiles.0": TEXT},
    ),
}
"""Of each mutation that takes files: its endpoint, the document, an input and its files."""


@pytest.fixture
async def it() -> AsyncIterator[World]:
    async with world(calls=1, uploads=True) as made:
        yield made


async def done(it: World, name: str, **more: Any) -> dict[str, Any]:
    _, query, input_, files = CALLS[name]
    return await uploaded(it, query, {"input": input_ | more}, files)


def parts(sent: httpx.Request) -> list[tuple[str, str | None, str, bytes]]:
    """Name, file's name, type and content of each part of a form that was sent."""
    head = f"Content-Type: {sent.headers['content-type']}\r\n\r\n".encode()
    parsed = message_from_bytes(head + sent.content, policy=HTTP)
    assert parsed.defects == []
    found = []
    for part in parsed.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        found.append((str(name), part.get_filename(), part.get("content-type", ""), content))
    return found


def raw(sent: httpx.Request) -> list[tuple[bytes, bytes]]:
    """Head and content of each part of a form, by its boundary alone."""
    boundary = b"--" + sent.headers["content-type"].partition("boundary=")[2].encode()
    before, *each, end = sent.content.split(boundary)
    assert (before, end) == (b"", b"--\r\n")
    halves = [part[2:-2].split(b"\r\n\r\n", 1) for part in each]
    return [(head, content) for head, content in halves]


# --- What is sent ------------------------------------------------------------------------------


async def test_a_picture_becomes_an_asset(it: World) -> None:
    response = await send(it, asset_form())
    payload = response.json()["data"]["createAsset"]
    asset = payload.pop("asset")
    assert asset.pop("assetId").startswith("asset_")
    assert asset.pop("url").startswith("https://files.retell.example/asset_")
    assert asset == {
        "contentType": "image/png",
        "createdTimestamp": "2026-05-28T20:26:40.000Z",
        "fileName": "picture.png",
        "fileSize": len(PICTURE.content),
    }
    assert payload == {"clientMutationId": None, "userErrors": []}
    (sent,) = it.sent
    head = b'Content-Disposition: form-data; name="file"; filename="picture.png"\r\n'
    assert raw(sent) == [(head + b"Content-Type: image/png", PICTURE.content)]
    assert sent.headers["content-length"] == str(len(sent.content))


async def test_recordings_become_a_voice_that_is_there_at_once(it: World) -> None:
    before = (await it.data(VOICES))["voices"]
    answer = await uploaded(
        it,
        CLONE_VOICE,
        {"input": VOICE | {"files": [None, None], "voiceProvider": "INWORLD"}},
        {"input.files.0": SOUND, "input.files.1": Sent("b.wav", b"b", "audio/wav")},
    )
    payload = answer["data"]["cloneVoice"]
    made = payload["voice"]["voiceId"]
    assert payload == {
        "voice": {"voiceId": made, "voiceName": "Ada", "provider": "INWORLD"},
        "userErrors": [],
    }
    assert parts(it.sent[-1]) == [
        ("files", "voice.wav", "audio/wav", SOUND.content),
        ("files", "b.wav", "audio/wav", b"b"),
        ("voice_name", None, "", b"Ada"),
        ("voice_provider", None, "", b"inworld"),
    ]
    assert (await it.data(VOICES))["voices"] == [*before, {"voiceId": made}]
    assert it.requests == {"GET /list-voices": 2, CLONE: 1}


async def test_a_file_of_contacts_is_uploaded_and_imported(it: World) -> None:
    answer = await done(it, "uploadContactImportFile")
    file = answer["data"]["uploadContactImportFile"]["importFile"]
    assert file == {"uploadId": file["uploadId"], "fileName": "contacts.csv"}
    assert parts(it.sent[-1]) == [("file", "contacts.csv", "text/csv", CSV.content)]
    columns = [{"fieldName": "phone_number", "externalFieldName": "Phone"}]
    variables = {"input": {"uploadId": file["uploadId"], "columnMapping": columns}}
    assert await it.data(IMPORT_FILE, variables) == {
        "createContactImport": {"job": {"status": "QUEUED"}, "userErrors": []}
    }
    it.clock.forward(60)
    job = await it.data("{ contactImport { succeeded failed } }")
    assert job == {"contactImport": {"succeeded": 2.0, "failed": 0.0}}
    assert it.requests == {UPLOAD: 1, IMPORT: 1, "GET /get-contact-import": 1}


async def test_files_become_sources_of_a_knowledge_base(it: World) -> None:
    answer = await done(it, "createKnowledgeBase", knowledgeBaseUrls=["https://example.com"])
    id_ = answer["data"]["createKnowledgeBase"]["knowledgeBase"]["knowledgeBaseId"]
    assert parts(it.sent[-1]) == [
        ("knowledge_base_urls", None, "", b'["https://example.com"]'),
        ("knowledge_base_name", None, "", b"Notes"),
        ("knowledge_base_files", "notes.txt", 'text/plain; charset="utf-8"', TEXT.content),
    ]
    await done(it, "addKnowledgeBaseSources", knowledgeBaseId=id_)
    assert it.sent[-1].url.path == f"/add-knowledge-base-sources/{id_}"
    it.clock.forward(10)
    query = """query ($id: ID!) { knowledgeBase(knowledgeBaseId: $id) { knowledgeBaseSources {
      type ... on KnowledgeBaseDocument { filename fileSize } } } }"""
    document = {"type": "document", "filename": "notes.txt", "fileSize": len(TEXT.content)}
    assert (await it.data(query, {"id": id_}))["knowledgeBase"] == {
        "knowledgeBaseSources": [document, {"type": "url"}, document]
    }


async def test_a_client_over_a_real_connection_is_answered(it: World) -> None:
    large = Sent(content=bytes(range(256)) * 8_000)
    async with serving(it.app) as url, httpx.AsyncClient() as http:
        answer = await http.post(f"{url}/graphql", content=asset_form(large), headers=FORM)
        operations = {"query": CREATE_ASSET, "variables": {"input": {"file": None}}}
        by_httpx = await http.post(
            f"{url}/graphql",
            data={
                "operations": orjson.dumps(operations).decode(),
                "map": '{"0":["variables.input.file"]}',
            },
            files={"0": ("picture.png", large.content, "image/png")},
        )
    for each in (answer, by_httpx):
        asset = each.json()["data"]["createAsset"]["asset"]
        assert (asset["fileName"], asset["fileSize"]) == ("picture.png", len(large.content))
    assert it.sent[0].content == it.sent[1].content
    assert raw(it.sent[0])[0][1] == large.content


# --- What is not -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CALLS)
async def test_without_the_scope_nothing_is_sent(name: str) -> None:
    kept = {scope for scope in SCOPES if not scope.endswith(":write")}
    async with world(calls=1, uploads=True, scopes=kept) as it:
        assert faults(await done(it, name)) == [(name, "FORBIDDEN")]
        assert it.sent == []


@pytest.mark.parametrize("name", CALLS)
async def test_where_uploads_are_off_nothing_is_sent(name: str) -> None:
    _, query, input_, files = CALLS[name]
    async with world(calls=1) as it:
        answer = await done(it, name)
        assert faults(answer) == [("", "BAD_REQUEST")]
        assert answer["errors"][0]["message"].startswith("Files are not taken here")
        # As JSON there is no way to name a file: neither null, nor a text, nor the lack of it.
        for value in (None, "a.wav", {"name": "a.wav"}):
            (path,) = files
            key = path.split(".")[1]
            filled = [value] if path.endswith(".0") else value
            assert await it.errors(query, {"input": input_ | {key: filled}}) == [
                ("", "BAD_USER_INPUT")
            ]
        assert it.sent == []


async def test_a_voice_of_nothing_is_refused(it: World) -> None:
    told = (await it.data(CLONE_VOICE, {"input": VOICE | {"files": []}}))["cloneVoice"]
    assert told == {
        "voice": None,
        "userErrors": [
            {
                "field": ["files"],
                "message": "`files` takes one file here.",
                "code": "BAD_USER_INPUT",
            }
        ],
    }
    assert it.sent == []


async def test_no_files_for_a_knowledge_base_are_as_good_as_none(it: World) -> None:
    variables = {"input": {"knowledgeBaseName": "x", "knowledgeBaseFiles": []}}
    assert (await it.data(CREATE_BASE, variables))["createKnowledgeBase"]["userErrors"] == []
    assert parts(it.sent[0]) == [("knowledge_base_name", None, "", b"x")]
    variables = {"input": {"knowledgeBaseId": "knowledge_base_1", "knowledgeBaseFiles": []}}
    (error,) = (await it.data(ADD_SOURCES, variables))["addKnowledgeBaseSources"]["userErrors"]
    assert error["message"] == "Give at least one file, text or address."
    assert len(it.sent) == 1


MANY = {f"input.files.{number}": SOUND for number in range(4)}


@pytest.mark.parametrize(
    ("query", "input_", "files", "field", "message"),
    [
        (
            CLONE_VOICE,
            VOICE | {"files": [None] * 2},
            dict(list(MANY.items())[:2]),
            "files",
            "`files` takes one file here.",
        ),
        (
            CLONE_VOICE,
            VOICE | {"files": [None] * 4, "voiceProvider": "INWORLD"},
            MANY,
            "files",
            "`files` takes 1 to 3 files here.",
        ),
        (
            CLONE_VOICE,
            VOICE | {"voiceName": ""},
            {"input.files.0": SOUND},
            "voiceName",
            "`voiceName` has 1 to 200 characters.",
        ),
        (
            CLONE_VOICE,
            VOICE,
            {"input.files.0": Sent("a.wav", b"", "audio/wav")},
            "files",
            "A file is empty.",
        ),
        (
            CREATE_ASSET,
            {"file": None},
            {"input.file": Sent(content=b"x" * (10 * 1024 * 1024 + 1))},
            "file",
            "A file may take at most 10 MB.",
        ),
        (
            UPLOAD_FILE,
            {"file": None},
            {"input.file": Sent(content=b"")},
            "file",
            "A file is empty.",
        ),
        (
            CREATE_BASE,
            {"knowledgeBaseName": "x", "knowledgeBaseFiles": [None]},
            {"input.knowledgeBaseFiles.0": Sent(content=b"")},
            "knowledgeBaseFiles",
            "A file is empty.",
        ),
    ],
)
async def test_what_retell_would_not_take_is_not_sent(
    it: World,
    query: str,
    input_: dict[str, Any],
    files: dict[str, Sent],
    field: str,
    message: str,
) -> None:
    answer = await uploaded(it, query, {"input": input_}, files)
    (payload,) = answer["data"].values()
    assert payload["userErrors"] == [
        {"field": [field], "message": message, "code": "BAD_USER_INPUT"}
    ]
    assert it.sent == []


async def test_a_file_is_sent_once_however_often_it_is_named(it: World) -> None:
    """Else a small request would become as large a one as its document is long."""
    query = """mutation ($file: Upload!) { cloneVoice(input: {
      files: [$file, $file], voiceName: "x", voiceProvider: ELEVENLABS
    }) { voice { voiceId } userErrors { field message } } }"""
    answer = await uploaded(it, query, {"file": None}, {"file": SOUND})
    assert answer["data"]["cloneVoice"]["userErrors"] == [
        {"field": None, "message": "A file is given twice."}
    ]
    places = {"0": ["variables.input.files.0", "variables.input.files.1"]}
    variables = {"input": VOICE | {"files": [None, None], "voiceProvider": "PLATFORM"}}
    content = form({"query": CLONE_VOICE, "variables": variables}, places, {"0": SOUND})
    (error,) = (await send(it, content)).json()["data"]["cloneVoice"]["userErrors"]
    assert error["message"] == "A file is given twice."
    assert it.sent == []


async def test_a_file_stands_for_an_upload_and_nothing_else(it: World) -> None:
    queries = [
        ("query ($f: ID!) { call(callId: $f) { callId } }", "f"),
        (
            "mutation ($f: JSON) { updateCall(input: { callId: "
            '"call_1", metadata: $f }) { userErrors { code } } }',
            "f",
        ),
        (
            "mutation ($i: UpdateCallInput!) { updateCall(input: $i) { userErrors { code } } }",
            "i.metadata",
        ),
    ]
    for query, path in queries:
        variables = {"f": None} if path == "f" else {"i": {"callId": "call_1", "metadata": None}}
        answer = await uploaded(it, query, variables, {path: PICTURE})
        assert faults(answer) == [("", "BAD_USER_INPUT")], query
    literal = CREATE_ASSET.replace("$input)", '{ file: "a.png" })').replace(
        "($input: CreateAssetInput!)", ""
    )
    assert await it.errors(literal) == [("", "GRAPHQL_VALIDATION_FAILED")]
    assert it.sent == []


# --- Names, types and contents that are meant to break out -------------------------------------

HOSTILE_NAMES = {
    "quotes": 'a"; name="voice_name"; x=".png',
    "folders": "../../etc/passwd",
    "folders of Windows": "..\\..\\boot.ini",
    "dots": "..",
    "nothing": "",
    "a line": "a\x0b\x0c\x1c\x85\u2028b.png",
    "nul": "a\0b.png",
    "percent": "a%0d%0ab%22.png",
    "long": "x" * 3_000 + ".png",
    "semicolons": "a;b;filename*=utf-8''c.png",
    "words": "Grüße 你好.png",
    "a boundary": "--x-boundary-x--",
}


@pytest.mark.parametrize("given", HOSTILE_NAMES.values(), ids=HOSTILE_NAMES)
async def test_a_hostile_name_stays_in_its_quotes(it: World, given: str) -> None:
    written = given.replace("\\", "\\\\").replace('"', '\\"')
    response = await send(it, asset_form(Sent(name=written)))
    assert response.status_code == 200
    for sent in it.sent:
        ((head, content),) = raw(sent)
        first, second = head.split(b"\r\n")
        start = b'Content-Disposition: form-data; name="file"; filename="'
        assert first.startswith(start)
        assert first.endswith(b'"')
        name = first[len(start) : -1].decode()
        assert not set(name) & set('"\\/\r\n\0')
        assert 0 < len(name) <= 300
        assert name not in (".", "..")
        assert second == b"Content-Type: image/png"
        assert content == PICTURE.content
    assert len(it.sent) == 1


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("image/png; x=1", "application/octet-stream"),
        ("multipart/mixed; boundary=x", "application/octet-stream"),
        ('text/plain; charset="utf-8"', "application/octet-stream"),
        ("text/plain;charset=utf-8", "text/plain;charset=utf-8"),
        ("nothing", "application/octet-stream"),
        ("a/b\x0bX-Injected: 1", "application/octet-stream"),
        ("x" * 200 + "/y", "application/octet-stream"),
    ],
)
async def test_a_hostile_type_is_no_type(it: World, given: str, sent: str) -> None:
    await send(it, asset_form(Sent(content_type=given)))
    ((head, _),) = raw(it.sent[0])
    assert head.split(b"\r\n")[1] == f"Content-Type: {sent}".encode()


NAMES = {
    "a\r\nX-Injected: 1\r\n\r\nb": "a__X-Injected: 1____b",
    "a/b\\c.txt": "c.txt",
    "\ud800.txt": "_.txt",
    " . ": "file",
    "/": "file",
    "x" * 300 + ".csv": "x" * 196 + ".csv",
}


@pytest.mark.parametrize(("given", "kept"), NAMES.items())
def test_of_a_name_no_folder_and_no_line_is_left(given: str, kept: str) -> None:
    assert file_name(given) == kept
    file = File(given, "a/b\r\nX-Injected: 1", 1, io.BytesIO(b"a"))
    request = Endpoint("POST", "/x", form=True).request(body={"file": file})
    assert request.body is not None
    assert request.body.count(b"\r\n") == 6
    assert b"\nX-Injected" not in request.body


def test_the_same_files_are_the_same_bytes_and_other_ones_are_not() -> None:
    endpoint = Endpoint("POST", "/x", form=True)

    def digest(*files: tuple[str, str, bytes]) -> bytes:
        made = [
            File(name, kind, len(content), io.BytesIO(content)) for name, kind, content in files
        ]
        return endpoint.request(body={"files": made}).digest

    one = ("a", "a/b", b"content")
    assert digest(one) == digest(one)
    others = [("b", "a/b", b"content"), ("a", "a/c", b"content"), ("a", "a/b", b"contenT")]
    assert len({digest(one), digest(one, one), *map(digest, others)}) == 5


def test_one_file_is_in_a_form_once() -> None:
    file = File("a", "a/b", 1, io.BytesIO(b"a"))
    for body in ({"files": [file, file]}, {"a": file, "b": [file]}):
        with pytest.raises(BadUserInput, match="twice"):
            Endpoint("POST", "/x", form=True).request(body=body)


# --- Who asks, again, and by which document ----------------------------------------------------


async def test_each_tenant_gives_its_files_to_its_own_account() -> None:
    async with world(calls=1, uploads=True, api_key=None) as it:
        made: dict[str, str] = {}
        for key in KEYS:
            headers = {"authorization": f"Bearer {key}"}
            answer = await uploaded(
                it, CLONE_VOICE, {"input": VOICE}, {"input.files.0": SOUND}, **headers
            )
            made[key] = answer["data"]["cloneVoice"]["voice"]["voiceId"]
        assert [sent.headers["authorization"] for sent in it.sent] == [
            f"Bearer {key}" for key in KEYS
        ]
        assert len(set(made.values())) == 2
        for key, other in zip(KEYS, KEYS[::-1], strict=True):
            voices = (await it.data(VOICES, authorization=f"Bearer {key}"))["voices"]
            assert {"voiceId": made[key]} in voices
            assert {"voiceId": made[other]} not in voices
        assert faults((await send(it, asset_form())).json()) == [("", "UNAUTHENTICATED")]


async def test_a_named_change_is_known_by_the_bytes_of_its_files(it: World) -> None:
    first = (await send(it, asset_form(clientMutationId=NAME))).json()
    assert first["data"]["createAsset"]["asset"] is not None
    assert (await send(it, asset_form(clientMutationId=NAME))).json() == first
    other = Sent(content=PICTURE.content[::-1])
    told = (await send(it, asset_form(other, clientMutationId=NAME))).json()
    (error,) = told["data"]["createAsset"]["userErrors"]
    assert (error["field"], error["code"]) == (["clientMutationId"], "BAD_USER_INPUT")
    assert it.requests == {ASSET: 1}


async def test_nothing_is_remembered_and_each_form_is_a_change(it: World) -> None:
    one, two = [(await send(it, asset_form())).json() for _ in range(2)]
    assert one["data"]["createAsset"]["asset"] != two["data"]["createAsset"]["asset"]
    assert it.requests == {ASSET: 2}


@pytest.mark.parametrize("name", CALLS)
async def test_a_change_whose_answer_is_lost_is_sent_once(it: World, name: str) -> None:
    endpoint = CALLS[name][0]
    it.sandbox.faults.set([Fault(endpoint, status=500, headers=IMPATIENT)])
    assert faults(await done(it, name)) == [(name, "OUTCOME_UNKNOWN")]
    assert it.requests == {endpoint: 1}


async def test_documents_are_found_by_their_hash_beside_files(it: World) -> None:
    hashed = {
        "persistedQuery": {"version": 1, "sha256Hash": sha256(CREATE_ASSET.encode()).hexdigest()}
    }
    operations = {"variables": {"input": {"file": None}}, "extensions": hashed}
    places, files = {"0": ["variables.input.file"]}, {"0": PICTURE}
    unknown = (await send(it, form(operations, places, files))).json()
    assert faults(unknown) == [("", "PERSISTED_QUERY_NOT_FOUND")]
    with_text = operations | {"query": CREATE_ASSET}
    for each in (with_text, operations):
        answer = (await send(it, form(each, places, files))).json()
        assert answer["data"]["createAsset"]["userErrors"] == []
    assert it.requests == {ASSET: 2}


async def test_only_trusted_documents_take_files_where_only_they_are_answered(
    tmp_path: Path,
) -> None:
    manifest = tmp_path / "documents.json"
    manifest.write_bytes(orjson.dumps({"asset": CREATE_ASSET}))
    options: dict[str, Any] = {"documents": "only", "trusted_documents_file": manifest}
    async with world(calls=1, uploads=True, **options) as it:
        answer = (await send(it, asset_form())).json()
        assert faults(answer) == [("", "TRUSTED_DOCUMENT_REQUIRED")]
        assert it.sent == []
        operations = {"id": "asset", "variables": {"input": {"file": None}}}
        content = form(operations, {"0": ["variables.input.file"]}, {"0": PICTURE})
        answer = (await send(it, content)).json()
        assert answer["data"]["createAsset"]["userErrors"] == []


async def test_the_limits_are_those_that_are_set() -> None:
    settings: dict[str, Any] = {
        "upload_bytes": 3_000,
        "upload_file_bytes": 1_500,
        "upload_files": 1,
        "body_bytes": 700,
    }
    async with world(calls=1, uploads=True, **settings) as it:
        refused = {
            "The body is larger than 3000 bytes.": asset_form(Sent(content=b"x" * 3_000)),
            "A file is larger than 1500 bytes.": asset_form(Sent(content=b"x" * 1_501)),
            "A part that is no file is larger than 700 bytes.": asset_form(more="x" * 700),
            "The form has more than 1 files.": form({}, {}, {"0": PICTURE, "1": PICTURE}),
        }
        for message, content in refused.items():
            response = await send(it, content)
            (error,) = response.json()["errors"]
            assert (response.status_code, error["message"]) == (413, message)
            assert error["extensions"]["code"] == "BODY_LIMIT_EXCEEDED"
        assert it.sent == []
        answer = (await send(it, asset_form(Sent(content=b"x" * 1_500)))).json()
        assert answer["data"]["createAsset"]["userErrors"] == []


async def test_with_the_gateways_own_key_no_other_site_makes_a_browser_send_files(
    it: World,
) -> None:
    page = {"origin": "https://evil.example", "user-agent": "Mozilla/5.0"}
    response = await send(it, asset_form(), **page)
    assert response.status_code == 403
    assert faults(response.json()) == [("", "CSRF_PREVENTED")]
    assert it.sent == []
    asked_first = page | {"apollo-require-preflight": "true"}
    assert (await send(it, asset_form(), **asked_first)).status_code == 200


# --- Where nothing of a file may turn up -------------------------------------------------------


async def test_no_log_audit_or_error_has_a_word_of_a_file() -> None:
    canary = Sent("CANARYNAME.png", b"CANARYCONTENT" * 5, "image/CANARYTYPE")
    told: list[str] = []
    with whole_log("json") as lines:
        await _tell(canary, told)
    assert "operation" in lines.getvalue()
    assert "CANARY" not in lines.getvalue()
    assert "CANARY" not in " ".join(told)


async def _tell(canary: Sent, told: list[str]) -> None:
    """Send it in many ways, with what comes of them."""
    async with world(calls=1, uploads=True) as it:
        bodies = [
            asset_form(canary),
            asset_form(canary)[:-40],
            asset_form(canary).replace(b"variables.input.file", b"variables.input.none"),
            asset_form(canary) + b"CANARYCONTENT",
            b"CANARYCONTENT" + asset_form(canary),
            form({"query": "{ call(callId: $f) { callId } }"}, {}, {"0": canary}),
            form(
                {
                    "query": "query ($f: ID!) { call(callId: $f) { callId } }",
                    "variables": {"f": None},
                },
                {"0": ["variables.f"]},
                {"0": canary},
            ),
        ]
        for status in (None, 400, 500):
            it.sandbox.faults.set([] if status is None else [Fault(ASSET, status=status)])
            for body in bodies:
                response = await send(it, body, **{"x-gateway-debug": "1"})
                answer = response.json()
                ((answer.get("data") or {}).get("createAsset") or {}).pop("asset", None)
                told.append(f"{answer} {response.headers}")
        told += [line.decode() for line in it.audited]
        assert len(it.sent) == 6
