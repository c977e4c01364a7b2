"""Which document a request means: by its text, its id, or the hash of its text.

Trusted documents are the operator's; automatic persisted queries are what callers have sent, kept
for their own tenant only.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from hashlib import sha256
from typing import TYPE_CHECKING

from gateway.errors import (
    BadUserInput,
    PersistedQueryNotFound,
    PersistedQueryNotSupported,
    TrustedDocumentRequired,
)
from gateway.operation.reading import refused
from gateway.operation.trusted import TrustedDocuments

if TYPE_CHECKING:
    from gateway.operation.documents import Document, Documents
    from gateway.operation.request import OperationRequest

_HASH_AS_ID = re.compile(r"sha256:([0-9a-f]{64})")

ENTRY_BYTES = 400
"""What a kept text takes besides itself, about."""
CHARACTER_BYTES = 4
"""What a character takes at most."""


class AutomaticQueries:
    """Texts of valid documents by their hash. One for the process, apart by tenant; those used
    longest ago go first."""

    def __init__(self, *, most: int = 1_000, most_bytes: int = 16 * 1024 * 1024) -> None:
        """`most` are kept of a tenant; `most_bytes` are what all may take together, about."""
        self._most = most
        self._most_bytes = most_bytes
        self._texts: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._of_tenant: dict[str, OrderedDict[str, None]] = {}
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._texts)

    def get(self, tenant: str, hash_: str) -> str | None:
        """The text, if this tenant has sent it."""
        text = self._texts.get((tenant, hash_))
        if text is not None:
            self._texts.move_to_end((tenant, hash_))
            self._of_tenant[tenant].move_to_end(hash_)
        return text

    def keep(self, tenant: str, hash_: str, text: str) -> None:
        """Keep a text whose hash was verified."""
        if self.get(tenant, hash_) is not None:
            return
        self._texts[tenant, hash_] = text
        self._bytes += _size(text)
        own = self._of_tenant.setdefault(tenant, OrderedDict())
        own[hash_] = None
        if len(own) > self._most:
            self._forget(tenant, next(iter(own)))
        while self._bytes > self._most_bytes:
            self._forget(*next(iter(self._texts)))

    def _forget(self, tenant: str, hash_: str) -> None:
        self._bytes -= _size(self._texts.pop((tenant, hash_)))
        own = self._of_tenant[tenant]
        del own[hash_]
        if not own:
            del self._of_tenant[tenant]


class Persisted:
    """Finds the document of a request. One for the process."""

    def __init__(
        self,
        documents: Documents,
        trusted: TrustedDocuments | None = None,
        automatic: AutomaticQueries | None = None,
        *,
        trusted_only: bool = False,
    ) -> None:
        """Without `automatic`, no document is kept by its hash; `trusted_only` are answered or
        others as well."""
        self._documents = documents
        self._trusted = trusted or TrustedDocuments({}, documents.prepare)
        self._automatic = None if trusted_only else automatic
        self._trusted_only = trusted_only

    def document(self, request: OperationRequest) -> Document:
        """The document; `OperationRefused` where there is none, or it may not be asked."""
        if request.document_id is None and request.sha256 is None and not self._trusted_only:
            return self._documents.prepare(request.query or "")
        hash_ = _hash(request)
        text = request.query
        if text is not None and hash_ is not None and _digest(text) != hash_:
            message = "The hash is not that of the document that came with it."
            raise refused(BadUserInput, message, "request")
        trusted = self._trusted.get(request.document_id) or self._trusted.get(hash_)
        if trusted is not None:
            return trusted
        if text is not None:
            return self._free(text, hash_, request.caller.tenant)
        kept = None
        if hash_ is not None and self._automatic is not None:
            kept = self._automatic.get(request.caller.tenant, hash_)
        if kept is None:
            raise self._unknown(hash_)
        return self._documents.prepare(kept)

    def at_hand(self, request: OperationRequest) -> Document | None:
        """The document, where it came as a text alone that is known already."""
        if request.document_id is not None or request.sha256 is not None or self._trusted_only:
            return None
        return self._documents.known(request.query or "")

    def must_read(self, request: OperationRequest) -> bool:
        """Whether a text came with it that is not known and would be read: that takes its time."""
        text = request.query
        if text is None or self._trusted_only or self._documents.knows(text):
            return False
        return not (self._trusted.get(request.document_id) or self._trusted.get(_hash(request)))

    def _free(self, text: str, hash_: str | None, tenant: str) -> Document:
        if self._trusted_only:
            message = "Only documents that are known here by an id are answered: send its id."
            raise refused(TrustedDocumentRequired, message)
        document = self._documents.prepare(text)
        if hash_ is not None and self._automatic is not None:
            self._automatic.keep(tenant, hash_, text)
        return document

    def _unknown(self, hash_: str | None) -> Exception:
        # Clients go by these very words: at the first they send the text as well, at the second
        # nothing but texts from then on.
        if self._trusted or self._trusted_only or (hash_ and self._automatic is not None):
            return refused(PersistedQueryNotFound, "PersistedQueryNotFound")
        return refused(PersistedQueryNotSupported, "PersistedQueryNotSupported")


def _hash(request: OperationRequest) -> str | None:
    if request.sha256 is not None or request.document_id is None:
        return request.sha256
    as_id = _HASH_AS_ID.fullmatch(request.document_id)
    return as_id and as_id[1]


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _size(text: str) -> int:
    return ENTRY_BYTES + CHARACTER_BYTES * len(text)
