"""Apps: systems of others that the organisation has connected, such as its CRM or its calendar.

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
from gateway.schema.bare_urls import bare_url
from gateway.schema.connection import DEFAULT_FIRST, After, Connection, Edge, First, read_connection
from gateway.schema.cursors import scope_of
from gateway.schema.fields import computed, id_under, link
from gateway.schema.info import Info
from gateway.schema.mutation import Input, Payload, change, given, never_null, some_given
from gateway.schema.node import Node, global_id
from gateway.schema.permissions import needs, scope
from gateway.schema.readings import Place
from gateway.schema.resource import Resource
from gateway.schema.scalars import JSON, URL, DateTime
from gateway.schema.types import closed_enum, input_type, object_type, open_enum
from gateway.upstream.endpoint import ID, Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterable

READ = scope("apps:read", "See which systems of others are connected, and who uses them.")
WRITE = scope("apps:write", "Connect systems of others, change and end that, and try it.")

# --- How long an answer is fresh ---------------------------------------------------------------

CONFIGURED = Freshness(max_age=60, stale_while_revalidate=300, stale_if_error=3600)


def app_policy(_app: Json, _now: float) -> Freshness:
    """Of an app, and of what its tools take."""
    return CONFIGURED


def page_policy(page: Json, _now: float) -> Freshness:
    """Of a page; what is not one is not kept."""
    page_items(page)
    return CONFIGURED


# --- Where it is read --------------------------------------------------------------------------

APP = Source("app", Endpoint("GET", "/get-app/{app_id}", ids={"app_id": ID}), app_policy)
APPS = Source("apps", Endpoint("GET", "/list-apps", lists=True), page_policy)
USAGES = Source(
    "app_usages",
    Endpoint("GET", "/list-app-usages/{app_id}", ids={"app_id": ID}, lists=True),
    page_policy,
)
TOOL_SCHEMA = Source(
    "app_tool_schema",
    Endpoint("POST", "/get-app-tool-schema/{app_id}", ids={"app_id": ID}, safe=True, lists=False),
    app_policy,
)
CREATE = Endpoint("POST", "/create-app")
UPDATE = Endpoint("PATCH", "/update-app/{app_id}", ids={"app_id": ID})
DELETE = Endpoint("DELETE", "/delete-app/{app_id}", ids={"app_id": ID})
TEST_AUTH = Endpoint("POST", "/test-app-auth/{app_id}", ids={"app_id": ID})


def load_app(place: Place, app_id: str) -> Loaded:
    """The app with this id."""
    return place.context.loaders.find(APP.read(app_id=app_id), place)


# --- Enums -------------------------------------------------------------------------------------


@open_enum
class AppType(Enum):
    """What kind of system an app connects."""

    CRM = "crm"
    """Where customers are kept."""
    CALENDAR = "calendar"
    """Where appointments are kept."""
    KNOWLEDGE_BASE = "knowledge_base"
    """Where documents are kept."""
    SUPPORT = "support"
    """Where tickets are kept."""
    COMMUNICATION = "communication"
    """Where messages are sent."""
    UNKNOWN = "UNKNOWN"


@open_enum
class AppConnectionStatus(Enum):
    """Whether an app can be used."""

    NOT_CONNECTED = "not_connected"
    """It is new, or its credentials or its URL were changed and are not tried yet."""
    CONNECTED = "connected"
    """Its credentials worked the last time."""
    ERROR = "error"
    """Its credentials were refused the last time."""
    UNKNOWN = "UNKNOWN"


@open_enum
class AppTenantType(Enum):
    """Whose account an app uses at Microsoft OneDrive."""

    BUSINESS = "business"
    """An organisation's."""
    PERSONAL = "personal"
    """A person's."""
    UNKNOWN = "UNKNOWN"


@open_enum
class AppAuthType(Enum):
    """How Retell signs in to the other system."""

    OAUTH2 = "oauth2"
    """By OAuth 2."""
    API_KEY = "api_key"
    """With an API key."""
    ACCESS_TOKEN = "access_token"  # noqa: S105 - the name of a kind
    """With a token."""
    BASIC = "basic"
    """With a user's name and password."""
    REFRESH_TOKEN = "refresh_token"  # noqa: S105 - the name of a kind
    """With a token that gets others."""
    UNKNOWN = "UNKNOWN"


@open_enum
class AppUsageType(Enum):
    """What uses an app."""

    AGENT = "agent"
    """An agent."""
    KNOWLEDGE_BASE = "knowledge_base"
    """A knowledge base."""
    UNKNOWN = "UNKNOWN"


@closed_enum
class AppPrivacyScope(Enum):
    """Which of the functions of apps a list is about."""

    STANDARD = "standard"
    """Ordinary ones."""
    PCI = "pci"
    """Those that may see the data of cards."""


@closed_enum
class AppOrder(Enum):
    """Order of a list of apps or of what uses one, by Retell's own measure: it offers no choice."""

    DESCENDING = "descending"
    """From the last to the first."""
    ASCENDING = "ascending"
    """From the first to the last."""


# --- The app -----------------------------------------------------------------------------------


@object_type()
class AppAuthConfig:
    """How Retell signs in to the other system; never the secrets."""

    type: AppAuthType | None
    """The way it does."""
    client_id: str | None
    """Of OAuth 2: the client's id."""
    username: str | None
    """Of `BASIC`: the user's name."""


@object_type()
class AppSyncMapping:
    """A field of contacts, and the field of the CRM that it is synced with."""

    field_name: str | None
    """The contact's field, one of Retell's or a custom one."""
    external_field_name: str | None
    """The CRM's field."""


@object_type()
class AppCrmConfig:
    """How an app of type `CRM` syncs contacts."""

    inbound_sync_mappings: list[AppSyncMapping | None] | None
    """What is read from the CRM."""
    outbound_sync_mappings: list[AppSyncMapping | None] | None
    """What is written to the CRM."""
    sync_conversation_activity: bool | None
    """Whether calls and chats are noted in the CRM. Null stands for false."""
    sync_new_contacts: bool | None
    """Whether a contact that the CRM does not know is added to it after a conversation."""


@object_type()
class AppUsage:
    """Something that uses an app."""

    type: AppUsageType | None
    """What it is."""
    agent_id: strawberry.ID | None
    """Retell's id of the agent; null of a knowledge base."""
    agent_name: str | None
    """The agent's name now; null where it was deleted."""
    agent_versions: list[int | None] | None
    """The versions of the agent that use the app, largest first."""
    agent = link("Agent", lambda usage: usage.get("agent_id"))
    """The agent, in its newest version. One upstream request for each distinct one."""
    knowledge_base_id: strawberry.ID | None
    """Retell's id of the knowledge base; null of an agent."""
    knowledge_base = link("KnowledgeBase", id_under("knowledge_base_id"))
    """The knowledge base; null of an agent. One upstream request for each distinct one."""
    knowledge_base_name: str | None
    """The knowledge base's name now; null where it was deleted."""
    configured_timestamp: DateTime | None
    """When it was last told to use the app."""


@object_type()
class AppUsageEdge(Edge):
    """What uses an app, in its place in a list."""

    node: AppUsage | None
    """What uses it."""


@object_type()
class AppUsageConnection(Connection):
    """A page of a list of what uses an app. Retell does not count it."""

    edges: list[AppUsageEdge]
    """What uses it, with cursors."""
    nodes: list[AppUsage | None]
    """What uses it, alone."""


@object_type()
class App(Node):
    """A system of somebody else's that the organisation has connected."""

    id: strawberry.ID = computed(lambda app: global_id("App", app.get("app_id")))
    """Global id, for `node` and for client caches."""
    app_id: strawberry.ID
    """Retell's id of the app."""
    org_id: str | None
    """The organisation that it belongs to."""
    name: str | None
    """What people call it."""
    type: AppType | None
    """What kind of system it is."""
    provider: str | None
    """Whose system it is."""
    connection_status: AppConnectionStatus | None
    """Whether it can be used."""
    auth_config: AppAuthConfig | None
    """How Retell signs in to it."""
    crm_config: AppCrmConfig | None
    """How it syncs contacts; of apps of type `CRM`."""
    tenant_id: str | None
    """The account there, of systems that have several under one address."""
    tenant_url: URL | None = computed(lambda app: bare_url(app.get("tenant_url")))
    """Its address, of systems that have one for each organisation. Without user, password and
    query, where people keep tokens."""
    tenant_type: AppTenantType | None
    """Whose account it is, of Microsoft OneDrive."""
    created_timestamp: DateTime | None
    """When it was connected."""
    user_modified_timestamp: DateTime | None
    """When it was changed last."""

    @strawberry.field
    @needs(READ)
    async def usages(
        self,
        info: Info,
        first: First = DEFAULT_FIRST,
        after: After = UNSET,
        order_by: Annotated[
            AppOrder, strawberry.argument(description="In which order.")
        ] = AppOrder.DESCENDING,
    ) -> AppUsageConnection | None:
        """The agents and knowledge bases that use it. One upstream request for a page of each
        app."""
        app_id = cast("Json", self).get("app_id")
        if not isinstance(app_id, str) or not ID.accepts(app_id):
            raise UpstreamInvalid("Retell names an object by an id that cannot be one.")
        bound = scope_of(info.context.caller.tenant, "app_usages", app_id, order_by.value)
        paged = partial(_usages, app_id, order_by)
        return cast(
            "AppUsageConnection | None",
            await read_connection(
                info, paged, id_key="agent_id", first=first, after=after, scope=bound
            ),
        )


@object_type()
class AppEdge(Edge):
    """An app in its place in a list."""

    node: App | None
    """The app."""


@object_type()
class AppConnection(Connection):
    """A page of a list of apps. Retell does not count them."""

    edges: list[AppEdge]
    """The apps with their cursors."""
    nodes: list[App | None]
    """The apps alone."""


@object_type()
class AppToolSchema:
    """What a tool of an app takes and gives, as far as it is known: see `appToolSchema`."""

    complete: bool | None
    """Whether nothing more has to be asked."""
    input_schema: JSON | None
    """The next parameters to fill in: a JSON Schema of an object."""
    response_schema: JSON | None
    """What the tool answers: a JSON Schema of an object."""


def _usages(app_id: str, order: AppOrder, limit: int, key: str | None, _total: bool) -> Read:
    query = {"limit": limit, "pagination_key": key, "sort_order": order.value}
    return USAGES.read(query=query, app_id=app_id)


def _page(
    wanted: AppPrivacyScope | None, order: AppOrder, limit: int, key: str | None, _total: bool
) -> Read:
    query = {
        "limit": limit,
        "pagination_key": key,
        "sort_order": order.value,
        "privacy_scope": None if wanted is None else wanted.value,
    }
    return APPS.read(query=query, tags=("all",))


# --- Root fields -------------------------------------------------------------------------------


@object_type()
class AppQueries:
    """Root fields for apps."""

    @strawberry.field
    @needs(READ)
    def app(
        self,
        info: Info,
        app_id: Annotated[
            strawberry.ID, strawberry.argument(description="Retell's id of the app.")
        ],
    ) -> App | None:
        """An app; null where there is none. One upstream request, none if remembered."""
        return cast("App | None", load_app(info, app_id))

    @strawberry.field
    @needs(READ)
    async def apps(
        self,
        info: Info,
        first: First = DEFAULT_FIRST,
        after: After = UNSET,
        privacy_scope: Annotated[
            AppPrivacyScope | None,
            strawberry.argument(description="With functions of this kind; all where left out."),
        ] = UNSET,
        order_by: Annotated[
            AppOrder, strawberry.argument(description="In which order.")
        ] = AppOrder.DESCENDING,
    ) -> AppConnection | None:
        """Apps. One upstream request for a page."""
        wanted = privacy_scope or None
        told = wanted and wanted.value
        bound = scope_of(info.context.caller.tenant, "apps", told, order_by.value)
        return cast(
            "AppConnection | None",
            await read_connection(
                info,
                partial(_page, wanted, order_by),
                id_key="app_id",
                first=first,
                after=after,
                scope=bound,
            ),
        )

    @strawberry.field
    @needs(READ)
    async def app_tool_schema(
        self,
        info: Info,
        app_id: Annotated[
            strawberry.ID, strawberry.argument(description="Retell's id of the app.")
        ],
        app_tool_template_name: Annotated[
            str, strawberry.argument(description="The tool's name in Retell's catalogue.")
        ],
        parameters: Annotated[
            list[JSON] | None,
            strawberry.argument(
                description="What is filled in so far: JSON Schemas of objects, with `const` or "
                "`description` for each property."
            ),
        ] = UNSET,
    ) -> AppToolSchema | None:
        """What a tool of an app takes, asked for in rounds: each time with what is filled in so
        far, until it is `complete`. Null where there is no such app. One upstream request, none if
        remembered."""
        body: Json = {"app_tool_template_name": app_tool_template_name}
        if parameters is not UNSET and parameters is not None:
            if not all(isinstance(each, dict) for each in parameters):
                raise BadUserInput("Each of `parameters` must be a JSON object.", "parameters")
            body["parameters"] = parameters
        wanted = TOOL_SCHEMA.read(body=body, app_id=app_id)
        return cast("AppToolSchema | None", await info.context.loaders.load(wanted, info))


# --- Changes -----------------------------------------------------------------------------------


@input_type()
class AppOauth2Input:
    """A client of OAuth 2."""

    client_id: str
    """The client's id."""
    client_secret: str
    """The client's secret. Retell keeps it, and never shows it again."""


@input_type()
class AppBasicAuthInput:
    """A user's name and password."""

    username: str
    """The name."""
    password: str
    """The password. Retell keeps it, and never shows it again."""


@input_type(one_of=True)
class AppAuthConfigInput:
    """How Retell signs in to the other system, and with what. Give it as a variable, so that no
    document holds it. Systems that people have to agree to on a page of theirs can only be
    connected in Retell's dashboard."""

    oauth2: AppOauth2Input | None = UNSET
    """By OAuth 2."""
    api_key: str | None = UNSET
    """With this API key. Retell keeps it, and never shows it again."""
    basic: AppBasicAuthInput | None = UNSET
    """With a user's name and password."""

    def wire(self) -> Json:
        """Retell's form."""
        kind, value = next((k, v) for k, v in vars(self).items() if v is not UNSET)
        return {"type": kind} | ({"api_key": value} if kind == "api_key" else given(value))


@input_type()
class AppSyncMappingInput:
    """A field of contacts, and the field of the CRM that it is synced with."""

    field_name: str
    """The contact's field, one of Retell's or a custom one."""
    external_field_name: str
    """The CRM's field."""


@input_type()
class AppCrmConfigInput:
    """How an app of type `CRM` syncs contacts."""

    inbound_sync_mappings: list[AppSyncMappingInput] | None = UNSET
    """What is read from the CRM: `phone_number` must be among it."""
    outbound_sync_mappings: list[AppSyncMappingInput] | None = UNSET
    """What is written to the CRM."""
    sync_conversation_activity: bool | None = UNSET
    """Whether calls and chats are noted in the CRM."""
    sync_new_contacts: bool | None = UNSET
    """Whether a contact that the CRM does not know is added to it after a conversation."""

    def wire(self) -> Json:
        """Retell's form."""
        body = never_null(given(self))
        inbound = body.get("inbound_sync_mappings")
        if inbound is not None and all(each["field_name"] != "phone_number" for each in inbound):
            raise BadUserInput("`inboundSyncMappings` must have `phone_number`.", "crmConfig")
        return body


@input_type()
class CreateAppInput(Input):
    """A system to connect."""

    type: AppType
    """What kind of system it is."""
    provider: str
    """Whose system it is: a name in Retell's catalogue."""
    name: str | None = UNSET
    """What people call it."""
    auth_config: AppAuthConfigInput | None = UNSET
    """How Retell signs in to it."""
    crm_config: AppCrmConfigInput | None = UNSET
    """How it syncs contacts; of apps of type `CRM`."""
    tenant_id: str | None = UNSET
    """The account there, of systems that have several under one address."""
    tenant_url: URL | None = UNSET
    """Its address, of systems that have one for each organisation."""


@input_type()
class UpdateAppInput(Input):
    """What to change of an app. What is left out stays as it is."""

    app_id: strawberry.ID
    """Retell's id of the app."""
    name: str | None = UNSET
    """What people call it."""
    auth_config: AppAuthConfigInput | None = UNSET
    """How Retell signs in to it."""
    crm_config: AppCrmConfigInput | None = UNSET
    """How it syncs contacts; of apps of type `CRM`."""
    tenant_id: str | None = UNSET
    """The account there, of systems that have several under one address."""
    tenant_url: URL | None = UNSET
    """Its address, of systems that have one for each organisation."""


@input_type()
class DeleteAppInput(Input):
    """Which app to delete."""

    app_id: strawberry.ID
    """Retell's id of the app."""
    force_delete: bool | None = UNSET
    """Whether it is deleted even where agents or knowledge bases use it, which then lack it."""


@input_type()
class TestAppAuthInput(Input):
    """Which app to try."""

    app_id: strawberry.ID
    """Retell's id of the app."""


@object_type()
class CreateAppPayload(Payload):
    """The outcome of `createApp`."""

    app: App | None
    """The new app; null where none was made."""


@object_type()
class UpdateAppPayload(Payload):
    """The outcome of `updateApp`."""

    app: App | None
    """The app as it is now; null where nothing was changed."""


@object_type()
class DeleteAppPayload(Payload):
    """The outcome of `deleteApp`."""

    deleted_app_id: strawberry.ID | None
    """Retell's id of the app that is gone; null where nothing was deleted."""


@object_type()
class TestAppAuthPayload(Payload):
    """The outcome of `testAppAuth`."""

    success: bool | None
    """Whether the other system took the credentials; null where it was not asked."""


def _touched(app_id: str, _answer: Json | None) -> Iterable[tuple[str, str]]:
    """What a change of an app makes out of date; a CRM's fields are read through it."""
    yield "app", app_id
    yield "apps", "all"
    yield "app_usages", app_id
    yield "app_tool_schema", app_id
    yield "crm_schema", "all"
    yield "crm_config", "all"


def _tried(answer: Json | None) -> Json:
    return {"success": (answer or {}).get("success")}


def _new(app: Json) -> Read:
    """What reads an app that was just made."""
    return APP.read(app_id=str(app.get("app_id")))


@object_type()
class AppMutations:
    """Root fields that change apps."""

    @strawberry.mutation
    @needs(WRITE)
    async def create_app(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            CreateAppInput, strawberry.argument(description="The system to connect.")
        ],
    ) -> CreateAppPayload | None:
        """Connect a system of somebody else's."""

        def prepare() -> Change:
            request = CREATE.request(body=never_null(given(input)))
            return Change(request, lambda _: [("apps", "all")], answers=_new)

        return cast(
            "CreateAppPayload", await change(info, input, prepare, lambda made: {"app": made})
        )

    @strawberry.mutation
    @needs(WRITE)
    async def update_app(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            UpdateAppInput, strawberry.argument(description="What to change.")
        ],
    ) -> UpdateAppPayload | None:
        """Change an app. With other credentials or another address it counts as not connected
        until they are tried."""

        def prepare() -> Change:
            body = never_null(some_given(input, "app_id"))
            request = UPDATE.request(body=body, app_id=input.app_id)
            touches = partial(_touched, input.app_id)
            return Change(request, touches, answers=APP.read(app_id=input.app_id))

        return cast(
            "UpdateAppPayload",
            await change(info, input, prepare, lambda now: {"app": now}, "appId"),
        )

    @strawberry.mutation
    @needs(WRITE)
    async def delete_app(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            DeleteAppInput, strawberry.argument(description="Which app.")
        ],
    ) -> DeleteAppPayload | None:
        """Delete an app and its credentials. It cannot be undone."""

        def prepare() -> Change:
            query: dict[str, Any] = never_null(given(input, "app_id"))
            request = DELETE.request(query=query, app_id=input.app_id)
            return Change(request, partial(_touched, input.app_id))

        gone = {"deleted_app_id": input.app_id}
        return cast("DeleteAppPayload", await change(info, input, prepare, lambda _: gone, "appId"))

    @strawberry.mutation
    @needs(WRITE)
    async def test_app_auth(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            TestAppAuthInput, strawberry.argument(description="Which app.")
        ],
    ) -> TestAppAuthPayload | None:
        """Have Retell sign in to the other system, and note in `connectionStatus` how that went."""

        def prepare() -> Change:
            request = TEST_AUTH.request(app_id=input.app_id)
            return Change(request, partial(_touched, input.app_id))

        return cast(
            "TestAppAuthPayload",
            await change(info, input, prepare, _tried, "appId"),
        )


RESOURCE = Resource(
    name="App",
    queries=AppQueries,
    mutations=AppMutations,
    node=load_app,
    sources=(APP, APPS),
    id_key="app_id",
    scope=READ,
    shows={
        APP: "App",
        APPS: "App",
        USAGES: "AppUsage",
        TOOL_SCHEMA: "AppToolSchema",
        CREATE: "App",
        UPDATE: "App",
        DELETE: "",
        TEST_AUTH: "TestAppAuthPayload",
    },
)
