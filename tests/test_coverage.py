"""What a walk over an SDK finds that the schema does not show."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import retell
from pydantic import BaseModel, Field

from gateway.app import find_resources, schema
from gateway.coverage import Walk, covered, methods, told
from gateway.resources import account, agent, call

if TYPE_CHECKING:
    from gateway.coverage import Coverage

SCHEMA = schema().executable


def lost(model: type[BaseModel], name: str) -> set[str]:
    walk = Walk(SCHEMA)
    walk.model(model, SCHEMA.type_map[name])
    return walk.lost


def test_every_method_of_the_sdk_is_found_with_what_it_answers() -> None:
    found = list(methods(retell))
    assert len({method.endpoint for method in found}) == 109
    by_name = {method.endpoint: [model.__name__ for model in method.models] for method in found}
    assert by_name["GET /v2/get-call/{call_id}"] == ["WebCallResponse", "PhoneCallResponse"]
    assert by_name["GET /list-voices"] == ["VoiceResponse"]
    assert by_name["POST /v2/list-agents"] == ["Item"]
    assert by_name["DELETE /v2/delete-call/{call_id}"] == []


def test_a_field_that_no_type_has_is_found() -> None:
    class Priced(BaseModel):
        amount: float

    class Newer(BaseModel):
        api_key_name: Priced
        org_id: Literal["a"]
        price: list[Priced] | None
        wire_name: str = Field(alias="orgName")

    assert lost(Newer, "Account") == {"Newer.api_key_name", "Newer.price"}


def test_an_enum_value_that_is_not_known_is_found() -> None:
    class Newer(BaseModel):
        channel: Literal["voice", "smoke"] | None

    assert lost(Newer, "Agent") == {"AgentChannel=smoke"}


def test_a_kind_that_is_not_known_is_found() -> None:
    class Newer(BaseModel):
        type: Literal["brain"]

    class Untold(BaseModel):
        llm_id: str

    assert lost(Newer, "ResponseEngine") == {"ResponseEngine=brain"}
    assert lost(Untold, "ResponseEngine") == set()


def test_a_free_map_has_all_there_is() -> None:
    class Inner(BaseModel):
        anything: str

    class Newer(BaseModel):
        call_type: Literal["web_call"]
        metadata: Inner

    assert lost(Newer, "Call") == set()


def of_official(**changes: Any) -> Coverage:
    """What the account's resource reaches of the official SDK, with these changes."""
    shows: dict[Any, str] = {account.CONCURRENCY: "Concurrency", account.ACCOUNT: "Account"}
    resource = next(each for each in find_resources() if each.name == "Account")
    given = {"shows": shows, "filters": {}, "excluded": {}} | changes
    return covered([replace(resource, **given)], SCHEMA, retell)


def test_endpoints_are_reached_or_missing() -> None:
    found = of_official()
    assert found.endpoints["GET /get-concurrency"] == "reached"
    assert "GET /v2/get-call/{call_id}" in found.missing
    assert len([state for state in found.endpoints.values() if state == "reached"]) == 2
    assert ("Concurrency", "base_concurrency") in found.shown
    assert found.lost == set()


def test_a_field_is_hidden_for_a_reason_or_lost() -> None:
    mistaken = {account.CONCURRENCY: "Account", account.ACCOUNT: "Account"}
    found = of_official(shows=mistaken, excluded={"*.*_concurrency": "nobody asks"})
    assert found.hidden == {
        f"ConcurrencyRetrieveResponse.{name}_concurrency": "nobody asks"
        for name in ("base", "current", "purchased", "reserved_inbound")
    }
    assert "ConcurrencyRetrieveResponse.concurrency_limit" in found.lost


def test_of_several_types_the_one_counts_that_shows_most() -> None:
    found = of_official(shows={account.CONCURRENCY: "Account Concurrency"})
    assert found.lost == set()


def test_criteria_and_operators_of_lists_are_compared() -> None:
    shows = {call.CALLS: "Call", agent.AGENTS: "Agent"}
    found = of_official(
        shows=shows,
        filters={call.CALLS: "CallFilter", agent.AGENTS: "AgentFilter"},
        excluded=call.EXCLUDED,
    )
    assert found.lost - {"ItemV3WebCallResponse.access_token"} == {
        f"AgentFilter.channel: {operator}" for operator in ("ne", "sw", "ew", "co")
    }
    mistaken = of_official(shows=shows, filters={call.CALLS: "AgentFilter"})
    assert "AgentFilter.call_status" in mistaken.lost


def test_what_is_reached_is_told_in_markdown() -> None:
    mistaken = {account.CONCURRENCY: "Account", account.ACCOUNT: "Account"}
    text = told(of_official(shows=mistaken, excluded={"*_concurrency": "nobody asks"}))
    assert "- Endpoints: 2 of 109 are reached." in text
    assert "- Fields of answers: 3 are shown, 4 left out for a reason." in text
    assert "| `GET /get-concurrency` | `Account` |" in text
    assert "| `POST /v3/list-calls` | *missing* |" in text
    assert "`ConcurrencyRetrieveResponse.reserved_inbound_concurrency`: nobody asks." in text
    assert "Left out" not in told(of_official())


def test_an_endpoint_that_answers_nothing_is_done() -> None:
    assert "| `DELETE /v2/delete-call/{call_id}` | done |" in told(
        of_official(shows={call.DELETE: ""})
    )
