"""Knowledge bases: what agents look things up in, how they are read, made, added to and deleted.

Longer than other modules, since all of one resource stands in one file.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated, cast

import strawberry
from strawberry import UNSET

from gateway.cache.entry import Freshness
from gateway.errors import BadUserInput
from gateway.loaders import Batch, Change, Json, Loaded, Read, Source, page_items
from gateway.schema.bare_urls import bare_url
from gateway.schema.fields import computed
from gateway.schema.info import Info
from gateway.schema.mutation import Input, Payload, change, given
from gateway.schema.node import Node, global_id
from gateway.schema.permissions import needs, personal, scope
from gateway.schema.readings import Discriminator, Place
from gateway.schema.resource import Resource
from gateway.schema.scalars import JSON, URL, DateTime, Upload
from gateway.schema.signed_urls import life_of_urls
from gateway.schema.turns import FEW, in_turns
from gateway.schema.types import input_type, interface, object_type, open_enum
from gateway.schema.uploads import MB, check_files
from gateway.upstream.endpoint import ID, Endpoint

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable, Iterator, Sequence

# --- Who may see and change it -----------------------------------------------------------------

READ = scope("knowledge-bases:read", "See knowledge bases, their states and what is in them.")
WRITE = scope("knowledge-bases:write", "Make, fill and delete knowledge bases.")
FILES = scope(
    "knowledge-base-files:read",
    "Get the documents of knowledge bases: whoever has their URLs has them.",
)

# --- How long an answer is fresh ---------------------------------------------------------------

INDEXING = Freshness(max_age=3, stale_while_revalidate=2, stale_if_error=300)
"""One that is being indexed: people wait for its end."""
INDEXED = Freshness(max_age=120, stale_while_revalidate=300, stale_if_error=3600)
"""One that stays as it is until somebody changes it, or a day is over."""
LISTED = Freshness(max_age=60, stale_while_revalidate=300, stale_if_error=3600)
"""The list, which a new one may enter at any time."""


def knowledge_base_policy(base: Json, now: float) -> Freshness:
    """By its state; half as long as its signed URLs work, at the most."""
    freshness = INDEXED if base.get("status") in ("complete", "error") else INDEXING
    life = life_of_urls(_urls(base), now)
    return freshness if life is None else freshness.capped(life / 2)


def _urls(base: Json) -> Iterator[object]:
    sources = base.get("knowledge_base_sources")
    for source in sources if isinstance(sources, list) else ():
        if isinstance(source, dict):
            yield source.get("file_url")
            yield source.get("content_url")


def list_policy(page: Json, now: float) -> Freshness:
    """The shortest life of the list and of all that is in it."""
    lives = [LISTED, *(knowledge_base_policy(base, now) for base in page_items(page))]
    return Freshness(
        max_age=min(life.max_age for life in lives),
        stale_while_revalidate=min(life.stale_while_revalidate for life in lives),
        stale_if_error=min(life.stale_if_error for life in lives),
    )


# --- Where it is read --------------------------------------------------------------------------

IDS = {"knowledge_base_id": ID}

KNOWLEDGE_BASE = Source(
    "knowledge_base",
    Endpoint("GET", "/get-knowledge-base/{knowledge_base_id}", ids=IDS),
    knowledge_base_policy,
)
KNOWLEDGE_BASES = Source(
    "knowledge_bases", Endpoint("GET", "/list-knowledge-bases", lists=True), list_policy, bare=True
)
CREATE = Endpoint("POST", "/create-knowledge-base", form=True)
ADD = Endpoint("POST", "/add-knowledge-base-sources/{knowledge_base_id}", ids=IDS, form=True)
DELETE = Endpoint("DELETE", "/delete-knowledge-base/{knowledge_base_id}", ids=IDS)
DELETE_SOURCE = Endpoint(
    "DELETE",
    "/delete-knowledge-base-source/{knowledge_base_id}/source/{source_id}",
    ids=IDS | {"source_id": ID},
)


def _whole(knowledge_base_id: str) -> Read:
    return KNOWLEDGE_BASE.read(knowledge_base_id=knowledge_base_id)


def _list() -> Read:
    return KNOWLEDGE_BASES.read(tags=("all",))


def _listed(_ids: Sequence[str]) -> Read:
    return _list()  # Retell lists them all, and whole


BATCH = Batch(whole=_whole, listed=_listed, id_key="knowledge_base_id")


def load_knowledge_base(place: Place, key: str) -> Loaded:
    """The knowledge base with this id; several at once come out of the list of all."""
    found = place.context.loaders.find_listed(BATCH, key, place)
    return found if isinstance(found, dict) else _surely(place, key, found)


async def _surely(place: Place, key: str, found: Awaitable[Json | None] | None) -> Json | None:
    """What was found; asked for by its id where a list that is remembered may be too old."""
    listed = None if found is None else await found
    return listed or await place.context.loaders.load(_whole(key), place)


def _touched(knowledge_base_id: str, _answer: Json | None) -> Iterable[tuple[str, str]]:
    return ("knowledge_base", knowledge_base_id), ("knowledge_bases", "all")


def _made(_answer: Json | None) -> Iterable[tuple[str, str]]:
    return (("knowledge_bases", "all"),)


def _read_of_new(base: Json) -> Read:
    return _whole(str(base.get("knowledge_base_id")))


# --- Its types ---------------------------------------------------------------------------------


@open_enum
class KnowledgeBaseStatus(Enum):
    """How far the indexing of a knowledge base is."""

    IN_PROGRESS = "in_progress"
    """It is being indexed for the first time; its sources may not be listed yet."""
    COMPLETE = "complete"
    """It is indexed. Single sources may have failed all the same."""
    ERROR = "error"
    """The first indexing failed; its sources may not be listed."""
    REFRESHING_IN_PROGRESS = "refreshing_in_progress"
    """It is being indexed anew, or more was added; what was indexed before is in use meanwhile."""
    UNKNOWN = "UNKNOWN"


@interface(
    discriminator=Discriminator(
        "type",
        {
            "document": "KnowledgeBaseDocument",
            "text": "KnowledgeBaseText",
            "url": "KnowledgeBaseWebPage",
        },
        fallback="UnknownKnowledgeBaseSource",
    )
)
class KnowledgeBaseSource:
    """Something that a knowledge base was made from."""

    type: str | None
    """Its kind, as Retell calls it; the type of the object says it as well."""
    source_id: strawberry.ID | None
    """Retell's id of the source, within its knowledge base."""


@object_type()
class KnowledgeBaseDocument(KnowledgeBaseSource):
    """A file: `document`."""

    filename: str | None
    """The file's name."""
    file_size: float | None
    """The file's size, in bytes."""
    file_url: URL | None = personal(FILES)
    """Where the file is. Whoever has the URL can read it."""


@object_type()
class KnowledgeBaseText(KnowledgeBaseSource):
    """A text: `text`."""

    title: str | None
    """The text's title."""
    content_url: URL | None = personal(FILES)
    """Where the text is. Whoever has the URL can read it."""


@object_type()
class KnowledgeBaseWebPage(KnowledgeBaseSource):
    """A page of the web: `url`."""

    url: URL | None = personal(FILES, mask=bare_url)
    """The page's address. What is left of it has no user, password and query, where people keep
    tokens."""


@object_type()
class UnknownKnowledgeBaseSource(KnowledgeBaseSource):
    """A source of a kind that is newer than this schema."""

    raw: JSON | None = personal(FILES, of=lambda source: source)
    """What Retell gave."""


@object_type()
class KnowledgeBase(Node):
    """Documents, texts and web pages that agents look things up in."""

    id: strawberry.ID = computed(
        lambda base: global_id("KnowledgeBase", base.get("knowledge_base_id"))
    )
    """Global id, for `node` and for client caches."""
    knowledge_base_id: strawberry.ID
    """Retell's id of the knowledge base."""
    knowledge_base_name: str | None
    """The knowledge base's name."""
    status: KnowledgeBaseStatus | None
    """How far its indexing is."""
    knowledge_base_sources: list[KnowledgeBaseSource | None] | None
    """What it was made from. Null until it is indexed."""
    enable_auto_refresh: bool | None
    """Whether web pages and connected files are read anew every day."""
    last_refreshed_timestamp: DateTime | None
    """When they last were; null where they are not."""
    max_chunk_size: int | None
    """Characters that a piece of it has at the most."""
    min_chunk_size: int | None
    """Characters below which a piece is joined to its neighbours."""


# --- Root fields -------------------------------------------------------------------------------


@object_type()
class KnowledgeBaseQueries:
    """Root fields for knowledge bases."""

    @strawberry.field
    @needs(READ)
    def knowledge_base(
        self,
        info: Info,
        knowledge_base_id: Annotated[
            strawberry.ID, strawberry.argument(description="Retell's id of the knowledge base.")
        ],
    ) -> KnowledgeBase | None:
        """A knowledge base; null where there is none. One upstream request, none if remembered.

        Several in one operation are one request together.
        """
        found = load_knowledge_base(info, knowledge_base_id)
        return cast("KnowledgeBase | None", found)

    @strawberry.field
    @needs(READ)
    async def knowledge_bases(self, info: Info) -> list[KnowledgeBase | None] | None:
        """All knowledge bases. One upstream request: Retell does not page them."""
        found = page_items(await info.context.loaders.load(_list(), info) or {})
        return cast("list[KnowledgeBase | None]", in_turns(found, FEW))


# --- Changes -----------------------------------------------------------------------------------

LONGEST_NAME = 39
MOST_FILES = 25
MOST_BYTES = 50 * MB
"""Of one file."""


@input_type()
class KnowledgeBaseTextInput:
    """A text for a knowledge base."""

    title: str
    """The text's title."""
    text: str
    """The text."""


@input_type()
class KnowledgeBaseSourcesInput(Input):
    """What a knowledge base is made from."""

    knowledge_base_files: list[Upload] | None = UNSET
    """Files: up to 25, of up to 50 MB each, where the gateway takes so many and so large ones. They
    come beside the operation: see `Upload`."""
    knowledge_base_texts: list[KnowledgeBaseTextInput] | None = UNSET
    """Texts."""
    knowledge_base_urls: list[URL] | None = UNSET
    """Addresses of web pages, each `http` or `https`. Retell fetches them."""

    def wire(self) -> Json:
        """The fields of Retell's form: one has no way to say null, which says nothing here."""
        body = {name: v for name, v in given(self, *IDS).items() if v is not None}
        if files := body.pop("knowledge_base_files", None):
            check_files(files, "knowledgeBaseFiles", most=MOST_FILES, most_bytes=MOST_BYTES)
            body["knowledge_base_files"] = files
        for url in body.get("knowledge_base_urls", ()):
            if not url.startswith(("http://", "https://")):
                raise BadUserInput(
                    "A web page's address is `http` or `https`.", "knowledgeBaseUrls"
                )
        return body


@input_type()
class CreateKnowledgeBaseInput(KnowledgeBaseSourcesInput):
    """A new knowledge base."""

    knowledge_base_name: str
    """Its name, of 1 to 39 characters."""
    enable_auto_refresh: bool | None = UNSET
    """Whether Retell is to read web pages anew every day. It does not where this is left out."""
    max_chunk_size: int | None = UNSET
    """Characters that a piece of it has at the most: 2,000 where left out. Cannot be changed."""
    min_chunk_size: int | None = UNSET
    """Characters below which a piece is joined to its neighbours: 400 where left out. Cannot be
    changed."""

    def wire(self) -> Json:
        """Retell's form; `BadUserInput` where it would not be one."""
        body = super().wire()
        if not 1 <= len(self.knowledge_base_name) <= LONGEST_NAME:
            message = f"A knowledge base's name has 1 to {LONGEST_NAME} characters."
            raise BadUserInput(message, "knowledgeBaseName")
        least, most = body.get("min_chunk_size", 400), body.get("max_chunk_size", 2000)
        if not 0 < least < most:
            message = "`minChunkSize` must be above 0 and less than `maxChunkSize`."
            raise BadUserInput(message, "minChunkSize")
        return body


@input_type()
class AddKnowledgeBaseSourcesInput(KnowledgeBaseSourcesInput):
    """What to add to a knowledge base: a file, a text or an address at least."""

    knowledge_base_id: strawberry.ID
    """Retell's id of the knowledge base."""

    def wire(self) -> Json:
        """Retell's form; `BadUserInput` where it would add nothing."""
        body = super().wire()
        if not any(body.values()):
            raise BadUserInput("Give at least one file, text or address.")
        return body


@input_type()
class DeleteKnowledgeBaseInput(Input):
    """Which knowledge base to delete."""

    knowledge_base_id: strawberry.ID
    """Retell's id of the knowledge base."""


@input_type()
class DeleteKnowledgeBaseSourceInput(Input):
    """Which source of a knowledge base to delete."""

    knowledge_base_id: strawberry.ID
    """Retell's id of the knowledge base."""
    source_id: strawberry.ID
    """Retell's id of the source."""


@object_type()
class CreateKnowledgeBasePayload(Payload):
    """The outcome of `createKnowledgeBase`."""

    knowledge_base: KnowledgeBase | None
    """The new knowledge base, which is being indexed; null where none was made."""


@object_type()
class AddKnowledgeBaseSourcesPayload(Payload):
    """The outcome of `addKnowledgeBaseSources`."""

    knowledge_base: KnowledgeBase | None
    """The knowledge base, which is being indexed; null where nothing was added."""


@object_type()
class DeleteKnowledgeBasePayload(Payload):
    """The outcome of `deleteKnowledgeBase`."""

    deleted_knowledge_base_id: strawberry.ID | None
    """Retell's id of the knowledge base that is gone; null where nothing was deleted."""


@object_type()
class DeleteKnowledgeBaseSourcePayload(Payload):
    """The outcome of `deleteKnowledgeBaseSource`."""

    deleted_source_id: strawberry.ID | None
    """Retell's id of the source that is gone; null where nothing was deleted."""
    knowledge_base: KnowledgeBase | None
    """The knowledge base without it; null where nothing was deleted."""


@object_type()
class KnowledgeBaseMutations:
    """Root fields that change knowledge bases."""

    @strawberry.mutation
    @needs(WRITE)
    async def create_knowledge_base(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            CreateKnowledgeBaseInput, strawberry.argument(description="What to make.")
        ],
    ) -> CreateKnowledgeBasePayload | None:
        """Make a knowledge base of files, texts and web pages. It is indexed afterwards: see
        `status`.

        Retell may bill for it.
        """

        def prepare() -> Change:
            return Change(CREATE.request(body=input.wire()), _made, answers=_read_of_new)

        return cast(
            "CreateKnowledgeBasePayload",
            await change(
                info,
                input,
                prepare,
                lambda base: {"knowledge_base": base},
                has_files=bool(input.knowledge_base_files),
            ),
        )

    @strawberry.mutation
    @needs(WRITE)
    async def add_knowledge_base_sources(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            AddKnowledgeBaseSourcesInput, strawberry.argument(description="What to add.")
        ],
    ) -> AddKnowledgeBaseSourcesPayload | None:
        """Add files, texts and web pages to a knowledge base. It is indexed afterwards: see
        `status`."""
        id_ = input.knowledge_base_id

        def prepare() -> Change:
            request = ADD.request(body=input.wire(), knowledge_base_id=id_)
            return Change(request, lambda told: _touched(id_, told), answers=_whole(id_))

        return cast(
            "AddKnowledgeBaseSourcesPayload",
            await change(
                info,
                input,
                prepare,
                lambda base: {"knowledge_base": base},
                "knowledgeBaseId",
                has_files=bool(input.knowledge_base_files),
            ),
        )

    @strawberry.mutation
    @needs(WRITE)
    async def delete_knowledge_base(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            DeleteKnowledgeBaseInput, strawberry.argument(description="Which knowledge base.")
        ],
    ) -> DeleteKnowledgeBasePayload | None:
        """Delete a knowledge base with all that is in it. It cannot be undone."""
        id_ = input.knowledge_base_id

        def prepare() -> Change:
            request = DELETE.request(knowledge_base_id=id_)
            return Change(request, lambda told: _touched(id_, told))

        gone = {"deleted_knowledge_base_id": id_}
        return cast(
            "DeleteKnowledgeBasePayload",
            await change(info, input, prepare, lambda _: gone, "knowledgeBaseId"),
        )

    @strawberry.mutation
    @needs(WRITE)
    async def delete_knowledge_base_source(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            DeleteKnowledgeBaseSourceInput, strawberry.argument(description="Which source.")
        ],
    ) -> DeleteKnowledgeBaseSourcePayload | None:
        """Delete a source from a knowledge base. It cannot be undone."""
        id_ = input.knowledge_base_id

        def prepare() -> Change:
            request = DELETE_SOURCE.request(knowledge_base_id=id_, source_id=input.source_id)
            return Change(request, lambda told: _touched(id_, told), answers=_whole(id_))

        return cast(
            "DeleteKnowledgeBaseSourcePayload",
            await change(
                info,
                input,
                prepare,
                lambda base: {"deleted_source_id": input.source_id, "knowledge_base": base},
                "sourceId",
            ),
        )


RESOURCE = Resource(
    name="KnowledgeBase",
    queries=KnowledgeBaseQueries,
    mutations=KnowledgeBaseMutations,
    types=(
        KnowledgeBaseDocument,
        KnowledgeBaseText,
        KnowledgeBaseWebPage,
        UnknownKnowledgeBaseSource,
    ),
    node=load_knowledge_base,
    sources=(KNOWLEDGE_BASE, KNOWLEDGE_BASES),
    id_key="knowledge_base_id",
    scope=READ,
    shows={
        KNOWLEDGE_BASE: "KnowledgeBase",
        KNOWLEDGE_BASES: "KnowledgeBase",
        CREATE: "KnowledgeBase",
        ADD: "KnowledgeBase",
        DELETE: "",
        DELETE_SOURCE: "KnowledgeBase",
    },
)
