from __future__ import annotations

from base64 import urlsafe_b64encode

import pytest

from gateway.sandbox.app import Sandbox, create_sandbox
from tests.sandbox.asking import KEY_A, KEY_B, Clock, plain


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return create_sandbox(clock=Clock(), calls=100)


async def cursor(sandbox: Sandbox, **asked: object) -> str:
    page = (await plain(sandbox).post("/v3/list-calls", json={"limit": 2, **asked})).json()
    return str(page["pagination_key"])


async def test_fifty_are_listed_where_no_limit_is_asked_for(sandbox: Sandbox) -> None:
    page = (await plain(sandbox).post("/v3/list-calls")).json()
    assert (len(page["items"]), page["has_more"], "total" in page) == (50, True, False)


async def test_the_last_page_has_no_cursor(sandbox: Sandbox) -> None:
    body = {"limit": 1000, "include_total": True}
    page = (await plain(sandbox).post("/v3/list-calls", json=body)).json()
    assert (page["has_more"], "pagination_key" in page) == (False, False)
    assert page["total"] == len(page["items"]) == 109


async def test_a_page_that_ends_with_the_list_is_the_last(sandbox: Sandbox) -> None:
    page = (await plain(sandbox).post("/v3/list-calls", json={"limit": 109})).json()
    assert (len(page["items"]), page["has_more"]) == (109, False)


async def test_a_cursor_stands_while_new_calls_come() -> None:
    clock = Clock()
    sandbox = create_sandbox(clock=clock, calls=100)
    client = plain(sandbox)
    whole = (await client.post("/v3/list-calls", json={"limit": 20})).json()["items"]
    first = (await client.post("/v3/list-calls", json={"limit": 10})).json()
    clock.forward(600)
    body = {"limit": 10, "pagination_key": first["pagination_key"]}
    second = (await client.post("/v3/list-calls", json=body)).json()
    listed = [call["call_id"] for call in first["items"] + second["items"]]
    assert listed == [call["call_id"] for call in whole]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"limit": 0}, "limit must be an integer, between 1 and 1000"),
        ({"limit": 1001}, "limit must be an integer, between 1 and 1000"),
        ({"limit": "5"}, "limit must be an integer, between 1 and 1000"),
        ({"limit": True}, "limit must be an integer, between 1 and 1000"),
        ({"skip": -1}, "skip must be an integer, at least 0"),
        ({"sort_order": "desc"}, "sort_order must be ascending or descending"),
        ({"include_total": 1}, "include_total must be a boolean"),
        ({"pagination_key": "%%%"}, "pagination_key is not valid"),
        ({"pagination_key": None}, "pagination_key is not valid"),
        ({"page": 2}, "body: unknown property page"),
        (
            {"skip": 0, "pagination_key": "x"},
            "skip and pagination_key cannot be used together",
        ),
    ],
)
async def test_a_page_that_cannot_be_is_refused(
    sandbox: Sandbox, body: dict[str, object], message: str
) -> None:
    response = await plain(sandbox).post("/v3/list-calls", json=body)
    assert response.status_code == 400
    assert response.json() == {"status": "error", "message": message}


async def test_a_cursor_is_good_for_its_own_query_only(sandbox: Sandbox) -> None:
    mine = await cursor(sandbox)
    ended = {"call_status": {"type": "enum", "op": "in", "value": ["ended"]}}
    for key, body in (
        (KEY_B, {"filter_criteria": ended}),
        (KEY_B, {"sort_order": "ascending"}),
        (KEY_A, {}),
    ):
        response = await plain(sandbox, key).post(
            "/v3/list-calls", json={"pagination_key": mine, **body}
        )
        assert response.status_code == 400
        assert response.json()["message"] == "pagination_key belongs to another query"
    agents = await plain(sandbox).post("/v2/list-agents", params={"pagination_key": mine})
    assert agents.status_code == 400


async def test_a_cursor_may_be_used_with_another_limit(sandbox: Sandbox) -> None:
    body = {"limit": 7, "pagination_key": await cursor(sandbox)}
    page = (await plain(sandbox).post("/v3/list-calls", json=body)).json()
    assert len(page["items"]) == 7


@pytest.mark.parametrize("made_up", ["[]", "[1, 2, 3, 4]", '"ab"', "{}", "17"])
async def test_a_cursor_that_was_made_up_is_refused(sandbox: Sandbox, made_up: str) -> None:
    body = {"pagination_key": urlsafe_b64encode(made_up.encode()).decode()}
    response = await plain(sandbox).post("/v3/list-calls", json=body)
    assert (response.status_code, response.json()["message"]) == (
        400,
        "pagination_key is not valid",
    )


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("limit=many", "limit must be an integer"),
        ("limit=0", "limit must be an integer, between 1 and 1000"),
        ("skip=3", "query: unknown property skip"),
        ("sort_order=up", "sort_order must be ascending or descending"),
    ],
)
async def test_pages_of_agents_are_asked_for_in_the_query_string(
    sandbox: Sandbox, query: str, message: str
) -> None:
    response = await plain(sandbox).post(f"/v2/list-agents?{query}")
    assert (response.status_code, response.json()["message"]) == (400, message)
