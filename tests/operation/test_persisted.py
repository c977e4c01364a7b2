"""Which document a request means, and what is kept of those that callers send."""

from __future__ import annotations

from functools import partial
from hashlib import sha256
from typing import Any

import pytest

from gateway.auth.caller import Caller
from gateway.errors import (
    BadUserInput,
    GatewayError,
    GraphQLValidationFailed,
    PersistedQueryNotFound,
    PersistedQueryNotSupported,
    TrustedDocumentRequired,
)
from gateway.executor.interpret import Interpreted
from gateway.operation.documents import Documents
from gateway.operation.limits import DocumentLimits
from gateway.operation.persisted import (
    CHARACTER_BYTES,
    ENTRY_BYTES,
    AutomaticQueries,
    Persisted,
)
from gateway.operation.reading import OperationRefused
from gateway.operation.request import OperationRequest
from gateway.operation.trusted import TrustedDocuments
from tests.operation.tiny import SCHEMA

HELLO, NUMBER, SURE = "{ hello }", "{ number }", "{ sure }"
A, B = (Caller(api_key=key, own_key=True) for key in "ab")


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def persisted(
    manifest: dict[str, str] | None = None,
    automatic: AutomaticQueries | None = None,
    *,
    only: bool = False,
) -> Persisted:
    documents = Documents(SCHEMA, DocumentLimits(), partial(Interpreted, SCHEMA))
    trusted = TrustedDocuments(manifest or {}, documents.prepare)
    return Persisted(documents, trusted, automatic, trusted_only=only)


def found(by: Persisted, query: str | None = None, caller: Caller = A, **means: Any) -> str:
    request = OperationRequest(query=query, caller=caller, request_id="the-id", **means)
    return by.document(request).source


def refusal(
    by: Persisted, query: str | None = None, **means: Any
) -> tuple[type[GatewayError], str]:
    with pytest.raises(OperationRefused) as refused:
        found(by, query, **means)
    (error,) = refused.value.errors
    assert refused.value.reason == (
        "request" if refused.value.kind is BadUserInput else "validation"
    )
    return refused.value.kind, error.message


NOT_FOUND = (PersistedQueryNotFound, "PersistedQueryNotFound")
NOT_SUPPORTED = (PersistedQueryNotSupported, "PersistedQueryNotSupported")
REQUIRED = (
    TrustedDocumentRequired,
    "Only documents that are known here by an id are answered: send its id.",
)
MISMATCH = (BadUserInput, "The hash is not that of the document that came with it.")


def test_a_text_is_its_own_document() -> None:
    documents = Documents(SCHEMA, DocumentLimits(), partial(Interpreted, SCHEMA))
    assert found(Persisted(documents), HELLO) == HELLO
    assert found(persisted({"one": NUMBER}, AutomaticQueries()), HELLO) == HELLO


def test_a_trusted_document_is_found_by_its_id_and_by_its_hash() -> None:
    for only in (False, True):
        by = persisted({"one": HELLO}, only=only)
        assert found(by, document_id="one") == HELLO
        assert found(by, document_id=f"sha256:{digest(HELLO)}") == HELLO
        assert found(by, sha256=digest(HELLO)) == HELLO
        assert found(by, HELLO, sha256=digest(HELLO)) == HELLO
        assert found(by, NUMBER, document_id="one") == HELLO, "the id goes before the text"


def test_where_only_trusted_documents_are_answered_all_others_are_refused() -> None:
    by = persisted({"one": HELLO}, AutomaticQueries(), only=True)
    assert refusal(by, NUMBER) == REQUIRED
    assert refusal(by, HELLO) == REQUIRED, "even its text: what it is called is its id"
    assert refusal(by, NUMBER, document_id="two") == REQUIRED
    assert refusal(by, NUMBER, sha256=digest(NUMBER)) == REQUIRED
    assert refusal(by, document_id="two") == NOT_FOUND
    assert refusal(by, sha256=digest(NUMBER)) == NOT_FOUND
    assert refusal(persisted(only=True), document_id="two") == NOT_FOUND


def test_beside_trusted_documents_a_text_with_an_unknown_id_is_answered() -> None:
    by = persisted({"one": HELLO})
    assert found(by, NUMBER, document_id="two") == NUMBER
    assert found(by, NUMBER, sha256=digest(NUMBER)) == NUMBER
    assert refusal(by, document_id="two") == NOT_FOUND
    assert refusal(by, sha256=digest(NUMBER)) == NOT_FOUND, "it was not kept"


def test_where_nothing_is_kept_clients_are_told_so() -> None:
    by = persisted()
    assert refusal(by, document_id="one") == NOT_SUPPORTED
    assert refusal(by, sha256=digest(HELLO)) == NOT_SUPPORTED
    assert found(by, HELLO, sha256=digest(HELLO)) == HELLO
    assert refusal(by, sha256=digest(HELLO)) == NOT_SUPPORTED
    assert refusal(persisted(automatic=AutomaticQueries()), document_id="one") == NOT_SUPPORTED


@pytest.mark.parametrize(
    "means", [{"sha256": digest(HELLO)}, {"document_id": f"sha256:{digest(HELLO)}"}]
)
def test_a_document_that_was_sent_is_known_by_its_hash(means: dict[str, Any]) -> None:
    by = persisted(automatic=AutomaticQueries())
    assert refusal(by, **means) == NOT_FOUND
    assert found(by, HELLO, **means) == HELLO
    assert found(by, **means) == HELLO
    assert found(by, sha256=digest(HELLO)) == HELLO


def test_it_is_known_to_its_own_tenant_only() -> None:
    by = persisted(automatic=AutomaticQueries())
    found(by, HELLO, A, sha256=digest(HELLO))
    assert refusal(by, caller=B, sha256=digest(HELLO)) == NOT_FOUND
    assert found(by, caller=A, sha256=digest(HELLO)) == HELLO


def test_a_hash_of_another_document_is_refused_and_nothing_is_kept() -> None:
    automatic = AutomaticQueries()
    by = persisted({"one": SURE}, automatic)
    assert refusal(by, HELLO, sha256=digest(NUMBER)) == MISMATCH
    assert refusal(by, HELLO, document_id=f"sha256:{digest(NUMBER)}") == MISMATCH
    assert refusal(by, HELLO, sha256=digest(SURE)) == MISMATCH
    assert len(automatic) == 0
    assert refusal(by, sha256=digest(NUMBER)) == NOT_FOUND


def test_only_valid_documents_are_kept() -> None:
    automatic = AutomaticQueries()
    by = persisted(automatic=automatic)
    for text in ("{ nope }", "{" + " hello" * 21 + "}"):
        kind, _ = refusal(by, text, sha256=digest(text))
        assert issubclass(kind, GraphQLValidationFailed)
    assert len(automatic) == 0


def test_the_text_used_longest_ago_is_forgotten_first() -> None:
    automatic = AutomaticQueries(most=2)
    for text in (HELLO, NUMBER):
        automatic.keep("t", digest(text), text)
    assert automatic.get("t", digest(HELLO)) == HELLO
    automatic.keep("t", digest(SURE), SURE)
    kept = [automatic.get("t", digest(text)) for text in (HELLO, NUMBER, SURE)]
    assert kept == [HELLO, None, SURE]


def test_a_tenant_that_sends_many_takes_no_place_of_another() -> None:
    automatic = AutomaticQueries(most=2)
    automatic.keep("quiet", digest(HELLO), HELLO)
    for n in range(100):
        automatic.keep("loud", str(n), HELLO)
    assert automatic.get("quiet", digest(HELLO)) == HELLO
    assert len(automatic) == 3


def test_all_together_are_bounded_by_what_they_weigh() -> None:
    weight = ENTRY_BYTES + CHARACTER_BYTES * len(HELLO)
    automatic = AutomaticQueries(most_bytes=3 * weight)
    for n in range(10):
        automatic.keep(f"t{n}", digest(HELLO), HELLO)
        automatic.keep(f"t{n}", digest(HELLO), HELLO)
    assert len(automatic) == 3
    assert [bool(automatic.get(f"t{n}", digest(HELLO))) for n in range(6, 10)] == [
        False,
        True,
        True,
        True,
    ]
    assert len(automatic._of_tenant) == 3
    automatic.keep("t", "large", "x" * weight)
    assert (len(automatic), automatic._bytes, automatic._of_tenant) == (0, 0, {})


def test_a_text_is_read_where_nothing_is_known_of_it() -> None:
    def must_read(by: Persisted, query: str | None, **means: Any) -> bool:
        return by.must_read(OperationRequest(query, A, "the-id", **means))

    free = persisted({"one": HELLO}, AutomaticQueries())
    assert must_read(free, NUMBER)
    assert must_read(free, NUMBER, sha256=digest(NUMBER))
    assert not must_read(free, None, document_id="one")
    assert not must_read(free, None, sha256=digest(NUMBER))
    found(free, NUMBER)
    refusal(free, "{ nope }")
    assert not must_read(free, NUMBER)
    assert not must_read(free, "{ nope }")
    for only in (False, True):
        by = persisted({"one": HELLO}, only=only)
        by._documents = Documents(SCHEMA, DocumentLimits(), partial(Interpreted, SCHEMA))
        assert not must_read(by, HELLO, document_id="one")
        assert not must_read(by, HELLO, sha256=digest(HELLO))
        assert must_read(by, HELLO) is not only
