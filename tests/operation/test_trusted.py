"""Trusted documents: the manifests that are read, and what becomes of their documents."""

from __future__ import annotations

from functools import partial
from hashlib import sha256
from typing import Any

import orjson
import pytest

from gateway.executor.interpret import Interpreted
from gateway.operation.documents import Documents
from gateway.operation.limits import DocumentLimits
from gateway.operation.trusted import (
    ManifestUnusable,
    TrustedDocuments,
    read_manifest,
    trusted_limits,
)
from tests.operation.tiny import SCHEMA

HELLO = "query Hello { hello }"
MD5 = "5d41402abc4b2a76b9719d911017c592"


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def apollo(*operations: Any, version: object = 1) -> bytes:
    return orjson.dumps(
        {"format": "apollo-persisted-query-manifest", "version": version, "operations": operations}
    )


@pytest.mark.parametrize(
    ("content", "documents"),
    [
        (b"{}", {}),
        (orjson.dumps({digest(HELLO): HELLO}), {digest(HELLO): HELLO}),
        (orjson.dumps({MD5: HELLO, "sha256:x": "{ a }"}), {MD5: HELLO, "sha256:x": "{ a }"}),
        (apollo(), {}),
        (
            apollo({"id": "one", "name": "Hello", "type": "query", "body": HELLO}),
            {"one": HELLO},
        ),
    ],
)
def test_a_manifest_is_texts_by_their_ids(content: bytes, documents: dict[str, str]) -> None:
    assert read_manifest(content) == documents


TWICE = apollo({"id": "one", "body": "{ a }"}, {"id": "one", "body": "{ b }"})
SAME = apollo({"id": "one", "body": "{ a }"}, {"id": "one", "body": "{ a }"})


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"{", "it is not JSON: unexpected end of data"),
        (b"[]", "it is no JSON object"),
        (b'{"a": 1}', "the document a is no text"),
        (b'{"a b": "{ a }"}', "'a b' is no id: 1 to 256 characters without spaces"),
        (apollo(version=2), "it is no operation manifest of version 1"),
        (
            orjson.dumps({"format": "apollo-persisted-query-manifest", "version": 1}),
            "it is no operation manifest of version 1",
        ),
        (apollo("{ a }"), "an operation in it is no JSON object"),
        (apollo({"body": "{ a }"}), "None is no id: 1 to 256 characters without spaces"),
        (apollo({"id": "one"}), "the document one is no text"),
        (TWICE, "there are two documents one"),
    ],
)
def test_what_is_no_manifest_is_told(content: bytes, message: str) -> None:
    with pytest.raises(ManifestUnusable) as unusable:
        read_manifest(content)
    assert str(unusable.value) == message


def test_a_document_may_be_there_twice_if_it_is_the_same() -> None:
    assert read_manifest(SAME) == {"one": "{ a }"}


def trusted(manifest: dict[str, str], **limits: int) -> TrustedDocuments:
    shipped = trusted_limits(DocumentLimits(**limits))
    return TrustedDocuments(
        manifest, Documents(SCHEMA, shipped, partial(Interpreted, SCHEMA)).prepare
    )


@pytest.mark.parametrize("name", ["one", digest(HELLO), f"sha256:{digest(HELLO)}", "sha256:one"])
def test_a_document_is_known_by_its_id_and_by_the_hash_of_its_text(name: str) -> None:
    found = trusted({"one": HELLO, "two": "{ number }"}).get(name)
    assert found is not None
    assert found.source == HELLO


def test_an_id_that_is_the_hash_of_another_document_is_an_id() -> None:
    found = trusted({digest(HELLO): "{ number }", "one": HELLO}).get(digest(HELLO))
    assert found is not None
    assert found.source == "{ number }"


@pytest.mark.parametrize("name", [None, "", "three", "ONE", digest("{ a }"), "sha256:"])
def test_nothing_else_is_known(name: str | None) -> None:
    assert trusted({"one": HELLO}).get(name) is None


def test_documents_are_counted_by_their_ids() -> None:
    assert [len(trusted(each)) for each in ({}, {"one": HELLO}, {"a": HELLO, "b": HELLO})] == [
        0,
        1,
        2,
    ]


def test_none_is_ever_forgotten() -> None:
    manifest = {f"d{n}": f"{{ a{n}: hello }}" for n in range(1_200)}
    found = trusted(manifest)
    assert all(found.get(id_) for id_ in manifest)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{ nope }", "Cannot query field 'nope' on type 'Query'."),
        ("{ helo }", "Cannot query field 'helo' on type 'Query'. Did you mean 'hello'?"),
        ("{ hello", "Syntax Error: Expected Name, found <EOF>."),
        ("{ a b }", "Cannot query field 'a' on type 'Query'. Cannot query field 'b' on type "),
    ],
)
def test_one_that_is_not_valid_is_named_with_its_reasons(text: str, why: str) -> None:
    with pytest.raises(ManifestUnusable) as unusable:
        trusted({"good": HELLO, "bad": text})
    assert str(unusable.value).startswith(f"the document bad: {why}")


@pytest.mark.parametrize(
    "text",
    [
        "{" + " ".join(f"a{n}: hello" for n in range(1_000)) + "}",
        "{ hello " + "#\n" * 2_000 + "}",
        "{ hello }" + " " * 200_000,
        "query A { hello }" + "".join(f"query B{n} {{ hello }}" for n in range(200)),
    ],
)
def test_no_limit_of_documents_is_for_them(text: str) -> None:
    found = trusted({"large": text}).get("large")
    assert found is not None
    assert found.root_fields in (1, 1_000)


def test_introspection_is_off_for_them_where_it_is_off() -> None:
    asks = {"asks": "{ __schema { queryType { name } } }"}
    assert len(trusted(asks)) == 1
    with pytest.raises(ManifestUnusable, match="the document asks: Introspection is off"):
        trusted(asks, introspections=0)
