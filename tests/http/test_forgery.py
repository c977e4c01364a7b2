"""`gateway.http.forgery`: which GETs another site may have made a browser send."""

from __future__ import annotations

import pytest

from gateway.http.cors import Cors
from gateway.http.forgery import MESSAGE, may_be_forged
from tests.http.tiny import client, endpoint

BOARD, EVIL = "https://board.example", "https://evil.example"
CHROME = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0 Safari/537.36"}
ELSEWHERE = CHROME | {"sec-fetch-site": "cross-site"}

GOOD = {
    "curl": {"user-agent": "curl/8.14.1", "accept": "*/*"},
    "nothing said": {},
    "urql in Node": {"user-agent": "node", "accept-language": "*", "sec-fetch-mode": "cors"},
    "urql at home": CHROME | {"sec-fetch-site": "same-origin"},
    "the address bar": CHROME | {"sec-fetch-site": "none", "sec-fetch-mode": "navigate"},
    "urql on an allowed page": ELSEWHERE | {"origin": BOARD},
    "Apollo Client on any page": ELSEWHERE | {"content-type": "application/json"},
    "with its charset": ELSEWHERE | {"content-type": "Application/JSON; charset=utf-8"},
    "asked first": ELSEWHERE | {"origin": EVIL, "graphql-require-preflight": "1"},
    "asked first, as Apollo says": ELSEWHERE | {"apollo-require-preflight": "true"},
    "Apollo on a phone": ELSEWHERE | {"x-apollo-operation-name": "Calls"},
    "an older script": ELSEWHERE | {"x-requested-with": "XMLHttpRequest"},
}
BAD = {
    "a picture": ELSEWHERE | {"sec-fetch-dest": "image"},
    "a neighbour": CHROME | {"sec-fetch-site": "same-site"},
    "a fetch": ELSEWHERE | {"origin": EVIL},
    "a page without origin": ELSEWHERE | {"origin": "null"},
    "an origin alone": {"origin": EVIL},
    "plain http, where browsers say less": CHROME,
    "a simple type": ELSEWHERE | {"content-type": "text/plain; application/json"},
    "an empty sign": ELSEWHERE | {"x-requested-with": ""},
    "a site of no kind": CHROME | {"sec-fetch-site": "SAME-ORIGIN"},
}


@pytest.mark.parametrize("headers", GOOD.values(), ids=GOOD)
def test_what_no_other_site_can_send_is_none_of_its_doing(headers: dict[str, str]) -> None:
    assert not may_be_forged(headers, Cors((BOARD,)))


@pytest.mark.parametrize("headers", BAD.values(), ids=BAD)
def test_what_any_site_can_make_a_browser_send_may_be(headers: dict[str, str]) -> None:
    assert may_be_forged(headers, Cors((BOARD,)))


@pytest.mark.parametrize(("ambient", "status"), [(True, 403), (False, 200)])
async def test_it_matters_where_a_browser_needs_to_know_no_secret(
    status: int, *, ambient: bool
) -> None:
    async with client(endpoint(ambient=ambient)) as http:
        answer = await http.get("/graphql?query={hello}", headers=ELSEWHERE)
        good = await http.get("/graphql?query={hello}", headers=GOOD["urql at home"])
    assert (answer.status_code, good.status_code) == (status, 200)
    if status == 403:
        (error,) = answer.json()["errors"]
        assert (error["message"], error["extensions"]["code"]) == (MESSAGE, "CSRF_PREVENTED")


async def test_a_post_needs_nothing_more_than_its_type() -> None:
    async with client(endpoint(ambient=True)) as http:
        answer = await http.post("/graphql", json={"query": "{ hello }"}, headers=ELSEWHERE)
        simple = await http.post(
            "/graphql", content='{"query":"{ hello }"}', headers={"content-type": "text/plain"}
        )
    assert (answer.status_code, simple.status_code) == (200, 415)
