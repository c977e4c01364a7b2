"""The routes of Retell's own LLM engines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.sandbox.data.llms import llms_of
from gateway.sandbox.data.seeds import seeded, token
from gateway.sandbox.endpoint import Endpoint
from gateway.sandbox.filters import properties
from gateway.sandbox.pages import Paging
from gateway.sandbox.problem import bad_request, not_found
from gateway.sandbox.shelf import Shelf

if TYPE_CHECKING:
    from gateway.sandbox.endpoint import Ask
    from gateway.sandbox.store import Account

Json = dict[str, Any]

_SETTINGS = {
    "backup_model",
    "begin_after_user_silence_ms",
    "begin_message",
    "default_dynamic_variables",
    "general_prompt",
    "general_tools",
    "is_transfer_llm",
    "kb_config",
    "knowledge_base_ids",
    "mcps",
    "model",
    "model_config",
    "model_high_priority",
    "model_temperature",
    "model_ultrafast",
    "s2s_model",
    "start_speaker",
    "starting_state",
    "states",
    "tool_call_strict_mode",
}
_DEFAULTS: Json = {"model": "gpt-5.4-mini", "version": 0, "is_published": False}


def _llms(account: Account) -> Shelf:
    return account.shelf(
        "llms",
        lambda account: Shelf(
            "retell llm", "llm_id", llms_of(account.world, account.agents, account.anchor_ms)
        ),
    )


def get_llm(ask: Ask) -> Json:
    return _version(_llms(ask.account).find(ask.path["llm_id"]), ask.query.get("version"))


def list_llms(ask: Ask) -> Json:
    paging = Paging.of_query(ask.query, [ask.account.key, "llms"])
    newest = sorted((llm["versions"][-1] for llm in _llms(ask.account)), key=_place)
    return paging.cut(newest, _place).envelope(lambda llm: llm)


def create_llm(ask: Ask) -> Json:
    given = _settings(ask.body)
    if "start_speaker" not in given:
        raise bad_request("start_speaker is required")
    llms = _llms(ask.account)
    made = seeded(ask.account.world, "made llm", len([*llms]), ask.now_ms)
    llm_id = f"llm_{token(made, 12)}"
    body = {"llm_id": llm_id, "last_modification_timestamp": ask.now_ms} | _DEFAULTS | given
    llms.put({"llm_id": llm_id, "versions": [body]})
    return body


def update_llm(ask: Ask) -> Json:
    llms = _llms(ask.account)
    llm = llms.find(ask.path["llm_id"])
    before = _version(llm, ask.query.get("version"))
    given = {k: v for k, v in _settings(ask.body).items() if k != "is_transfer_llm"}
    if before["is_published"]:
        raise bad_request("Cannot update published LLM")
    if "model_config" in given:
        given["model_config"] = _merged(before.get("model_config", {}), given["model_config"])
    after = before | given | {"last_modification_timestamp": ask.now_ms}
    versions = [after if each is before else each for each in llm["versions"]]
    llms.put(llm | {"versions": versions})
    return after


def delete_llm(ask: Ask) -> None:
    llms, llm_id = _llms(ask.account), ask.path["llm_id"]
    llms.find(llm_id)
    used = any(
        version.body["response_engine"].get("llm_id") == llm_id
        for agent in ask.account.agents
        for version in agent.versions
    )
    if used and ask.query.get("force_delete") != "true":
        raise bad_request("Retell LLM is still used by an agent")
    llms.remove(llm_id)


def _place(llm: Json) -> tuple[int, str]:
    return int(llm["last_modification_timestamp"]), str(llm["llm_id"])


def _version(llm: Json, version: str | None) -> Json:
    versions: list[Json] = llm["versions"]
    if version is None:
        return versions[-1]
    for body in versions:
        if str(body["version"]) == version:
            return body
    raise not_found("retell llm", f"{llm['llm_id']} version {version}")


def _merged(before: Json, given: Json) -> Json:
    """Each key replaces the one there was; another type takes the backup away."""
    if given.get("type", before.get("type")) != before.get("type"):
        if "primary" not in given:
            raise bad_request("model_config.primary is required when type changes")
        before = {name: value for name, value in before.items() if name != "backup"}
    return {k: v for k, v in (before | given).items() if v is not None}


def _settings(body: object) -> Json:
    given = properties("body", body, _SETTINGS)
    for name in ("general_tools", "states", "mcps", "knowledge_base_ids"):
        if not isinstance(given.get(name), list | None):
            raise bad_request(f"{name} must be a list")
    if given.get("start_speaker", "user") not in ("user", "agent"):
        raise bad_request("start_speaker must be user or agent")
    return given


ENDPOINTS = (
    Endpoint("GET", "/get-retell-llm/{llm_id}", get_llm),
    Endpoint("GET", "/v2/list-retell-llms", list_llms),
    Endpoint("POST", "/create-retell-llm", create_llm),
    Endpoint("PATCH", "/update-retell-llm/{llm_id}", update_llm),
    Endpoint("DELETE", "/delete-retell-llm/{llm_id}", delete_llm),
)
