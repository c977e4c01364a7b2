"""Phone numbers: the organisation's own, who answers them, and how they are had and given back.

Longer than other modules, since all of one resource stands in one file.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import partial
from typing import TYPE_CHECKING, Annotated, cast

import strawberry
from strawberry import UNSET

from gateway.cache.entry import Freshness
from gateway.errors import BadUserInput
from gateway.loaders import Change, Json, Loaded, Read, Source, at_hand, page_items
from gateway.schema.bare_urls import bare_url
from gateway.schema.connection import DEFAULT_FIRST, After, Connection, Edge, First, read_connection
from gateway.schema.cursors import LARGEST_PAGE, scope_of
from gateway.schema.fields import computed, link
from gateway.schema.info import Info
from gateway.schema.mutation import Input, Payload, change, given, some_given
from gateway.schema.node import Node, global_id
from gateway.schema.permissions import NUMBERS, most_digits_hidden, needs, personal, scope
from gateway.schema.readings import Place
from gateway.schema.resource import Resource
from gateway.schema.scalars import URL, DateTime
from gateway.schema.scalars import PhoneNumber as Number
from gateway.schema.types import closed_enum, input_type, object_type, open_enum
from gateway.upstream.endpoint import PHONE_NUMBER as E164
from gateway.upstream.endpoint import Endpoint, IdPattern

if TYPE_CHECKING:
    from collections.abc import Iterable

READ = scope("phone-numbers:read", "See the organisation's phone numbers and who answers them.")
WRITE = scope("phone-numbers:write", "Buy, import, change and give back phone numbers.")

# --- Where it is read, and how long it is fresh ------------------------------------------------

NUMBERS_LIVE = Freshness(max_age=60, stale_while_revalidate=300, stale_if_error=3600)


def number_policy(_number: Json, _now: float) -> Freshness:
    """The same for all: somebody may change one at any time."""
    return NUMBERS_LIVE


def page_policy(page: Json, _now: float) -> Freshness:
    """Of a page; what is not one is not kept."""
    page_items(page)
    return NUMBERS_LIVE


NAME = IdPattern(
    re.compile(r"\+?[A-Za-z0-9_-]{1,64}"),
    "a telephone number such as `+14155550100`, or what an imported one is called",
)
"""Numbers of one's own telephony need not be telephone numbers."""

PHONE_NUMBER = Source(
    "phone_number",
    Endpoint("GET", "/get-phone-number/{phone_number}", ids={"phone_number": NAME}),
    number_policy,
)
PHONE_NUMBERS = Source(
    "phone_numbers", Endpoint("GET", "/v2/list-phone-numbers", lists=True), page_policy
)
CREATE = Endpoint("POST", "/create-phone-number")
IMPORT = Endpoint("POST", "/import-phone-number")
UPDATE = Endpoint("PATCH", "/update-phone-number/{phone_number}", ids={"phone_number": NAME})
DELETE = Endpoint("DELETE", "/delete-phone-number/{phone_number}", ids={"phone_number": NAME})


def _whole(number: str) -> Read:
    # By the last tag, the end of an agent forgets all of them: they name agents.
    return PHONE_NUMBER.read(phone_number=number, tags=(number, "all"))


def load_phone_number(place: Place, number: str) -> Loaded:
    """The number: the key of its global id is the number itself."""
    return place.context.loaders.find(_whole(number), place)


MOST_PAGES = 10
"""Of 1,000 numbers each that are read, at most, to find those of an agent."""

BINDINGS = ("inbound_agents", "outbound_agents", "inbound_sms_agents", "outbound_sms_agents")


async def load_numbers_of_agent(place: Place, agent_id: str) -> Json:
    """All numbers that an agent is bound to, for whatever: found among the newest 10,000.

    The pages are read once in an operation, however many agents are asked for.
    """
    found: list[Json] = []
    key: str | None = None
    for _ in range(MOST_PAGES):
        read = _page(PhoneNumberOrder.DESCENDING, LARGEST_PAGE, key, _wants_total=False)
        page = await at_hand(place.context.loaders.find(read, place)) or {"items": []}
        found += (number for number in page_items(page) if _is_bound(number, agent_id))
        last, key = key, page.get("pagination_key") if page.get("has_more") else None
        if not isinstance(key, str) or key == last:
            break
    return {"items": found}


def _is_bound(number: Json, agent_id: str) -> bool:
    lists = (number.get(binding) for binding in BINDINGS)
    return any(
        isinstance(agent, dict) and agent.get("agent_id") == agent_id
        for agents in lists
        for agent in (agents if isinstance(agents, list) else ())
    )


# --- Enums -------------------------------------------------------------------------------------


@open_enum
class PhoneNumberType(Enum):
    """Where a number comes from."""

    RETELL_TWILIO = "retell-twilio"
    """Bought from Retell, who has it from Twilio."""
    RETELL_TELNYX = "retell-telnyx"
    """Bought from Retell, who has it from Telnyx."""
    CUSTOM = "custom"
    """Imported from telephony of your own."""
    UNKNOWN = "UNKNOWN"


@open_enum
class SipTransport(Enum):
    """How SIP messages travel."""

    TLS = "TLS"
    """Encrypted."""
    TCP = "TCP"
    """Over TCP."""
    UDP = "UDP"
    """Over UDP."""
    UNKNOWN = "UNKNOWN"


@closed_enum
class PhoneNumberProvider(Enum):
    """Whom Retell can buy a number from."""

    TWILIO = "twilio"
    """Twilio."""
    TELNYX = "telnyx"
    """Telnyx."""


@closed_enum
class PhoneNumberCountry(Enum):
    """Where a number can be bought."""

    US = "US"
    """The United States."""
    CA = "CA"
    """Canada."""


@closed_enum
class PhoneNumberOrder(Enum):
    """Order of a list of numbers, by Retell's own measure: it offers no choice of one."""

    DESCENDING = "descending"
    """From the last to the first."""
    ASCENDING = "ascending"
    """From the first to the last."""


# --- Phone numbers -----------------------------------------------------------------------------


def _version(agent: Json) -> str | None:
    """A number or a name: as a text, whichever it is."""
    version = agent.get("agent_version")
    return str(version) if isinstance(version, int | str) else None


def _agent_key(agent: Json) -> str | None:
    """The version that a number names; the newest one where it is named by a tag, since a tag
    leads now here and now there."""
    agent_id, version = agent.get("agent_id"), _version(agent)
    if not isinstance(agent_id, str):
        return None
    return f"{agent_id}:{version}" if version and _WHOLE.fullmatch(version) else agent_id


_WHOLE = re.compile(r"[0-9]{1,9}")


@object_type()
class PhoneNumberAgent:
    """A voice agent that takes or makes calls of a number."""

    agent_id: strawberry.ID | None
    """Retell's id of the agent."""
    agent_version: str | None = computed(_version)
    """Which version: a number, a tag, `latest` or `latest_published`."""
    weight: float | None
    """How often it is chosen, from 0 to 1: the weights of a list are 1 together."""
    agent = link("Agent", _agent_key)
    """The agent: in its version where `agentVersion` is a number, in its newest one otherwise. One
    upstream request for each distinct one."""


@object_type()
class PhoneNumberSmsAgent:
    """A chat agent that answers or writes text messages of a number."""

    agent_id: strawberry.ID | None
    """Retell's id of the agent."""
    agent_version: str | None = computed(_version)
    """Which version: a number, a tag, `latest` or `latest_published`."""
    agent = link("ChatAgent", _agent_key)
    """The agent: in its version where `agentVersion` is a number, in its newest one otherwise. One
    upstream request for each distinct one."""
    weight: float | None
    """How often it is chosen, from 0 to 1: the weights of a list are 1 together."""


@object_type()
class PhoneNumberSipTrunk:
    """The SIP trunk that calls of a number go out by. Its password is never shown."""

    termination_uri: str | None = computed(lambda trunk: bare_url(trunk.get("termination_uri")))
    """Where the trunk is, without user and password."""
    auth_username: str | None
    """The name that Retell signs in with."""
    transport: SipTransport | None
    """How SIP messages travel. Null stands for `TCP`."""
    codecs: list[str | None] | None
    """Codecs, the preferred one first; of imported numbers only. Null or none: those of Retell."""


@object_type()
class PhoneNumber(Node):
    """A phone number of the organisation's, bought from Retell or imported."""

    id: strawberry.ID = computed(lambda number: global_id("PhoneNumber", number.get(_KEY)))
    """Global id, for `node` and for client caches."""
    phone_number: Number
    """The number in E.164 form, such as `+14155550100`; imported ones may have another."""
    phone_number_pretty: str | None
    """The number as it is written, such as `+1 (415) 555-0100`."""
    phone_number_type: PhoneNumberType | None
    """Where it comes from."""
    nickname: str | None
    """What the organisation calls it."""
    area_code: int | None
    """Its area code; of numbers of the United States only."""
    inbound_agents: list[PhoneNumberAgent | None] | None
    """Who takes its calls: for each call one of them by chance, the heavier the more often. Null or
    empty: nobody, unless `inboundWebhookUrl` says who."""
    outbound_agents: list[PhoneNumberAgent | None] | None
    """Who makes calls from it, chosen in the same way."""
    inbound_sms_agents: list[PhoneNumberSmsAgent | None] | None
    """Who answers its text messages, chosen in the same way."""
    outbound_sms_agents: list[PhoneNumberSmsAgent | None] | None
    """Who writes text messages from it, chosen in the same way."""
    inbound_webhook_url: URL | None = computed(lambda n: bare_url(n.get("inbound_webhook_url")))
    """Who is asked about each call that comes in, and may choose another agent or refuse it.
    Without user, password and query, where people keep tokens."""
    inbound_sms_webhook_url: URL | None = computed(
        lambda number: bare_url(number.get("inbound_sms_webhook_url"))
    )
    """The same of text messages that come in."""
    allowed_inbound_country_list: list[str | None] | None
    """ISO 3166-1 codes of the countries that may call it. Null or empty: all."""
    allowed_outbound_country_list: list[str | None] | None
    """ISO 3166-1 codes of the countries that can be called from it. Null or empty: all."""
    fallback_number: Number | None = personal(NUMBERS, mask=most_digits_hidden)
    """Where calls go that nobody can take, since too many are running; null for nowhere."""
    sip_outbound_trunk_config: PhoneNumberSipTrunk | None
    """The SIP trunk that its calls go out by; of imported numbers."""
    last_modification_timestamp: DateTime | None
    """When it was last changed, or had."""


_KEY = "phone_number"


@object_type()
class PhoneNumberEdge(Edge):
    """A phone number in its place in a list."""

    node: PhoneNumber | None
    """The number."""


@object_type()
class PhoneNumberConnection(Connection):
    """A page of a list of phone numbers. Retell does not count them."""

    edges: list[PhoneNumberEdge]
    """The numbers with their cursors."""
    nodes: list[PhoneNumber | None]
    """The numbers alone."""


def _page(order: PhoneNumberOrder, limit: int, key: str | None, _wants_total: bool) -> Read:
    query = {"limit": limit, "pagination_key": key, "sort_order": order.value}
    return PHONE_NUMBERS.read(query=query, tags=("all",))


# --- Root fields -------------------------------------------------------------------------------


@object_type()
class PhoneNumberQueries:
    """Root fields for phone numbers."""

    @strawberry.field
    @needs(READ)
    def phone_number(
        self,
        info: Info,
        phone_number: Annotated[
            Number, strawberry.argument(description="The number, such as `+14155550100`.")
        ],
    ) -> PhoneNumber | None:
        """A phone number of the organisation's; null where it is none. One upstream request, none
        if remembered."""
        return cast("PhoneNumber | None", load_phone_number(info, phone_number))

    @strawberry.field
    @needs(READ)
    async def phone_numbers(
        self,
        info: Info,
        first: First = DEFAULT_FIRST,
        after: After = UNSET,
        order_by: Annotated[
            PhoneNumberOrder, strawberry.argument(description="In which order.")
        ] = PhoneNumberOrder.DESCENDING,
    ) -> PhoneNumberConnection | None:
        """Phone numbers of the organisation. One upstream request for a page."""
        bound = scope_of(info.context.caller.tenant, "phone_numbers", order_by.value)
        paged = partial(_page, order_by)
        return cast(
            "PhoneNumberConnection | None",
            await read_connection(info, paged, id_key=_KEY, first=first, after=after, scope=bound),
        )


# --- What changes are given --------------------------------------------------------------------


@input_type()
class PhoneNumberAgentInput:
    """An agent that a number is bound to."""

    agent_id: strawberry.ID
    """Retell's id of the agent: a voice agent for calls, a chat agent for text messages."""
    agent_version: str | None = UNSET
    """Which version: a number, a tag, `latest` or `latest_published`; Retell chooses where left
    out."""
    weight: float
    """How often it is chosen: above 0, and the weights of a list are 1 together."""

    def wire(self) -> Json:
        """Retell's form, in which a version that is a number is one."""
        body = given(self)
        version = body.get("agent_version")
        if version is not None and _WHOLE.fullmatch(version):
            return body | {"agent_version": int(version)}
        return body


_OFF_BY = 0.02
"""How far weights may be from 1 together: thirds are written as 0.33."""

_AREA_CODES = range(200, 1000)

_NEVER_NULL = {
    "area_code",
    "auth_password",
    "auth_username",
    "codecs",
    "country_code",
    "ignore_e164_validation",
    "number_provider",
    "phone_number",
    "sip_trunk_auth_password",
    "sip_trunk_auth_username",
    "termination_uri",
    "toll_free",
}
"""What can be left out, but not be null."""


def _checked(body: Json, number: str | None, *never_null: str) -> Json:
    """The body; `BadUserInput` where Retell would not take it. `number` is the one it is of."""
    for name, value in body.items():
        if value is None and name in {*_NEVER_NULL, *never_null}:
            raise BadUserInput(f"`{_shown(name)}` cannot be null; leave it out.", _shown(name))
        if name in BINDINGS and value:
            _check_agents(name, value)
    if body.get("termination_uri") == "":
        raise BadUserInput("`terminationUri` must not be empty.", "terminationUri")
    if "area_code" in body and body["area_code"] not in _AREA_CODES:
        raise BadUserInput("`areaCode` is a number of three digits, such as 415.", "areaCode")
    fallback = body.get("fallback_number")
    if fallback is not None:
        E164.check("fallbackNumber", fallback)
    if fallback is not None and fallback == number:
        raise BadUserInput("A number cannot be its own `fallbackNumber`.", "fallbackNumber")
    return body


def _check_agents(name: str, agents: list[Json]) -> None:
    field = _shown(name)
    if any(agent.get("agent_version", "") is None for agent in agents):
        raise BadUserInput("`agentVersion` cannot be null; leave it out.", field)
    weights = [agent["weight"] for agent in agents]
    if not all(weight > 0 for weight in weights) or not abs(sum(weights) - 1) <= _OFF_BY:
        raise BadUserInput(f"The weights of `{field}` must be above 0, and 1 together.", field)


def _shown(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


@input_type()
class CreatePhoneNumberInput(Input):
    """Which number to buy, and whom to bind it to."""

    phone_number: Number | None = UNSET
    """This very number, in E.164 form; any that fits where left out."""
    area_code: int | None = UNSET
    """Three digits; of the United States only."""
    country_code: PhoneNumberCountry | None = UNSET
    """Where it is to be; in the United States where left out."""
    number_provider: PhoneNumberProvider | None = UNSET
    """Whom Retell buys it from; from Twilio where left out."""
    toll_free: bool | None = UNSET
    """Whether it is to be toll-free, which costs more."""
    nickname: str | None = UNSET
    """What to call it."""
    inbound_agents: list[PhoneNumberAgentInput] | None = UNSET
    """Who takes its calls."""
    outbound_agents: list[PhoneNumberAgentInput] | None = UNSET
    """Who makes calls from it."""
    inbound_webhook_url: URL | None = UNSET
    """Who is to be asked about each call that comes in."""
    allowed_inbound_country_list: list[str] | None = UNSET
    """ISO 3166-1 codes of the countries that may call it; all where left out or empty."""
    allowed_outbound_country_list: list[str] | None = UNSET
    """ISO 3166-1 codes of the countries that can be called; all where left out or empty."""
    fallback_number: Number | None = UNSET
    """Where calls go that nobody can take: not a number that has a fallback itself."""
    transport: SipTransport | None = UNSET
    """How SIP messages travel; over TCP where left out."""

    def wire(self) -> Json:
        """Retell's body; `BadUserInput` where it would not be one."""
        body = _checked(given(self), self.phone_number or None, "nickname")
        if "phone_number" in body:
            E164.check("phoneNumber", body["phone_number"])
        return body


@input_type()
class ImportPhoneNumberInput(Input):
    """A number of your own telephony, and whom to bind it to."""

    phone_number: Number
    """The number in E.164 form; what your telephony calls it where `ignoreE164Validation` is."""
    termination_uri: str
    """Where your SIP trunk is, such as `example.pstn.twilio.com`."""
    sip_trunk_auth_username: str | None = UNSET
    """The name to sign in to the trunk with."""
    sip_trunk_auth_password: str | None = UNSET
    """The password to sign in to the trunk with. Nobody can read it again."""
    transport: SipTransport | None = UNSET
    """How SIP messages travel; over TCP where left out."""
    codecs: list[str] | None = UNSET
    """Codecs, the preferred one first; those of Retell where left out or empty."""
    ignore_e164_validation: bool | None = UNSET
    """Whether `phoneNumber` may be in another form; true where left out."""
    nickname: str | None = UNSET
    """What to call it."""
    inbound_agents: list[PhoneNumberAgentInput] | None = UNSET
    """Who takes its calls."""
    outbound_agents: list[PhoneNumberAgentInput] | None = UNSET
    """Who makes calls from it."""
    inbound_webhook_url: URL | None = UNSET
    """Who is to be asked about each call that comes in."""
    allowed_inbound_country_list: list[str] | None = UNSET
    """ISO 3166-1 codes of the countries that may call it; all where left out or empty."""
    allowed_outbound_country_list: list[str] | None = UNSET
    """ISO 3166-1 codes of the countries that can be called; all where left out or empty."""

    def wire(self) -> Json:
        """Retell's body; `BadUserInput` where it would not be one."""
        body = _checked(given(self), self.phone_number, "nickname")
        pattern = E164 if self.ignore_e164_validation is False else NAME
        pattern.check("phoneNumber", self.phone_number)
        return body


@input_type()
class UpdatePhoneNumberInput(Input):
    """What to change of a number. What is left out stays as it is."""

    phone_number: Number
    """The number."""
    nickname: str | None = UNSET
    """What to call it."""
    inbound_agents: list[PhoneNumberAgentInput] | None = UNSET
    """Who takes its calls, in place of those who did; nobody where null or empty."""
    outbound_agents: list[PhoneNumberAgentInput] | None = UNSET
    """Who makes calls from it, in place of those who did."""
    inbound_sms_agents: list[PhoneNumberAgentInput] | None = UNSET
    """Who answers its text messages, in place of those who did."""
    outbound_sms_agents: list[PhoneNumberAgentInput] | None = UNSET
    """Who writes text messages from it, in place of those who did."""
    inbound_webhook_url: URL | None = UNSET
    """Who is to be asked about each call that comes in; nobody where null."""
    inbound_sms_webhook_url: URL | None = UNSET
    """Who is to be asked about each text message that comes in; nobody where null."""
    allowed_inbound_country_list: list[str] | None = UNSET
    """ISO 3166-1 codes of the countries that may call it; all where null or empty."""
    allowed_outbound_country_list: list[str] | None = UNSET
    """ISO 3166-1 codes of the countries that can be called; all where null or empty."""
    fallback_number: Number | None = UNSET
    """Where calls go that nobody can take; nowhere where null."""
    termination_uri: str | None = UNSET
    """Where your SIP trunk is."""
    auth_username: str | None = UNSET
    """The name to sign in to the trunk with."""
    auth_password: str | None = UNSET
    """The password to sign in to the trunk with. Nobody can read it again."""
    transport: SipTransport | None = UNSET
    """How SIP messages travel."""
    codecs: list[str] | None = UNSET
    """Codecs of an imported number, the preferred one first; those of Retell where empty."""

    def wire(self) -> Json:
        """Retell's body; `BadUserInput` where it would not be one."""
        return _checked(some_given(self, "phone_number"), self.phone_number)


@input_type()
class DeletePhoneNumberInput(Input):
    """Which number to give back."""

    phone_number: Number
    """The number."""


# --- Changes -----------------------------------------------------------------------------------


@object_type()
class CreatePhoneNumberPayload(Payload):
    """The outcome of `createPhoneNumber`."""

    phone_number: PhoneNumber | None
    """The new number; null where none was bought."""


@object_type()
class ImportPhoneNumberPayload(Payload):
    """The outcome of `importPhoneNumber`."""

    phone_number: PhoneNumber | None
    """The number; null where it was not imported."""


@object_type()
class UpdatePhoneNumberPayload(Payload):
    """The outcome of `updatePhoneNumber`."""

    phone_number: PhoneNumber | None
    """The number as it is now; null where nothing was changed."""


@object_type()
class DeletePhoneNumberPayload(Payload):
    """The outcome of `deletePhoneNumber`."""

    deleted_phone_number: Number | None
    """The number that is gone; null where none is."""


def _touched(asked: str | None, answer: Json | None) -> Iterable[tuple[str, str]]:
    """What a change of this number makes out of date: every list, and the number, which may be
    written otherwise in the answer."""
    yield "phone_numbers", "all"
    for number in (asked, (answer or {}).get(_KEY)):
        if isinstance(number, str):
            yield "phone_number", number


def _read_of_new(number: Json) -> Read:
    return _whole(str(number.get(_KEY)))


def _changed(number: Json | None) -> Json:
    return {"phone_number": number}


@object_type()
class PhoneNumberMutations:
    """Root fields that change phone numbers."""

    @strawberry.mutation
    @needs(WRITE)
    async def create_phone_number(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            CreatePhoneNumberInput, strawberry.argument(description="Which number.")
        ],
    ) -> CreatePhoneNumberPayload | None:
        """Buy a phone number: Retell charges for it each month until it is deleted.

        Where the outcome is not known, look at `phoneNumbers` before trying again.
        """

        def prepare() -> Change:
            request = CREATE.request(body=input.wire())
            touches = partial(_touched, input.phone_number or None)
            return Change(request, touches, answers=_read_of_new)

        return cast(
            "CreatePhoneNumberPayload",
            await change(info, input, prepare, _changed, "phoneNumber"),
        )

    @strawberry.mutation
    @needs(WRITE)
    async def import_phone_number(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            ImportPhoneNumberInput, strawberry.argument(description="Which number.")
        ],
    ) -> ImportPhoneNumberPayload | None:
        """Have Retell use a number of your own telephony, by your SIP trunk. Nothing is bought."""

        def prepare() -> Change:
            request = IMPORT.request(body=input.wire())
            return Change(request, partial(_touched, input.phone_number), answers=_read_of_new)

        return cast(
            "ImportPhoneNumberPayload",
            await change(info, input, prepare, _changed, "phoneNumber"),
        )

    @strawberry.mutation
    @needs(WRITE)
    async def update_phone_number(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            UpdatePhoneNumberInput, strawberry.argument(description="What to change.")
        ],
    ) -> UpdatePhoneNumberPayload | None:
        """Change who answers a number, its webhooks, limits, fallback or SIP trunk. It holds for
        the next call; lists of agents are replaced, not added to."""

        def prepare() -> Change:
            request = UPDATE.request(body=input.wire(), phone_number=input.phone_number)
            touches = partial(_touched, input.phone_number)
            return Change(request, touches, answers=_whole(input.phone_number))

        return cast(
            "UpdatePhoneNumberPayload",
            await change(info, input, prepare, _changed, "phoneNumber"),
        )

    @strawberry.mutation
    @needs(WRITE)
    async def delete_phone_number(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            DeletePhoneNumberInput, strawberry.argument(description="Which number.")
        ],
    ) -> DeletePhoneNumberPayload | None:
        """Give a number back. It cannot be undone: a bought one goes to whoever buys it next, and
        is not charged for any more; an imported one can be imported again."""

        def prepare() -> Change:
            request = DELETE.request(phone_number=input.phone_number)
            return Change(request, partial(_touched, input.phone_number))

        gone = {"deleted_phone_number": input.phone_number}
        return cast(
            "DeletePhoneNumberPayload",
            await change(info, input, prepare, lambda _: gone, "phoneNumber"),
        )


RESOURCE = Resource(
    name="PhoneNumber",
    queries=PhoneNumberQueries,
    mutations=PhoneNumberMutations,
    node=load_phone_number,
    reads={"agent": load_numbers_of_agent},
    sources=(PHONE_NUMBER, PHONE_NUMBERS),
    id_key=_KEY,
    scope=READ,
    shows={
        PHONE_NUMBER: "PhoneNumber",
        PHONE_NUMBERS: "PhoneNumber",
        CREATE: "PhoneNumber",
        IMPORT: "PhoneNumber",
        UPDATE: "PhoneNumber",
        DELETE: "",
    },
)
