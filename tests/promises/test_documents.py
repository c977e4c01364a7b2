"""Trusted documents and automatic persisted queries, end to end: what is answered, what is asked
of Retell, and what is refused before anything is."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from tests.world import GET_CALL, World, faults, world

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

ACCOUNT = "query Account { account { orgName } }"
CALL = "query Call($id: ID!) { call(callId: $id) { callId } }"
DELETE = "mutation Delete($id: ID!) { deleteCall(input: { callId: $id }) { deletedCallId } }"
LARGE = "{" + " ".join(f"a{n}: account {{ orgName }}" for n in range(40)) + "}"
ASKED = "GET /get-api-key-info"
SHOWN = {"account": {"orgName": "Sandbox of A"}}


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def hashed(text: str) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": digest(text)}}


async def send(it: World, body: dict[str, Any], **headers: str) -> httpx.Response:
    return await it.http.post("/graphql", json=body, headers=headers)


async def get(it: World, **parameters: Any) -> httpx.Response:
    texts = {
        name: value if isinstance(value, str) else orjson.dumps(value).decode()
        for name, value in parameters.items()
    }
    return await it.http.get("/graphql", params=texts, headers={"accept": "application/json"})


@pytest.fixture(params=["codegen", "relay", "apollo"])
def manifest(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The same documents as three build tools write them down; the first is called `one`."""
    documents = {"one": ACCOUNT, digest(CALL): CALL, "delete": DELETE, "large": LARGE}
    written: object = documents
    if request.param == "relay":
        written = {id_.replace(digest(CALL), "d41d8cd98f00b204"): t for id_, t in documents.items()}
    elif request.param == "apollo":
        operations = [{"id": id_, "body": text} for id_, text in documents.items()]
        written = {
            "format": "apollo-persisted-query-manifest",
            "version": 1,
            "operations": operations,
        }
    file = tmp_path / "documents.json"
    file.write_bytes(orjson.dumps(written))
    return file


@pytest.mark.parametrize("mode", ["prefer", "only"])
async def test_a_trusted_document_is_answered_by_its_id(manifest: Path, mode: str) -> None:
    async with world(documents=mode, trusted_documents_file=manifest) as it:
        for body in (
            {"documentId": "one"},
            {"id": "one"},
            {"doc_id": "one", "variables": {}},
            {"documentId": f"sha256:{digest(ACCOUNT)}"},
            {"extensions": hashed(ACCOUNT)},
            {"query": ACCOUNT, "extensions": hashed(ACCOUNT)},
        ):
            assert (await send(it, body)).json() == {"data": SHOWN}
        assert (await get(it, documentId="one")).json() == {"data": SHOWN}
        assert (await get(it, extensions=hashed(ACCOUNT))).json() == {"data": SHOWN}
        assert it.requests == {ASKED: 1}


async def test_its_remembered_answer_is_for_the_same_key_and_bytes_alone(manifest: Path) -> None:
    async with world(documents="only", trusted_documents_file=manifest, api_key=None) as it:
        a, b = ({"authorization": f"Bearer sandbox-key-{each}"} for each in "ab")
        body = {"documentId": "one"}
        for _ in range(3):
            assert (await send(it, body, **a)).json() == {"data": SHOWN}
        assert it.requests == {ASKED: 1}
        other = await send(it, body, **b)
        assert other.json() == {"data": {"account": {"orgName": "Sandbox of B"}}}
        assert (await send(it, body)).status_code == 401
        for refused in ({"query": ACCOUNT}, {"query": ACCOUNT, "documentId": "no-such-id"}):
            answer = await send(it, refused, **a)
            assert faults(answer.json()) == [("", "TRUSTED_DOCUMENT_REQUIRED")]
        unlike = await send(it, body | {"operationName": "Other"}, **a)
        assert faults(unlike.json()) == [("", "GRAPHQL_VALIDATION_FAILED")]
        assert it.requests == {ASKED: 2}


async def test_its_variables_are_the_callers(manifest: Path) -> None:
    async with world(documents="only", trusted_documents_file=manifest) as it:
        first, second = it.settled()[:2]
        for id_ in (first, second, first):
            body = {"documentId": f"sha256:{digest(CALL)}", "variables": {"id": id_}}
            assert (await send(it, body)).json() == {"data": {"call": {"callId": id_}}}
        assert it.requests == {GET_CALL: 2}
        wrong = await send(it, {"documentId": f"sha256:{digest(CALL)}", "variables": {"id": 1.5}})
        assert faults(wrong.json()) == [("", "BAD_USER_INPUT")]
        assert it.requests == {GET_CALL: 2}


async def test_no_limit_of_documents_is_for_a_trusted_one(manifest: Path) -> None:
    async with world(documents="prefer", trusted_documents_file=manifest) as it:
        assert await it.errors(LARGE) == [("", "ALIAS_LIMIT_EXCEEDED")]
        assert it.sent == []
        answer = (await send(it, {"documentId": "large"})).json()
        assert len(answer["data"]) == 40
        assert it.requests == {ASKED: 1}


async def test_beside_trusted_documents_others_are_answered_where_they_are_preferred(
    manifest: Path,
) -> None:
    async with world(documents="prefer", trusted_documents_file=manifest) as it:
        assert await it.data("{ account { orgName } }") == SHOWN
        unknown = await send(it, {"documentId": "two"})
        assert faults(unknown.json()) == [("", "PERSISTED_QUERY_NOT_FOUND")]


async def test_nothing_but_trusted_documents_is_answered_where_only_they_are(
    manifest: Path,
) -> None:
    free = "{ account { orgName } }"
    refused: dict[str, list[dict[str, Any]]] = {
        "TRUSTED_DOCUMENT_REQUIRED": [
            {"query": free},
            {"query": ACCOUNT},
            {"query": "{ __typename }"},
            {"query": "{ __schema { types { name } } }"},
            {"query": "not graphql"},
            {"query": free, "documentId": "two"},
            {"query": free, "id": "one"},
            {"query": free, "extensions": hashed(free)},
        ],
        "PERSISTED_QUERY_NOT_FOUND": [
            {"documentId": "two"},
            {"id": "ONE"},
            {"extensions": hashed(free)},
        ],
        "BAD_USER_INPUT": [{"query": free, "extensions": hashed(ACCOUNT)}],
    }
    async with world(documents="only", trusted_documents_file=manifest) as it:
        for code, bodies in refused.items():
            for body in bodies:
                assert faults((await send(it, body)).json()) == [("", code)], body
        by_get = await get(it, query=free)
        assert faults(by_get.json()) == [("", "TRUSTED_DOCUMENT_REQUIRED")]
        assert it.sent == []


async def test_a_trusted_mutation_is_not_for_get(manifest: Path) -> None:
    async with world(documents="only", trusted_documents_file=manifest) as it:
        answer = await get(it, documentId="delete", variables={"id": it.settled()[0]})
        assert (answer.status_code, faults(answer.json())) == (405, [("", "BAD_REQUEST")])
        assert it.sent == []
        body = {"documentId": "delete", "variables": {"id": it.settled()[0]}}
        assert (await send(it, body)).json()["data"]["deleteCall"]["deletedCallId"]


async def test_a_file_that_is_not_in_use_is_not_read(manifest: Path) -> None:
    for file in (manifest, manifest.with_name("no-such-file")):
        async with world(trusted_documents_file=file) as it:
            answer = (await send(it, {"documentId": "one"})).json()
            assert faults(answer) == [("", "PERSISTED_QUERY_NOT_SUPPORTED")]


# Automatic persisted queries.


@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
async def test_an_unknown_hash_is_told_in_the_words_that_clients_go_by(accept: str) -> None:
    async with world() as it:
        answer = await send(it, {"extensions": hashed(ACCOUNT)}, accept=accept)
        assert answer.status_code == (200 if accept == "application/json" else 400)
        (error,) = answer.json()["errors"]
        assert error["message"] == "PersistedQueryNotFound"
        assert error["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
        assert it.sent == []


async def test_a_document_is_sent_once_and_then_known_by_its_hash() -> None:
    async with world() as it:
        whole = await send(it, {"query": ACCOUNT, "extensions": hashed(ACCOUNT)})
        assert whole.json() == {"data": SHOWN}
        for _ in range(3):
            assert (await send(it, {"extensions": hashed(ACCOUNT)})).json() == {"data": SHOWN}
        assert (await get(it, extensions=hashed(ACCOUNT))).json() == {"data": SHOWN}
        assert it.requests == {ASKED: 1}


async def test_a_document_may_be_sent_and_known_by_get() -> None:
    async with world() as it:
        unknown = await get(it, extensions=hashed(ACCOUNT))
        assert faults(unknown.json()) == [("", "PERSISTED_QUERY_NOT_FOUND")]
        whole = await get(it, query=ACCOUNT, extensions=hashed(ACCOUNT))
        assert whole.json() == {"data": SHOWN}
        assert (await get(it, extensions=hashed(ACCOUNT))).json() == {"data": SHOWN}
        assert it.requests == {ASKED: 1}


async def test_a_mutation_that_is_known_is_still_not_for_get() -> None:
    async with world() as it:
        id_ = it.settled()[0]
        body = {"query": DELETE, "extensions": hashed(DELETE), "variables": {"id": id_}}
        assert (await send(it, body)).json()["data"]["deleteCall"]["deletedCallId"] == id_
        sent = len(it.sent)
        answer = await get(it, extensions=hashed(DELETE), variables={"id": it.settled()[1]})
        assert (answer.status_code, faults(answer.json())) == (405, [("", "BAD_REQUEST")])
        assert len(it.sent) == sent


@pytest.mark.parametrize("accept", ["application/json", "application/graphql-response+json"])
async def test_a_hash_of_another_document_is_refused(accept: str) -> None:
    async with world() as it:
        body = {"query": ACCOUNT, "extensions": hashed(CALL)}
        answer = await send(it, body, accept=accept)
        assert (answer.status_code, faults(answer.json())) == (400, [("", "BAD_USER_INPUT")])
        unknown = await send(it, {"extensions": hashed(CALL)})
        assert faults(unknown.json()) == [("", "PERSISTED_QUERY_NOT_FOUND")]
        assert it.sent == []


async def test_what_one_key_has_sent_no_other_key_knows() -> None:
    async with world(api_key=None) as it:
        keys = [{"authorization": f"Bearer sandbox-key-{name}"} for name in "ab"]
        whole = {"query": ACCOUNT, "extensions": hashed(ACCOUNT)}
        assert (await send(it, whole, **keys[0])).json() == {"data": SHOWN}
        other = await send(it, {"extensions": hashed(ACCOUNT)}, **keys[1])
        assert faults(other.json()) == [("", "PERSISTED_QUERY_NOT_FOUND")]
        assert it.requests == {ASKED: 1}
        await send(it, whole, **keys[1])
        other = await send(it, {"extensions": hashed(ACCOUNT)}, **keys[1])
        assert other.json() == {"data": {"account": {"orgName": "Sandbox of B"}}}
        own = await send(it, {"extensions": hashed(ACCOUNT)}, **keys[0])
        assert own.json() == {"data": SHOWN}


async def test_documents_are_kept_within_their_bounds() -> None:
    async with world(apq_documents=1) as it:
        for text in (ACCOUNT, CALL):
            await send(it, {"query": text, "extensions": hashed(text), "variables": {"id": "x"}})
        forgotten = await send(it, {"extensions": hashed("{ account { orgId } }")})
        assert faults(forgotten.json()) == [("", "PERSISTED_QUERY_NOT_FOUND")]
        # These bytes are new: what was answered to others is not looked at.
        forgotten = await send(it, {"extensions": hashed(ACCOUNT), "variables": {"a": 1}})
        assert faults(forgotten.json()) == [("", "PERSISTED_QUERY_NOT_FOUND")]


async def test_where_it_is_off_clients_are_told_to_send_texts() -> None:
    async with world(apq=False) as it:
        answer = await send(it, {"extensions": hashed(ACCOUNT)})
        (error,) = answer.json()["errors"]
        assert error["message"] == "PersistedQueryNotSupported"
        assert error["extensions"]["code"] == "PERSISTED_QUERY_NOT_SUPPORTED"
        body = {"query": ACCOUNT, "extensions": hashed(ACCOUNT)}
        assert (await send(it, body)).json() == {"data": SHOWN}
