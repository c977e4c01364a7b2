"""The routes of agents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.sandbox.endpoint import Endpoint
from gateway.sandbox.filters import BOOLEAN, STRING, condition, properties
from gateway.sandbox.pages import Paging
from gateway.sandbox.problem import bad_request, not_found

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.sandbox.data.agents import Agent
    from gateway.sandbox.endpoint import Ask

Json = dict[str, Any]


def get_agent(ask: Ask) -> Json:
    agent_id = ask.path["agent_id"]
    agent = ask.account.agent(agent_id)
    version = ask.query.get("version")
    # A chat agent is not found here: Retell has another endpoint for those.
    found = agent.find(version) if agent.channel == "voice" else None
    if found is None:
        raise not_found("agent", agent_id if version is None else f"{agent_id} version {version}")
    return found.body


def list_agents(ask: Ask) -> Json:
    criteria = properties("body", ask.body, {"filter_criteria"}).get("filter_criteria", {})
    paging = Paging.of_query(ask.query, [ask.account.key, "agents", criteria])
    matches = _filter(criteria)
    agents = sorted(filter(matches, ask.account.agents), key=_place)
    return paging.cut(agents, _place).envelope(lambda agent: agent.item)


def _place(agent: Agent) -> tuple[int, str]:
    return int(agent.item["user_modified_timestamp"]), agent.agent_id


def _filter(criteria: object) -> Callable[[Agent], bool]:
    criteria = properties("filter_criteria", criteria, {"channel", "is_transfer_agent", "query"})
    tests: list[Callable[[Agent], bool]] = []
    if "channel" in criteria:
        fits = condition("channel", criteria["channel"], (STRING,), choices=("voice", "chat"))
        tests.append(lambda agent: fits(agent.channel))
    if "is_transfer_agent" in criteria:
        is_one = condition("is_transfer_agent", criteria["is_transfer_agent"], (BOOLEAN,))
        tests.append(lambda agent: is_one(agent.item.get("is_transfer_agent", False)))
    if "query" in criteria:
        tests.append(_search(criteria["query"]))
    return lambda agent: all(test(agent) for test in tests)


def _search(query: object) -> Callable[[Agent], bool]:
    if not isinstance(query, str):
        raise bad_request("query must be a string")
    return lambda agent: (
        query.casefold() in agent.item["agent_name"].casefold() or query in agent.agent_id
    )


ENDPOINTS = (
    Endpoint("GET", "/get-agent/{agent_id}", get_agent),
    Endpoint("POST", "/v2/list-agents", list_agents),
)
