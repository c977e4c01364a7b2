"""Trusted documents: the operator's list, each of them ready from the start and never forgotten.

Reads the manifests that clients' build tools write; knows no request.
"""

from __future__ import annotations

import re
import sys
from dataclasses import fields, replace
from hashlib import sha256
from typing import TYPE_CHECKING

import orjson

from gateway.operation.limits import DocumentLimits
from gateway.operation.reading import OperationRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from gateway.operation.documents import Document

APOLLO = "apollo-persisted-query-manifest"

ID = re.compile(r"[!-~]{1,256}")
"""What a document can be called."""


class ManifestUnusable(Exception):
    """A manifest that cannot be read, or has a document that cannot be executed."""


class TrustedDocuments:
    """Documents by their ids, and by the hashes of their texts. Never changes."""

    def __init__(self, manifest: Mapping[str, str], prepare: Callable[[str], Document]) -> None:
        """`ManifestUnusable` names the first document that cannot be prepared."""
        self._documents: dict[str, Document] = {}
        for id_, text in manifest.items():
            try:
                document = prepare(text)
            except OperationRefused as error:
                reasons = " ".join(each.message for each in error.errors)
                raise ManifestUnusable(f"the document {id_}: {reasons}") from None
            self._documents[id_] = document
        self._count = len(manifest)
        for document in list(self._documents.values()):
            # An id goes before a hash, whatever it looks like.
            self._documents.setdefault(sha256(document.source.encode()).hexdigest(), document)

    def __len__(self) -> int:
        return self._count

    def get(self, id_: str | None) -> Document | None:
        """The document of this id or hash, if there is one."""
        if id_ is None:
            return None
        return self._documents.get(id_) or self._documents.get(id_.removeprefix("sha256:"))


def manifest_of(file: Path) -> dict[str, str]:
    """Texts by id, of a manifest in a file; `ManifestUnusable` where there is none."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ManifestUnusable(f"it cannot be read: {error.strerror}") from None
    return read_manifest(content)


def read_manifest(content: bytes) -> dict[str, str]:
    """Texts by id: graphql-codegen's `persisted-documents.json`, Relay's persisted queries, or
    Apollo's operation manifest."""
    try:
        manifest = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise ManifestUnusable(f"it is not JSON: {error.msg}") from None
    if not isinstance(manifest, dict):
        raise ManifestUnusable("it is no JSON object")
    pairs = _apollo(manifest) if manifest.get("format") == APOLLO else list(manifest.items())
    documents: dict[str, str] = {}
    for id_, text in pairs:
        if not isinstance(id_, str) or not ID.fullmatch(id_):
            raise ManifestUnusable(f"{id_!r:.100} is no id: 1 to 256 characters without spaces")
        if not isinstance(text, str):
            raise ManifestUnusable(f"the document {id_} is no text")
        if documents.setdefault(id_, text) != text:
            raise ManifestUnusable(f"there are two documents {id_}")
    return documents


def _apollo(manifest: Mapping[str, object]) -> list[tuple[object, object]]:
    operations = manifest.get("operations")
    if manifest.get("version") != 1 or not isinstance(operations, list):
        raise ManifestUnusable("it is no operation manifest of version 1")
    if not all(isinstance(each, dict) for each in operations):
        raise ManifestUnusable("an operation in it is no JSON object")
    return [(each.get("id"), each.get("body")) for each in operations]


def trusted_limits(limits: DocumentLimits) -> DocumentLimits:
    """None, save that introspection is off for these as well where it is off."""
    unlimited = DocumentLimits(*[sys.maxsize for _ in fields(limits)])
    return unlimited if limits.introspections else replace(unlimited, introspections=0)
