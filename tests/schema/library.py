"""A library as a schema: one of everything that a resource file can declare."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, cast

import strawberry
from graphql import parse, validate
from strawberry import UNSET

from gateway.cache.entry import Freshness
from gateway.executor.interpret import interpret
from gateway.loaders import Json, Loaded, Read, Source, at_hand
from gateway.schema.build import build_schema
from gateway.schema.connection import Connection, Edge, read_connection
from gateway.schema.fields import completed_by, computed, link, links, links_by, read
from gateway.schema.filters import IdFilter
from gateway.schema.info import Info
from gateway.schema.node import Node, global_id
from gateway.schema.permissions import needs
from gateway.schema.readings import Discriminator, Place
from gateway.schema.resource import Resource
from gateway.schema.scalars import JSON, BigInt, DateTime
from gateway.schema.types import (
    Completion,
    closed_enum,
    input_type,
    interface,
    object_type,
    open_enum,
    union,
)
from gateway.upstream.endpoint import ID, Endpoint
from tests.loading import ONE

if TYPE_CHECKING:
    from graphql import ExecutionResult

    from gateway.auth.caller import Caller
    from tests.loading import Loading

LONG = Freshness(max_age=60)
BOOK = Source("book", Endpoint("GET", "/book/{id_}", ids={"id_": ID}), lambda _a, _n: LONG)
WRITER = Source("writer", Endpoint("GET", "/writer/{id_}", ids={"id_": ID}), lambda _a, _n: LONG)
NAMED = Source("named", Endpoint("GET", "/named/{id_}", ids={"id_": ID}), lambda _a, _n: LONG)
BOOKS = Source("books", Endpoint("POST", "/books", safe=True), lambda _a, _n: LONG)


@open_enum
class Mood(Enum):
    """How a book feels."""

    MERRY = "merry"
    """It laughs."""
    SAD = "Sad"
    """It weeps."""
    UNKNOWN = "UNKNOWN"


@closed_enum
class Order(Enum):
    """How books are sorted."""

    TITLE = "title"
    """By title."""


@object_type()
class Receipt:
    """Paper that was left in a book."""

    price: float | None
    """What it cost, in US cents."""


@object_type()
class OtherThing:
    """Something newer than this schema."""

    raw: JSON = computed(lambda thing: thing)
    """All of it."""


Thing = Annotated[
    Receipt | OtherThing,
    union("Thing", Discriminator("type", {"receipt": "Receipt"}, "OtherThing"), "Things in books."),
]


@object_type()
class Writer(Node):
    """Somebody who writes."""

    id: strawberry.ID = computed(lambda writer: global_id("Writer", writer["writer_id"]))
    """Global id."""
    name: str | None
    """The name."""
    books = links_by("Book", "writer", lambda writer: writer.get("writer_id"))
    """What they wrote."""

    @strawberry.field
    @needs("calls:read")
    async def written(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="How many.")] = 50,
    ) -> BookConnection | None:
        """What they wrote, page by page."""
        scope = str(cast("Json", self)["writer_id"])
        found = await read_connection(
            info, page, id_key="book_id", first=first, after=None, scope=scope
        )
        return cast("BookConnection | None", found)


def load_writer(place: Place, key: str) -> Loaded:
    return place.context.loaders.find(WRITER.read(id_=key), place)


def load_writer_by_name(place: Place, name: str) -> Loaded:
    return place.context.loaders.find(NAMED.read(id_=name), place)


async def load_books_of(place: Place, writer_id: str) -> Json | None:
    page = await place.context.loaders.load(BOOKS.read(body={"limit": 1000}), place)
    return page and {"items": [b for b in page["items"] if b.get("writer_id") == writer_id]}


def load_book(place: Place, key: str) -> Loaded:
    return place.context.loaders.find(BOOK.read(id_=key), place)


def load_full(place: Place, book: Json) -> Loaded:
    return load_book(place, book["book_id"])


def is_full(book: Json) -> bool:
    return "binding" in book


@interface(
    discriminator=Discriminator("kind", {"novel": "Novel"}, "OtherBook"),
    completion=Completion(load_full, {"text", "reviewer"}.__contains__, is_full),
)
class Book(Node):
    """A book."""

    id: strawberry.ID = computed(lambda book: global_id("Book", book["book_id"]))
    """Global id."""
    book_id: strawberry.ID
    """The library's id."""
    pages: int | None = read("pages", "pageCount")
    """How many pages it has."""
    mood: Mood | None
    """How it feels."""
    moods_by_part: list[Mood | None] | None
    """How its parts feel."""
    text: str | None
    """What it says."""
    reviewer: str | None
    """Who has read it."""
    first_word: str | None = completed_by(load_full, is_full, "text", lambda text: text.split()[0])
    """How it begins."""
    printed: DateTime | None
    """When it was made."""
    copies: BigInt | None
    """How many there are."""
    things: list[Thing | None] | None
    """What was left in it."""
    old_name: str | None = read("old_name", deprecated="Nobody uses it.")
    """What it was called."""
    writer = link("Writer", lambda book: book.get("writer_id"))
    """Who wrote it."""
    editors = links("Writer", lambda book: book.get("editor_ids", ()))
    """Who worked on it."""
    owner = link("Writer", lambda book: book.get("owner"), by="name")
    """Whose it was."""


@object_type()
class Novel(Book):
    """A book that tells a story."""

    hero: str | None
    """Whom it is about."""


@object_type()
class OtherBook(Book):
    """A book of another kind."""


@object_type()
class BookEdge(Edge):
    """A book in its place."""

    node: Book | None
    """The book."""


@object_type()
class BookConnection(Connection):
    """A page of books."""

    edges: list[BookEdge]
    """The books with their cursors."""
    nodes: list[Book | None]
    """The books."""
    total_count: int | None
    """How many there are."""


@input_type()
class BookFilter:
    """Which books."""

    book_id: IdFilter | None = UNSET
    """By id."""


def page(limit: int, key: str | None, wants_total: bool) -> Read:
    body: Json = {"limit": limit, "key": key, "total": wants_total}
    return BOOKS.read(body=body)


@object_type()
class BookQueries:
    """Root fields for books."""

    @strawberry.field
    async def book(
        self,
        info: Info,
        id_: Annotated[str, strawberry.argument(name="id", description="The library's id.")],
    ) -> Book | None:
        """A book."""
        return cast("Book | None", await at_hand(load_book(info, id_)))

    @strawberry.field
    async def books(
        self,
        info: Info,
        first: Annotated[int, strawberry.argument(description="How many.")] = 50,
        after: Annotated[str | None, strawberry.argument(description="After what.")] = None,
        where: Annotated[BookFilter | None, strawberry.argument(description="Which.")] = None,
        by: Annotated[Order, strawberry.argument(description="In which order.")] = Order.TITLE,
    ) -> BookConnection | None:
        """Books."""
        scope = str(where and where.book_id and where.book_id.wire()) + by.value
        return cast(
            "BookConnection | None",
            await read_connection(
                info, page, id_key="book_id", first=first, after=after, scope=scope
            ),
        )

    @strawberry.field
    async def selected(self, info: Info) -> SelectedNames | None:
        """What is selected of it, and where it stands."""
        names = sorted(info.selected)
        return cast("SelectedNames", {"names": names, "at": [str(part) for part in info.at]})

    @strawberry.field
    async def nothing_selected(self, info: Info) -> bool | None:
        """Whether nothing is selected of it, since it is a leaf."""
        return not info.selected


@object_type()
class SelectedNames:
    """The names of the fields that are selected of this."""

    names: list[str]
    """The names."""
    at: list[str]
    """Where in the answer."""
    more: SelectedNames | None
    """Nothing, but more to select."""


@object_type()
class WriterQueries:
    """Root fields for writers."""

    @strawberry.field
    async def nobody(self) -> Writer | None:
        """Nobody."""
        return None


BOOK_RESOURCE = Resource(
    "Book", BookQueries, types=(Novel, OtherBook), node=load_book, reads={"writer": load_books_of}
)
WRITER_RESOURCE = Resource(
    "Writer", WriterQueries, node=load_writer, reads={"name": load_writer_by_name}
)
SCHEMA = build_schema([WRITER_RESOURCE, BOOK_RESOURCE])


async def ask(
    library: Loading, query: str, variables: Json | None = None, *, caller: Caller = ONE
) -> ExecutionResult:
    """The result of one valid operation."""
    document = parse(query)
    assert validate(SCHEMA.executable, document) == []
    result: Any = await interpret(
        SCHEMA.executable,
        document,
        context=library.context(caller),
        variables=variables or {},
        operation_name=None,
    )
    return cast("ExecutionResult", result)


async def data(library: Loading, query: str, variables: Json | None = None) -> Json:
    """Its data; it has no errors."""
    result = await ask(library, query, variables)
    assert result.errors is None
    assert result.data is not None
    return result.data
