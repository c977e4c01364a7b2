"""`gateway.http.always`: what every answer says to caches and browsers."""

from __future__ import annotations

import pytest

from gateway.http.always import ALWAYS, always
from tests.world import world

HEADERS = {name.decode(): value.decode() for name, value in ALWAYS}
BROWSER = {"accept": "text/html,*/*;q=0.8", "sec-fetch-site": "none"}


def test_browsers_are_told_to_come_by_https_only_where_that_is_set() -> None:
    assert always() == always(0) == ALWAYS
    assert always(600) == (*ALWAYS, (b"strict-transport-security", b"max-age=600"))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/graphql?query={__typename}", 200),
        ("GET", "/graphql", 400),
        ("POST", "/graphql", 415),
        ("DELETE", "/graphql", 405),
        ("GET", "/livez", 200),
        ("GET", "/readyz", 200),
        ("POST", "/livez", 405),
        ("GET", "/nothing", 404),
        ("GET", "/graphql/assets/nothing.js", 404),
        ("GET", "/", 307),
    ],
)
async def test_every_answer_says_it(method: str, path: str, status: int) -> None:
    async with world(calls=1, https_only_seconds=600, graphiql=True) as it:
        answer = await it.http.request(method, path)
    assert answer.status_code == status
    own = {"content-security-policy"} if "assets" in path else set()
    for name, value in HEADERS.items():
        if name not in own:
            assert answer.headers.get_list(name) == [value]
    assert answer.headers["strict-transport-security"] == "max-age=600"


async def test_the_page_and_its_files_have_a_policy_of_their_own() -> None:
    async with world(calls=1, graphiql=True) as it:
        page = await it.http.get("/graphql", headers=BROWSER)
        path = page.text.partition('src="')[2].partition('"')[0]
        script = await it.http.get(path)
    assert (page.status_code, script.status_code) == (200, 200)
    for answer in (page, script):
        (policy,) = answer.headers.get_list("content-security-policy")
        assert "script-src 'self';" in policy
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert page.headers["cache-control"] == "no-store"
    assert "immutable" in script.headers["cache-control"]
