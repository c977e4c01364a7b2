"""The routes of agents, of voice and of chat, and of their versions, which both share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.sandbox.data.agent_settings import CHAT_SETTINGS, VOICE_SETTINGS
from gateway.sandbox.data.seeds import seeded, token
from gateway.sandbox.endpoint import Endpoint
from gateway.sandbox.filters import BOOLEAN, STRING, condition, properties
from gateway.sandbox.pages import Paging
from gateway.sandbox.problem import bad_request, not_found
from gateway.sandbox.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.sandbox.endpoint import Ask
    from gateway.sandbox.store import Account

Json = dict[str, Any]

_VERSION_FIELDS = (
    "version",
    "is_published",
    "last_modification_timestamp",
    "base_version",
    "version_title",
    "version_description",
)
_SETTINGS = {"voice": VOICE_SETTINGS, "chat": CHAT_SETTINGS}


def agents(account: Account) -> Shelf:
    """Of each agent its `channel`, its `item` in lists, and its `versions`, the oldest first."""
    return account.shelf("agents", _first_agents)


def _first_agents(account: Account) -> Shelf:
    return Shelf(
        "agent",
        "agent_id",
        [
            {
                "agent_id": agent.agent_id,
                "channel": agent.channel,
                "item": agent.item,
                "versions": [version.body for version in agent.versions],
            }
            for agent in account.agents
        ],
    )


# --- One of a channel --------------------------------------------------------------------------


def _agent(ask: Ask, channel: str) -> Json:
    agent = agents(ask.account).find(ask.path["agent_id"])
    if agent["channel"] != channel:  # Retell has other endpoints for those
        raise not_found("agent", ask.path["agent_id"])
    return agent


def version_of(agent: Json, version: str | None, missing: int = 422) -> Json:
    """By number, tag, `latest` or `latest_published`; the latest where none is asked for."""
    versions = agent["versions"]
    if version in (None, "latest"):
        return dict(versions[-1])
    tagged = agent["item"]["tags"].get(version)
    wanted = str(tagged["version"]) if tagged else version
    for body in reversed(versions):
        if str(body["version"]) == wanted or (
            version == "latest_published" and body["is_published"]
        ):
            return dict(body)
    raise not_found("agent", f"{agent['agent_id']} version {version}", missing)


def get_of(channel: str) -> Callable[[Ask], Json]:
    return lambda ask: version_of(_agent(ask, channel), ask.query.get("version"))


def create_of(channel: str) -> Callable[[Ask], Json]:
    def create(ask: Ask) -> Json:
        allowed = set(_SETTINGS[channel]) | ({"is_transfer_agent"} if channel == "voice" else set())
        given = properties("body", ask.body, allowed)
        for name in ("response_engine", *(("voice_id",) if channel == "voice" else ())):
            if given.get(name) is None:
                raise bad_request(f"{name} is required")
        shelf = agents(ask.account)
        rng = seeded(ask.account.world, "new agent", channel, len([*shelf]), ask.now_ms)
        body = {
            "agent_id": f"agent_{token(rng, 26)}",
            "version": 0,
            "is_published": False,
            "base_version": None,
            "assigned_tags": [],
            "agent_name": "New agent",
        }
        item = {
            "agent_id": body["agent_id"],
            "channel": channel,
            "is_suspended": False,
            "is_transfer_agent": bool(given.get("is_transfer_agent")),
            "tags": {},
        }
        agent = {"agent_id": body["agent_id"], "channel": channel, "item": item, "versions": []}
        return _keep(ask, agent, _changed(body, given))

    return create


def update_of(channel: str) -> Callable[[Ask], Json]:
    def update(ask: Ask) -> Json:
        agent = _agent(ask, channel)
        given = properties("body", ask.body, set(_SETTINGS[channel]))
        return _keep(ask, agent, _changed(_draft(agent, ask.query.get("version")), given))

    return update


def delete_of(channel: str) -> Callable[[Ask], None]:
    return lambda ask: agents(ask.account).remove(_agent(ask, channel)["agent_id"])


def _draft(agent: Json, version: str | None) -> Json:
    body = version_of(agent, version)
    if body["is_published"]:
        raise bad_request("A published version cannot be changed")
    return body


def _changed(body: Json, given: Json) -> Json:
    """The settings with what was given: null takes one away."""
    return {name: value for name, value in (body | given).items() if value is not None}


def _keep(ask: Ask, agent: Json, body: Json) -> Json:
    """Keep a version of the agent, new or in place of what it was; the version."""
    body = body | {"last_modification_timestamp": ask.now_ms}
    others = [each for each in agent["versions"] if each["version"] != body["version"]]
    versions = sorted([*others, body], key=lambda each: int(each["version"]))
    told = {
        "agent_name": versions[-1].get("agent_name", ""),
        "user_modified_timestamp": ask.now_ms,
    }
    agents(ask.account).put(agent | {"item": agent["item"] | told, "versions": versions})
    return body


# --- Versions of either ------------------------------------------------------------------------


def list_versions(ask: Ask) -> Json:
    agent = agents(ask.account).find(ask.path["agent_id"])
    paging = Paging.of_query(ask.query, [ask.account.key, "versions", agent["agent_id"]])
    return paging.cut(agent["versions"], lambda body: (body["version"], "")).envelope(_in_short)


def _in_short(body: Json) -> Json:
    return {name: body[name] for name in _VERSION_FIELDS if body.get(name) is not None}


def create_version(ask: Ask) -> Json:
    agent = agents(ask.account).find(ask.path["agent_id"])
    given = properties("body", ask.body, {"base_version"})
    base = version_of(agent, str(given.get("base_version")), missing=404)
    newest = max(body["version"] for body in agent["versions"])
    own = {"version": newest + 1, "is_published": False, "assigned_tags": []}
    return _keep(ask, agent, base | own | {"base_version": base["version"]})


def publish_version(ask: Ask) -> None:
    agent = agents(ask.account).find(ask.path["agent_id"])
    given = properties("body", ask.body, {"version", "version_title", "version_description"})
    body = version_of(agent, str(given.get("version")), missing=404)
    if body["is_published"]:
        raise bad_request("This version is published already")
    _keep(ask, agent, _changed(body, given) | {"is_published": True})


def delete_version(ask: Ask) -> None:
    agent = agents(ask.account).find(ask.path["agent_id"])
    body = version_of(agent, ask.query.get("version"), missing=404)
    versions = [each for each in agent["versions"] if each["version"] != body["version"]]
    if not versions:
        raise bad_request("The only version of an agent cannot be deleted")
    agents(ask.account).put(agent | {"versions": versions})


def repair(ask: Ask) -> Json:
    agent = agents(ask.account).find(ask.path["agent_id"])
    return _keep(ask, agent, _draft(agent, ask.query.get("version")))


# --- The list ----------------------------------------------------------------------------------


def list_agents(ask: Ask) -> Json:
    criteria = properties("body", ask.body, {"filter_criteria"}).get("filter_criteria", {})
    paging = Paging.of_query(ask.query, [ask.account.key, "agents", criteria])
    matches = _filter(criteria)
    items = [agent["item"] for agent in agents(ask.account)]
    return paging.cut(sorted(filter(matches, items), key=_place), _place).envelope(dict)


def _place(item: Json) -> tuple[int, str]:
    return int(item["user_modified_timestamp"]), item["agent_id"]


def _filter(criteria: object) -> Callable[[Json], bool]:
    criteria = properties("filter_criteria", criteria, {"channel", "is_transfer_agent", "query"})
    tests: list[Callable[[Json], bool]] = []
    if "channel" in criteria:
        fits = condition("channel", criteria["channel"], (STRING,), choices=("voice", "chat"))
        tests.append(lambda item: fits(item["channel"]))
    if "is_transfer_agent" in criteria:
        is_one = condition("is_transfer_agent", criteria["is_transfer_agent"], (BOOLEAN,))
        tests.append(lambda item: is_one(item.get("is_transfer_agent", False)))
    if "query" in criteria:
        tests.append(_search(criteria["query"]))
    return lambda item: all(test(item) for test in tests)


def _search(query: object) -> Callable[[Json], bool]:
    if not isinstance(query, str):
        raise bad_request("query must be a string")
    return lambda item: (
        query.casefold() in item["agent_name"].casefold() or query in item["agent_id"]
    )


ENDPOINTS = (
    Endpoint("GET", "/get-agent/{agent_id}", get_of("voice")),
    Endpoint("GET", "/get-chat-agent/{agent_id}", get_of("chat")),
    Endpoint("POST", "/v2/list-agents", list_agents),
    Endpoint("POST", "/create-agent", create_of("voice")),
    Endpoint("POST", "/create-chat-agent", create_of("chat")),
    Endpoint("PATCH", "/update-agent/{agent_id}", update_of("voice")),
    Endpoint("PATCH", "/update-chat-agent/{agent_id}", update_of("chat")),
    Endpoint("DELETE", "/delete-agent/{agent_id}", delete_of("voice")),
    Endpoint("DELETE", "/delete-chat-agent/{agent_id}", delete_of("chat")),
    Endpoint("GET", "/list-agent-versions/{agent_id}", list_versions),
    Endpoint("POST", "/create-agent-version/{agent_id}", create_version),
    Endpoint("POST", "/publish-agent-version/{agent_id}", publish_version),
    Endpoint("DELETE", "/delete-agent-version/{agent_id}", delete_version),
    Endpoint("POST", "/repair-agent/{agent_id}", repair),
)
