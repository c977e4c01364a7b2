"""Contacts: who an organisation talks to, their conversations, and the jobs over all of them.

Longer than other modules, since all of one resource stands in one file.
"""

from __future__ import annotations

from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, cast

import strawberry
from strawberry import UNSET

from gateway.cache.entry import Freshness
from gateway.errors import BadUserInput, UpstreamInvalid
from gateway.loaders import Change, Json, Loaded, Read, Source, page_items
from gateway.schema.connection import DEFAULT_FIRST, After, Connection, Edge, First, read_connection
from gateway.schema.contact_job import ContactJob, job_policy
from gateway.schema.cursors import scope_of
from gateway.schema.fields import computed, id_under, link, read
from gateway.schema.filters import (
    DateTimeFilter,
    KeyedFilter,
    StringFilter,
    is_equal,
    one_of,
    some,
)
from gateway.schema.info import Info
from gateway.schema.mutation import (
    Input,
    Payload,
    change,
    given,
    json_object,
    never_null,
    some_given,
)
from gateway.schema.node import Node, global_id
from gateway.schema.permissions import (
    NUMBERS,
    check,
    most_digits_hidden,
    needs,
    personal,
    scope,
)
from gateway.schema.readings import Place
from gateway.schema.resource import Resource
from gateway.schema.scalars import JSON, DateTime, PhoneNumber, Upload
from gateway.schema.types import closed_enum, input_type, object_type, open_enum
from gateway.schema.uploads import check_files
from gateway.upstream.endpoint import ID, PHONE_NUMBER, Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterable

# --- Who may see and change it -----------------------------------------------------------------

READ = scope("contacts:read", "See contacts, their tags and when they were talked to.")
WRITE = scope("contacts:write", "Make, change and delete contacts, and run jobs over all of them.")
PERSONAL = scope(
    "contacts:personal",
    "See who contacts are: names, what is remembered of them, custom fields, ids in a CRM.",
)
TRANSCRIPTS = scope("transcripts:read", "See what was said and written, and what was made of it.")

# --- How long an answer is fresh ---------------------------------------------------------------

SETTLED = Freshness(max_age=30, stale_while_revalidate=60, stale_if_error=3600)
"""A contact, and a page of them: each conversation may add to it."""
MOVING = Freshness(max_age=10, stale_while_revalidate=20, stale_if_error=300)
"""A page of conversations, which a new one may enter, and the analysis of the last."""


def contact_policy(_contact: Json, _now: float) -> Freshness:
    """Of a contact."""
    return SETTLED


def page_policy(page: Json, _now: float) -> Freshness:
    """Of a page of contacts; what is not one is not kept."""
    page_items(page)
    return SETTLED


def conversations_policy(page: Json, _now: float) -> Freshness:
    """Of a page of conversations; what is not one is not kept."""
    page_items(page)
    return MOVING


# --- Where it is read --------------------------------------------------------------------------

CONTACT = Source(
    "contact",
    Endpoint("GET", "/get-contact/{contact_id}", ids={"contact_id": ID}),
    contact_policy,
)
CONTACT_BY_PHONE = Source(
    "contact_by_phone",
    Endpoint("GET", "/get-contact-by-phone/{phone_number}", ids={"phone_number": PHONE_NUMBER}),
    contact_policy,
)
CONTACTS = Source("contacts", Endpoint("POST", "/list-contacts", safe=True), page_policy)
CONVERSATIONS = Source(
    "contact_conversations",
    Endpoint("GET", "/list-contact-conversations/{contact_id}", ids={"contact_id": ID}, lists=True),
    conversations_policy,
)
IMPORT = Source("contact_import", Endpoint("GET", "/get-contact-import"), job_policy)
BACKFILL = Source(
    "contact_backfill", Endpoint("GET", "/get-backfill-contact-job-status"), job_policy
)
CREATE = Endpoint("POST", "/create-contact")
UPDATE = Endpoint("PATCH", "/update-contact/{contact_id}", ids={"contact_id": ID})
DELETE = Endpoint("DELETE", "/delete-contact/{contact_id}", ids={"contact_id": ID})
UPLOAD = Endpoint("POST", "/upload-contact-import-file", form=True)
CREATE_IMPORT = Endpoint("POST", "/create-contact-import")
RUN_BACKFILL = Endpoint("POST", "/backfill-contact-analysis-data")

EVERY_CONTACT = (("contact", "all"), ("contact_by_phone", "all"), ("contacts", "all"))
"""What a change of all contacts makes out of date."""


def _whole(contact_id: str) -> Read:
    return CONTACT.read(contact_id=contact_id, tags=(contact_id, "all"))


def _by_phone(phone_number: str) -> Read:
    return CONTACT_BY_PHONE.read(phone_number=phone_number, tags=(phone_number, "all"))


def load_contact(place: Place, contact_id: str) -> Loaded:
    """The contact with this id."""
    return place.context.loaders.find(_whole(contact_id), place)


def load_contact_by_phone(place: Place, phone_number: str) -> Loaded:
    """The contact with this number. What is no number, as of a caller who hides it, is nobody's."""
    if not PHONE_NUMBER.accepts(phone_number):
        return None
    return place.context.loaders.find(_by_phone(phone_number), place)


# --- Enums -------------------------------------------------------------------------------------


@closed_enum
class ContactOrder(Enum):
    """Order of a list of contacts: Retell sorts by when they were made only."""

    CREATED_TIMESTAMP_DESC = "desc"
    """Newest first."""
    CREATED_TIMESTAMP_ASC = "asc"
    """Oldest first."""


@open_enum
class ContactConversationType(Enum):
    """What kind of conversation it was."""

    CALL = "call"
    """A call."""
    CHAT = "chat"
    """A chat."""
    UNKNOWN = "UNKNOWN"


@open_enum
class ContactConversationDirection(Enum):
    """Who began a conversation."""

    INBOUND = "inbound"
    """The contact."""
    OUTBOUND = "outbound"
    """The agent."""
    UNKNOWN = "UNKNOWN"


@open_enum
class ContactConversationSentiment(Enum):
    """How the contact felt about a conversation."""

    NEGATIVE = "Negative"
    """Not well."""
    POSITIVE = "Positive"
    """Well."""
    NEUTRAL = "Neutral"
    """Neither."""
    UNKNOWN = "Unknown"
    """Retell could not tell, or says something newer than this schema."""


# --- The contact -------------------------------------------------------------------------------


@object_type()
class ContactTag:
    """A tag that a contact has, one of those in `crmConfig`."""

    tag_id: strawberry.ID | None = read("id")
    """Retell's id of the tag."""
    label: str | None
    """What people read."""


@object_type()
class ContactConversation:
    """A call or a chat with a contact, in short."""

    type: ContactConversationType | None
    """What kind of conversation it was."""
    call_id: strawberry.ID | None
    """Retell's id of the call; null of a chat."""
    chat_id: strawberry.ID | None
    """Retell's id of the chat; null of a call."""
    call = link("Call", lambda conversation: conversation.get("call_id"))
    """The call; null of a chat. Several in one operation that select no transcripts are one
    upstream request together."""
    chat = link("Chat", id_under("chat_id"))
    """The chat; null of a call. Several in one operation that select no messages are one upstream
    request together."""
    direction: ContactConversationDirection | None
    """Who began it."""
    start_timestamp: DateTime | None
    """When it began."""
    duration_ms: int | None
    """How long it took, in milliseconds."""
    disconnection_reason: str | None
    """Why it ended, as Retell calls it."""
    sentiment: ContactConversationSentiment | None
    """How the contact felt, as its analysis found."""
    successful: bool | None
    """Whether the agent reached its goal, as its analysis found."""
    summary: str | None = personal(TRANSCRIPTS)
    """It in a few sentences, as its analysis found."""


@object_type()
class ContactConversationEdge(Edge):
    """A conversation in its place in a list."""

    node: ContactConversation | None
    """The conversation."""


@object_type()
class ContactConversationConnection(Connection):
    """A page of a contact's conversations. Retell does not count them: see `conversationCount`."""

    edges: list[ContactConversationEdge]
    """The conversations with their cursors."""
    nodes: list[ContactConversation | None]
    """The conversations alone."""


@object_type()
class Contact(Node):
    """A person with a telephone number whom agents talk to, in calls and by SMS."""

    id: strawberry.ID = computed(lambda contact: global_id("Contact", contact.get("contact_id")))
    """Global id, for `node` and for client caches."""
    contact_id: strawberry.ID
    """Retell's id of the contact."""
    org_id: str | None
    """The organisation that it belongs to."""
    phone_number: PhoneNumber | None = personal(NUMBERS, mask=most_digits_hidden)
    """The number, by which a contact is known in conversations."""
    first_name: str | None = personal(PERSONAL)
    """The first name."""
    last_name: str | None = personal(PERSONAL)
    """The last name."""
    contact_memory: str | None = personal(PERSONAL)
    """What agents know from earlier conversations, written anew after each; null for nothing."""
    custom_fields: JSON | None = personal(PERSONAL)
    """Values of the fields that `crmConfig` defines, by name."""
    external_id: str | None = personal(PERSONAL)
    """Its id in the CRM that is connected; null where it is not synced."""
    contact_tags: list[ContactTag | None] | None
    """The tags it has, without those that `crmConfig` has no longer."""
    do_not_call: bool | None
    """Whether it must not be called."""
    conversation_count: int | None
    """How many conversations there were, calls and chats together."""
    last_conversation_timestamp: DateTime | None
    """When the last one was."""
    created_timestamp: DateTime | None
    """When the contact was made."""
    user_modified_timestamp: DateTime | None
    """When it was changed last."""

    @strawberry.field
    @needs(READ)
    async def conversations(
        self,
        info: Info,
        first: First = DEFAULT_FIRST,
        after: After = UNSET,
    ) -> ContactConversationConnection | None:
        """Calls and chats with this contact, newest first. One upstream request for a page of each
        contact."""
        contact_id = cast("Json", self).get("contact_id")
        if not isinstance(contact_id, str) or not ID.accepts(contact_id):
            raise UpstreamInvalid("Retell names an object by an id that cannot be one.")
        bound = scope_of(info.context.caller.tenant, "contact_conversations", contact_id)
        return cast(
            "ContactConversationConnection | None",
            await read_connection(
                info,
                partial(_conversations, contact_id),
                id_key="call_id",
                first=first,
                after=after,
                scope=bound,
            ),
        )


def _conversations(contact_id: str, limit: int, key: str | None, _wants_total: bool) -> Read:
    query = {"limit": limit, "pagination_key": key}
    return CONVERSATIONS.read(query=query, contact_id=contact_id, tags=(contact_id, "all"))


@object_type()
class ContactEdge(Edge):
    """A contact in its place in a list."""

    node: Contact | None
    """The contact."""


@object_type()
class ContactConnection(Connection):
    """A page of a list of contacts."""

    edges: list[ContactEdge]
    """The contacts with their cursors."""
    nodes: list[Contact | None]
    """The contacts alone."""
    total_count: int | None
    """How many contacts the whole list has. Retell counts them in any case."""


# --- Filter ------------------------------------------------------------------------------------


@input_type(one_of=True)
class ContactExternalIdFilter:
    """Compares the id that a contact has in the CRM, or asks whether it has one."""

    eq: str | None = UNSET
    """Equal to this."""
    ne: str | None = UNSET
    """Not equal to this."""
    sw: str | None = UNSET
    """Starts with this."""
    ew: str | None = UNSET
    """Ends with this."""
    co: str | None = UNSET
    """Contains this."""
    present: bool | None = UNSET
    """Whether there is one, so that the contact is synced (true), or not (false)."""

    def wire(self) -> Json:
        """Retell's form."""
        op, value = next((op, value) for op, value in vars(self).items() if value is not UNSET)
        if op == "present":
            return {"type": "present", "op": "pr" if value else "np"}
        return {"type": "string", "op": op, "value": value}


@input_type()
class ContactFilter:
    """Which contacts a list has. All that is given must hold. Names can only be searched for:
    see `searchQuery`."""

    contact_id: StringFilter | None = UNSET
    """By id."""
    phone_number: StringFilter | None = UNSET
    """By number, in E.164 form: `+14155550100`."""
    external_id: ContactExternalIdFilter | None = UNSET
    """By the id in the CRM."""
    do_not_call: bool | None = UNSET
    """By whether they must not be called."""
    contact_tag_ids: list[strawberry.ID] | None = UNSET
    """With one of these tags."""
    last_conversation_timestamp: DateTimeFilter | None = UNSET
    """By when they were last talked to."""
    custom_fields: list[KeyedFilter] | None = UNSET
    """By values of custom fields; all must hold."""

    def wire(self) -> Json:
        """Retell's `filter_criteria`."""
        given_ = {name: v for name, v in vars(self).items() if v is not UNSET and v is not None}
        return {name: _criterion(name, value) for name, value in given_.items()}


def _criterion(name: str, value: Any) -> object:
    if isinstance(value, bool):
        return is_equal(value)
    if name == "custom_fields":
        return [item.wire() for item in value]
    return one_of(value) if isinstance(value, list) else value.wire()


SOUGHT = {
    "phone_number": (NUMBERS,),
    "external_id": (PERSONAL,),
    "custom_fields": (PERSONAL,),
    "search_query": (NUMBERS, PERSONAL),
}
"""What it takes to look for contacts by these."""


def _page(asked: Json, order: ContactOrder, limit: int, key: str | None, _total: bool) -> Read:
    body: Json = {"limit": limit, "sort_order": order.value, **asked}
    if key is not None:
        body["pagination_key"] = key
    return CONTACTS.read(body=body, tags=("all",))


# --- Root fields -------------------------------------------------------------------------------


@object_type()
class ContactQueries:
    """Root fields for contacts."""

    @strawberry.field
    @needs(READ)
    def contact(
        self,
        info: Info,
        contact_id: Annotated[
            strawberry.ID, strawberry.argument(description="Retell's id of the contact.")
        ],
    ) -> Contact | None:
        """A contact; null where there is none. One upstream request, none if remembered."""
        return cast("Contact | None", load_contact(info, contact_id))

    @strawberry.field
    @needs(READ)
    async def contact_by_phone(
        self,
        info: Info,
        phone_number: Annotated[
            PhoneNumber, strawberry.argument(description="The number, as `+14155550100`.")
        ],
    ) -> Contact | None:
        """The contact with a number; null where nobody has it. One upstream request, none if
        remembered. Takes `numbers:read` as well, since what is found tells of the number."""
        check(info.context.caller, NUMBERS)
        loading = info.context.loaders.load(_by_phone(phone_number), info)
        return cast("Contact | None", await loading)

    @strawberry.field
    @needs(READ)
    async def contacts(
        self,
        info: Info,
        first: First = DEFAULT_FIRST,
        after: After = UNSET,
        filter: Annotated[  # noqa: A002 - the argument's name in the schema
            ContactFilter | None,
            strawberry.argument(description="Which contacts; all where left out."),
        ] = UNSET,
        search_query: Annotated[
            str | None,
            strawberry.argument(
                description="With this text, in any letter case, in the number, a name, the id in "
                "the CRM or the value of a custom field."
            ),
        ] = UNSET,
        excluded_contact_ids: Annotated[
            list[strawberry.ID] | None,
            strawberry.argument(description="Without these, at most 1000."),
        ] = UNSET,
        order_by: Annotated[
            ContactOrder, strawberry.argument(description="In which order.")
        ] = ContactOrder.CREATED_TIMESTAMP_DESC,
    ) -> ContactConnection | None:
        """Contacts, newest first. One upstream request for a page."""
        criteria = filter.wire() if filter else {}
        asked: Json = {"filter_criteria": criteria} if criteria else {}
        if search_query:
            asked["search_query"] = search_query
        if excluded_contact_ids:
            asked["excluded_contact_ids"] = some(excluded_contact_ids)
        for name, wanted in SOUGHT.items():
            if name in criteria or name in asked:  # what is found tells what it was sought by
                for each in wanted:
                    check(info.context.caller, each)
        bound = scope_of(info.context.caller.tenant, "contacts", asked, order_by.value)
        paged = partial(_page, asked, order_by)
        return cast(
            "ContactConnection | None",
            await read_connection(
                info, paged, id_key="contact_id", first=first, after=after, scope=bound
            ),
        )

    @strawberry.field
    @needs(READ)
    async def contact_import(self, info: Info) -> ContactJob | None:
        """The import of contacts that is under way, or the last one. One upstream request, shared
        by all who poll."""
        return cast("ContactJob | None", await info.context.loaders.load(_import_job(), info))

    @strawberry.field
    @needs(READ)
    async def contact_backfill(self, info: Info) -> ContactJob | None:
        """The backfill of contacts that is under way, or the last one. One upstream request, shared
        by all who poll."""
        return cast("ContactJob | None", await info.context.loaders.load(_backfill_job(), info))


def _import_job() -> Read:
    return IMPORT.read(tags=("all",))


def _backfill_job() -> Read:
    return BACKFILL.read(tags=("all",))


# --- Changes -----------------------------------------------------------------------------------


@input_type()
class CreateContactInput(Input):
    """A new contact."""

    phone_number: PhoneNumber
    """The number, as `+14155550100`."""
    first_name: str | None = UNSET
    """The first name."""
    last_name: str | None = UNSET
    """The last name."""
    contact_memory: str | None = UNSET
    """What agents are to know of it."""
    contact_tag_ids: list[strawberry.ID] | None = UNSET
    """The tags it gets, by the ids they have in `crmConfig`."""
    custom_fields: JSON | None = UNSET
    """A JSON object: values by the names of custom fields, each of the type it has in
    `crmConfig`."""
    do_not_call: bool | None = UNSET
    """Whether it must not be called."""

    def wire(self) -> Json:
        """Retell's body; `BadUserInput` where it would not be one."""
        PHONE_NUMBER.check("phoneNumber", self.phone_number)
        return json_object(never_null(given(self), "contact_memory"), "custom_fields")


@input_type()
class UpdateContactInput(Input):
    """What to change of a contact. What is left out stays as it is; its number cannot change."""

    contact_id: strawberry.ID
    """Retell's id of the contact."""
    first_name: str | None = UNSET
    """The first name."""
    last_name: str | None = UNSET
    """The last name."""
    contact_memory: str | None = UNSET
    """What agents are to know of it; null empties it."""
    contact_tag_ids: list[strawberry.ID] | None = UNSET
    """All the tags it has from now on, by the ids they have in `crmConfig`."""
    custom_fields: JSON | None = UNSET
    """A JSON object: values by the names of custom fields; null under a name clears that field."""
    do_not_call: bool | None = UNSET
    """Whether it must not be called."""

    def wire(self) -> Json:
        """Retell's body; `BadUserInput` where it would not be one."""
        body = never_null(some_given(self, "contact_id"), "contact_memory")
        return json_object(body, "custom_fields")


@input_type()
class DeleteContactInput(Input):
    """Which contact to delete."""

    contact_id: strawberry.ID
    """Retell's id of the contact."""


@input_type()
class ContactImportColumnInput:
    """A column of a CSV file, and the field of contacts that it fills."""

    field_name: str
    """The contact's field, one of Retell's or a custom one."""
    external_field_name: str
    """The header of the column."""


@input_type()
class UploadContactImportFileInput(Input):
    """A file to import contacts from."""

    file: Upload
    """A CSV file whose first line has the headers of its columns."""

    def wire(self) -> Json:
        """Retell's form; `BadUserInput` where it would not be one."""
        check_files([self.file], "file")
        return given(self)


@input_type()
class CreateContactImportInput(Input):
    """An import of contacts from a CSV file that was uploaded to Retell before."""

    upload_id: strawberry.ID
    """What `uploadContactImportFile` was answered with."""
    column_mapping: list[ContactImportColumnInput]
    """Which column fills which field. Exactly one must fill `phone_number`; columns that are not
    named are ignored."""
    contact_tags: list[str] | None = UNSET
    """Labels of tags that every contact of the file gets; new ones are added to `crmConfig`."""
    default_country: str | None = UNSET
    """The country of numbers that do not tell theirs, such as `US`, which it is if left out."""

    def wire(self) -> Json:
        """Retell's body; `BadUserInput` where it would not be one."""
        fields = [column.field_name for column in self.column_mapping]
        if fields.count("phone_number") != 1:
            raise BadUserInput("Exactly one column must fill `phone_number`.", "columnMapping")
        return never_null(given(self))


@input_type()
class ContactBackfillAgentInput:
    """An agent, in all its versions or some."""

    agent_id: strawberry.ID
    """The agent's id."""
    version: list[int] | None = UNSET
    """These versions only; all of them where left out."""

    def wire(self) -> Json:
        """Retell's form."""
        return never_null(given(self))


@input_type()
class ContactBackfillFilter:
    """Which conversations a backfill goes through."""

    agent: list[ContactBackfillAgentInput] | None = UNSET
    """Led by one of these agents."""
    start_timestamp: DateTimeFilter | None = UNSET
    """By when they began."""

    def wire(self) -> Json:
        """Retell's form."""
        return never_null(given(self))


@input_type()
class BackfillContactsInput(Input):
    """Which fields of contacts to work out anew, and from which conversations."""

    backfill_attributes: list[str]
    """Names of the fields: those with an analysis data mapping in `crmConfig`, and
    `contact_memory`."""
    backfill_call_filter: ContactBackfillFilter | None = UNSET
    """Which conversations; all where left out."""

    def wire(self) -> Json:
        """Retell's body; `BadUserInput` where it would not be one."""
        some(self.backfill_attributes)
        return never_null(given(self))


@object_type()
class CreateContactPayload(Payload):
    """The outcome of `createContact`."""

    contact: Contact | None
    """The new contact; null where none was made."""


@object_type()
class UpdateContactPayload(Payload):
    """The outcome of `updateContact`."""

    contact: Contact | None
    """The contact as it is now; null where nothing was changed."""


@object_type()
class DeleteContactPayload(Payload):
    """The outcome of `deleteContact`."""

    deleted_contact_id: strawberry.ID | None
    """Retell's id of the contact that is gone; null where nothing was deleted."""


@object_type()
class ContactImportFile:
    """A file that waits to be imported."""

    upload_id: strawberry.ID | None
    """What `createContactImport` takes."""
    file_name: str | None
    """The file's name."""


@object_type()
class UploadContactImportFilePayload(Payload):
    """The outcome of `uploadContactImportFile`."""

    import_file: ContactImportFile | None
    """The file at Retell; null where none was uploaded."""


@object_type()
class CreateContactImportPayload(Payload):
    """The outcome of `createContactImport`."""

    job: ContactJob | None
    """The import, which goes on: see `contactImport`. Null where none was begun."""


@object_type()
class BackfillContactsPayload(Payload):
    """The outcome of `backfillContacts`."""

    job: ContactJob | None
    """The backfill, which goes on: see `contactBackfill`. Null where none was begun."""


def _touched(contact_id: str | None, contact: Json | None) -> Iterable[tuple[str, str]]:
    """What a change of one contact makes out of date; its number is known from its answer."""
    number = None if contact is None else contact.get("phone_number")
    yield "contacts", "all"
    yield "contact_by_phone", number if isinstance(number, str) else "all"
    if contact_id is not None:
        yield "contact", contact_id
        yield "contact_conversations", contact_id


def _new(contact: Json) -> Read:
    """What reads a contact that was just made."""
    return _whole(str(contact.get("contact_id")))


@object_type()
class ContactMutations:
    """Root fields that change contacts."""

    @strawberry.mutation
    @needs(WRITE)
    async def create_contact(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            CreateContactInput, strawberry.argument(description="The new contact.")
        ],
    ) -> CreateContactPayload | None:
        """Make a contact."""

        def prepare() -> Change:
            return Change(CREATE.request(body=input.wire()), partial(_touched, None), answers=_new)

        return cast(
            "CreateContactPayload",
            await change(info, input, prepare, lambda made: {"contact": made}, "phoneNumber"),
        )

    @strawberry.mutation
    @needs(WRITE)
    async def update_contact(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            UpdateContactInput, strawberry.argument(description="What to change.")
        ],
    ) -> UpdateContactPayload | None:
        """Change a contact."""

        def prepare() -> Change:
            request = UPDATE.request(body=input.wire(), contact_id=input.contact_id)
            touches = partial(_touched, input.contact_id)
            return Change(request, touches, answers=_whole(input.contact_id))

        return cast(
            "UpdateContactPayload",
            await change(info, input, prepare, lambda now: {"contact": now}, "contactId"),
        )

    @strawberry.mutation
    @needs(WRITE)
    async def delete_contact(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            DeleteContactInput, strawberry.argument(description="Which contact.")
        ],
    ) -> DeleteContactPayload | None:
        """Delete a contact. It cannot be undone."""

        def prepare() -> Change:
            request = DELETE.request(contact_id=input.contact_id)
            return Change(request, partial(_touched, input.contact_id))

        gone = {"deleted_contact_id": input.contact_id}
        return cast(
            "DeleteContactPayload", await change(info, input, prepare, lambda _: gone, "contactId")
        )

    @strawberry.mutation
    @needs(WRITE)
    async def upload_contact_import_file(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            UploadContactImportFileInput, strawberry.argument(description="The file.")
        ],
    ) -> UploadContactImportFilePayload | None:
        """Give Retell a CSV file, to be imported with `createContactImport`. The file comes beside
        the operation: see `Upload`. No contact is made yet."""

        def prepare() -> Change:
            return Change(UPLOAD.request(body=input.wire()), lambda _: ())

        return cast(
            "UploadContactImportFilePayload",
            await change(
                info, input, prepare, lambda file: {"import_file": file}, "file", has_files=True
            ),
        )

    @strawberry.mutation
    @needs(WRITE)
    async def create_contact_import(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            CreateContactImportInput, strawberry.argument(description="Which file, and how.")
        ],
    ) -> CreateContactImportPayload | None:
        """Begin to make contacts of a CSV file. It goes on by itself, and cannot be undone; while
        one is under way, a second is refused."""

        def prepare() -> Change:
            touched = (("contact_import", "all"), ("crm_config", "all"), *EVERY_CONTACT)
            request = CREATE_IMPORT.request(body=input.wire())
            return Change(request, lambda _: touched, answers=_import_job())

        return cast(
            "CreateContactImportPayload",
            await change(info, input, prepare, lambda job: {"job": job}, "uploadId"),
        )

    @strawberry.mutation
    @needs(WRITE)
    async def backfill_contacts(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            BackfillContactsInput, strawberry.argument(description="Which fields, from what.")
        ],
    ) -> BackfillContactsPayload | None:
        """Begin to work out fields of all contacts anew from past conversations. It goes on by
        itself, and cannot be undone; Retell may bill it."""

        def prepare() -> Change:
            touched = (("contact_backfill", "all"), *EVERY_CONTACT)
            request = RUN_BACKFILL.request(body=input.wire())
            return Change(request, lambda _: touched, answers=_backfill_job())

        return cast(
            "BackfillContactsPayload",
            await change(info, input, prepare, lambda job: {"job": job}, "backfillAttributes"),
        )


RESOURCE = Resource(
    name="Contact",
    queries=ContactQueries,
    mutations=ContactMutations,
    node=load_contact,
    reads={"phone_number": load_contact_by_phone},
    sources=(CONTACT, CONTACT_BY_PHONE, CONTACTS),
    id_key="contact_id",
    scope=READ,
    shows={
        CONTACT: "Contact",
        CONTACT_BY_PHONE: "Contact",
        CONTACTS: "Contact",
        CONVERSATIONS: "ContactConversation",
        IMPORT: "ContactJob",
        BACKFILL: "ContactJob",
        CREATE: "Contact",
        UPDATE: "Contact",
        DELETE: "",
        UPLOAD: "ContactImportFile",
        CREATE_IMPORT: "ContactJob",
        RUN_BACKFILL: "ContactJob",
    },
    filters={CONTACTS: "ContactFilter"},
)
