"""The routes of conversation flows and of the components that they share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.sandbox.data.flows import components_of, flows_of
from gateway.sandbox.data.seeds import seeded, token
from gateway.sandbox.endpoint import Endpoint
from gateway.sandbox.filters import properties
from gateway.sandbox.pages import Paging
from gateway.sandbox.problem import bad_request, not_found
from gateway.sandbox.shelf import Shelf

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.sandbox.endpoint import Ask
    from gateway.sandbox.store import Account

Json = dict[str, Any]

_PARTS = {"nodes", "tools", "mcps", "notes"}
_COMPONENT = _PARTS | {"name", "flex_mode", "start_node_id", "begin_tag_display_position"}
_FLOW = _PARTS | {
    "backup_model",
    "begin_after_user_silence_ms",
    "begin_tag_display_position",
    "components",
    "default_dynamic_variables",
    "flex_mode",
    "global_prompt",
    "is_transfer_cf",
    "kb_config",
    "knowledge_base_ids",
    "model_choice",
    "model_config",
    "model_temperature",
    "start_node_id",
    "start_speaker",
    "tool_call_strict_mode",
}


def flows(account: Account) -> Shelf:
    """Each flow with its versions, the oldest first."""

    def make(of: Account) -> Shelf:
        return Shelf("flow", "conversation_flow_id", flows_of(of.world, of.agents), 404)

    return account.shelf("flows", make)


def components(account: Account) -> Shelf:
    def make(of: Account) -> Shelf:
        made = components_of(of.world, of.agents, of.anchor_ms)
        return Shelf("component", "conversation_flow_component_id", made, 404)

    return account.shelf("flow components", make)


# --- Flows -------------------------------------------------------------------------------------


def _version(ask: Ask) -> Json:
    """The version that is asked for, the newest one by default."""
    flow_id = ask.path["conversation_flow_id"]
    versions: list[Json] = flows(ask.account).find(flow_id)["versions"]
    wanted = properties("query", dict(ask.query), {"version"}).get("version")
    if wanted is None:
        return versions[-1]
    for body in versions:
        if str(body["version"]) == wanted:
            return body
    raise not_found("flow", f"{flow_id} version {wanted}", 404)


def get_flow(ask: Ask) -> Json:
    return _version(ask)


def list_flows(ask: Ask) -> Json:
    paging = Paging.of_query(ask.query, [ask.account.key, "flows"])
    newest = sorted((flow["versions"][-1] for flow in flows(ask.account)), key=_place_of_flow)
    return paging.cut(newest, _place_of_flow).envelope(lambda flow: flow)


def _place_of_flow(flow: Json) -> tuple[int, str]:
    return flow["last_modification_timestamp"], flow["conversation_flow_id"]


def create_flow(ask: Ask) -> Json:
    given = _checked(ask.body, _FLOW, {"nodes", "start_speaker"})
    shelf = flows(ask.account)
    name = token(seeded(ask.account.world, "new flow", len(list(shelf)), ask.now_ms), 12)
    body = {
        "conversation_flow_id": f"conversation_flow_{name}",
        "version": 0,
        "last_modification_timestamp": ask.now_ms,
    } | _merged({}, given)
    shelf.put({"conversation_flow_id": body["conversation_flow_id"], "versions": [body]})
    return body


def update_flow(ask: Ask) -> Json:
    given = _checked(ask.body, _FLOW - {"is_transfer_cf"}, set())
    before = _version(ask)
    if "model_config" in given:
        kept = {**before.get("model_config", {}), **given["model_config"]}
        given = given | {"model_config": {k: v for k, v in kept.items() if v is not None}}
    after = _merged(before, given) | {"last_modification_timestamp": ask.now_ms}
    versions = flows(ask.account).find(before["conversation_flow_id"])["versions"]
    versions[versions.index(before)] = after
    return after


def delete_flow(ask: Ask) -> None:
    flow_id = ask.path["conversation_flow_id"]
    forced = properties("query", dict(ask.query), {"force_delete"}).get("force_delete") == "true"
    flows(ask.account).find(flow_id)
    if not forced and any(flow_id == used for used in _used_by_agents(ask.account)):
        raise bad_request("Cannot delete a conversation flow that an agent uses")
    flows(ask.account).remove(flow_id)


def _used_by_agents(account: Account) -> Iterator[str | None]:
    for agent in account.agents:
        for version in agent.versions:
            yield version.body["response_engine"].get("conversation_flow_id")


def _checked(body: object, allowed: set[str], required: set[str]) -> Json:
    given = properties("body", body, allowed)
    if lacking := sorted(required - given.keys()):
        raise bad_request(f"body: {lacking[0]} is required")
    for name in sorted(_PARTS & given.keys()):
        listed = given[name] is None or isinstance(given[name], list)
        if not listed or any(not isinstance(each, dict) for each in given[name] or ()):
            raise bad_request(f"{name} must be a list of objects")
    return given


def _merged(before: Json, given: Json) -> Json:
    """What is left out stays, what is null goes."""
    return {name: value for name, value in {**before, **given}.items() if value is not None}


# --- Components --------------------------------------------------------------------------------


def get_component(ask: Ask) -> Json:
    found = components(ask.account).find(ask.path["conversation_flow_component_id"])
    return _linked(ask.account, found)


def list_components(ask: Ask) -> Json:
    paging = Paging.of_query(ask.query, [ask.account.key, "flow components"])
    ordered = sorted(components(ask.account), key=_place_of_component)
    page = paging.cut(ordered, _place_of_component)
    return page.envelope(lambda component: _linked(ask.account, component))


def _place_of_component(component: Json) -> tuple[int, str]:
    return component["user_modified_timestamp"], component["conversation_flow_component_id"]


def _linked(account: Account, component: Json) -> Json:
    """With the flows that it is a part of in their newest version."""
    id_ = component["conversation_flow_component_id"]
    newest = (flow["versions"][-1] for flow in flows(account))
    linked = [flow["conversation_flow_id"] for flow in newest if any(_uses(flow, id_))]
    return component | {"linked_conversation_flow_ids": linked}


def _uses(flow: Json, component_id: str) -> Iterator[Json]:
    """The nodes of a flow that stand for a component."""
    for node in flow.get("nodes", ()):
        if node.get("component_type") == "shared" and node.get("component_id") == component_id:
            yield node


def create_component(ask: Ask) -> Json:
    given = _checked(ask.body, _COMPONENT, {"name", "nodes"})
    shelf = components(ask.account)
    name = token(seeded(ask.account.world, "new component", len(list(shelf)), ask.now_ms), 12)
    body = {
        "conversation_flow_component_id": f"conversation_flow_component_{name}",
        "user_modified_timestamp": ask.now_ms,
    }
    return _linked(ask.account, shelf.put(body | _merged({}, given)))


def update_component(ask: Ask) -> Json:
    given = _checked(ask.body, _COMPONENT, set())
    before = components(ask.account).find(ask.path["conversation_flow_component_id"])
    after = _merged(before, given) | {"user_modified_timestamp": ask.now_ms}
    return _linked(ask.account, components(ask.account).put(after))


def delete_component(ask: Ask) -> None:
    """Flows that have it get a copy of their own."""
    id_ = ask.path["conversation_flow_component_id"]
    component = components(ask.account).find(id_)
    copy = {name: value for name, value in component.items() if name in _COMPONENT}
    for flow in flows(ask.account):
        flow["versions"][:] = [_with_copy(each, id_, copy) for each in flow["versions"]]
    components(ask.account).remove(id_)


def _with_copy(flow: Json, component_id: str, copy: Json) -> Json:
    used = [*_uses(flow, component_id)]
    if not used:
        return flow
    nodes = [node | {"component_type": "local"} if node in used else node for node in flow["nodes"]]
    return flow | {"nodes": nodes, "components": [*flow.get("components", ()), copy]}


ENDPOINTS = (
    Endpoint("GET", "/get-conversation-flow/{conversation_flow_id}", get_flow),
    Endpoint("GET", "/v2/list-conversation-flows", list_flows),
    Endpoint("POST", "/create-conversation-flow", create_flow),
    Endpoint("PATCH", "/update-conversation-flow/{conversation_flow_id}", update_flow),
    Endpoint("DELETE", "/delete-conversation-flow/{conversation_flow_id}", delete_flow),
    Endpoint(
        "GET", "/get-conversation-flow-component/{conversation_flow_component_id}", get_component
    ),
    Endpoint("GET", "/v2/list-conversation-flow-components", list_components),
    Endpoint("POST", "/create-conversation-flow-component", create_component),
    Endpoint(
        "PATCH",
        "/update-conversation-flow-component/{conversation_flow_component_id}",
        update_component,
    ),
    Endpoint(
        "DELETE",
        "/delete-conversation-flow-component/{conversation_flow_component_id}",
        delete_component,
    ),
)
