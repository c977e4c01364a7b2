"""How agents of voice and of chat are read, at a version or as they are now, and what changes of
them touch: Retell has the same endpoints for the versions of both."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import TYPE_CHECKING, cast

from gateway.cache.entry import Freshness
from gateway.loaders import Json, Loaded, Read, Source
from gateway.schema import versions
from gateway.schema.connection import Connection, Edge, read_connection
from gateway.schema.cursors import scope_of
from gateway.schema.permissions import scope
from gateway.schema.scalars import DateTime
from gateway.schema.types import object_type
from gateway.schema.versions import (
    edited_page_policy,
    edited_policy,
    key_under,
    published_policy,
    read_at,
    split_key,
)
from gateway.upstream.endpoint import ID, Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.schema.agent_parts import AgentOrder
    from gateway.schema.info import Info
    from gateway.schema.readings import Place

READ = scope("agents:read", "See agents, their versions and settings.")
WRITE = scope("agents:write", "Make, change, publish and delete agents and their versions.")

# --- How long an answer is fresh ---------------------------------------------------------------

FROZEN = Freshness(max_age=600, stale_while_revalidate=600, stale_if_error=4 * 3600)
"""A version that was asked for by its number and is published: nothing of it changes but the tags
that it bears, which are moved in the dashboard."""

version_policy = published_policy(FROZEN)

# --- Where it is read --------------------------------------------------------------------------

AGENT = Source(
    "agent", Endpoint("GET", "/get-agent/{agent_id}", ids={"agent_id": ID}), edited_policy
)
CHAT_AGENT = Source(
    "chat_agent", Endpoint("GET", "/get-chat-agent/{agent_id}", ids={"agent_id": ID}), edited_policy
)
VERSIONS = Source(
    "agent_versions",
    Endpoint("GET", "/list-agent-versions/{agent_id}", ids={"agent_id": ID}, lists=True),
    edited_page_policy,
)

LISTED = frozenset(
    {
        "agent_id",
        "agent_name",
        "channel",
        "is_suspended",
        "is_transfer_agent",
        "tags",
        "user_modified_timestamp",
    }
)
"""The fields that lists of agents have; every other one is left out there."""


def at_version(source: Source, agent_id: str, version: int | None) -> Read:
    """The read of an agent at a version; as it is now where that is None."""
    return read_at(source, "agent_id", agent_id, version, version_policy)


LONGEST_KEY = 160
"""Characters of a key whose read is remembered."""


def _by_key(source: Source, key: str) -> Read:
    agent_id, version = split_key(key, "an agent")
    return at_version(source, agent_id, version)


_remembered = lru_cache(maxsize=1024)(_by_key)  # pages of calls name few agents, many times


def read_by_key(source: Source, key: str) -> Read:
    """The read of an agent by the key of its global id: `agent_id`, or `agent_id:version`."""
    return (_remembered if len(key) <= LONGEST_KEY else _by_key)(source, key)


def load_agent_by_key(source: Source, place: Place, key: str) -> Loaded:
    """The agent by that key."""
    return place.context.loaders.find(read_by_key(source, key), place)


def load_full(source: Source, place: Place, agent: Json) -> Loaded:
    """The whole of an agent that came from a list."""
    read = at_version(source, agent.get("agent_id", ""), None)
    return place.context.loaders.find(read, place)


def is_full(agent: Json) -> bool:
    """Whether it did not come from a list."""
    return "response_engine" in agent


key_of = key_under("agent_id")
checked_version = partial(versions.checked_version, what="an agent")


def page_of_agents(
    source: Source,
    criteria: Json,
    order: AgentOrder,
    limit: int,
    key: str | None,
    _wants_total: bool,
) -> Read:
    """The read of a page of a list of agents."""
    query = {"limit": limit, "pagination_key": key, "sort_order": order.value}
    body = {"filter_criteria": criteria} if criteria else {}
    return source.read(query=query, body=body, tags=("all",))


def is_voice(agent: Json) -> bool:
    """Whether what Retell answered with is a voice agent: those alone have a voice."""
    return agent.get("voice_id") is not None


def answered_version(answer: Json) -> Read:
    """The read that a new or repaired version of an agent of either kind answers."""
    version = answer.get("version")
    source = AGENT if is_voice(answer) else CHAT_AGENT
    return at_version(source, new_id(answer), version if isinstance(version, int) else None)


# --- What changes touch ------------------------------------------------------------------------


def touches_voice(agent_id: str, _answer: Json | None = None) -> Iterable[tuple[str, str]]:
    """What a change of a voice agent makes out of date."""
    return (
        ("agent", agent_id),
        ("agents", "all"),
        ("agent_versions", agent_id),
        ("mcp_tools", agent_id),
    )


def touches_chat(agent_id: str, _answer: Json | None = None) -> Iterable[tuple[str, str]]:
    """What a change of a chat agent makes out of date: `agents` lists those as well."""
    return (
        ("chat_agent", agent_id),
        ("chat_agents", "all"),
        ("agents", "all"),
        ("agent_versions", agent_id),
        ("mcp_tools", agent_id),
    )


_BINDINGS = (("phone_number", "all"), ("phone_numbers", "all"))
"""Numbers say which agents they are bound to."""
_ENGINES = tuple(
    (name, "all") for name in ("llm", "llms", "conversation_flow", "conversation_flows")
)
"""A version of an agent is made, published and repaired with its engine's, which is not named."""


def touches_gone_voice(agent_id: str, _answer: Json | None = None) -> Iterable[tuple[str, str]]:
    """What the end of a voice agent makes out of date."""
    return *touches_voice(agent_id), *_BINDINGS


def touches_gone_chat(agent_id: str, _answer: Json | None = None) -> Iterable[tuple[str, str]]:
    """What the end of a chat agent makes out of date."""
    return *touches_chat(agent_id), *_BINDINGS


def touches_version(agent_id: str, _answer: Json | None = None) -> Iterable[tuple[str, str]]:
    """What a change of a version makes out of date, of an agent of which only the id is known."""
    return {*touches_voice(agent_id), *touches_chat(agent_id), *_ENGINES}


def new_id(answer: Json | None) -> str:
    """The id of an agent that was just made; empty, which no agent's is, where Retell gave none."""
    made = None if answer is None else answer.get("agent_id")
    return made if isinstance(made, str) else ""


# --- Versions ----------------------------------------------------------------------------------


@object_type()
class AgentVersion:
    """A version of an agent, in short. The whole of it: `agent` or `chatAgent` at this version."""

    version: int | None
    """Its number."""
    version_title: str | None
    """Its title."""
    version_description: str | None
    """What it is, in words."""
    base_version: int | None
    """The version that it was made from; null for the first one."""
    is_published: bool | None
    """Whether it is published: then it changes no more."""
    last_modification_timestamp: DateTime | None
    """When it was last changed, or made."""


@object_type()
class AgentVersionEdge(Edge):
    """A version in its place in a list."""

    node: AgentVersion | None
    """The version."""


@object_type()
class AgentVersionConnection(Connection):
    """A page of the versions of an agent. Retell does not count them."""

    edges: list[AgentVersionEdge]
    """The versions with their cursors."""
    nodes: list[AgentVersion | None]
    """The versions alone."""


def _page(
    agent_id: str, order: AgentOrder, limit: int, key: str | None, _wants_total: bool
) -> Read:
    query = {"limit": limit, "pagination_key": key, "sort_order": order.value}
    return VERSIONS.read(query=query, agent_id=agent_id)


async def read_versions(
    info: Info, agent_id: str, first: int, after: str | None, order: AgentOrder
) -> AgentVersionConnection | None:
    """A page of the versions of an agent, of either kind."""
    bound = scope_of(info.context.caller.tenant, "agent_versions", {"of": agent_id}, order.value)
    found = await read_connection(
        info,
        partial(_page, agent_id, order),
        id_key="version",
        first=first,
        after=after,
        scope=bound,
    )
    return cast("AgentVersionConnection | None", found)
