"""The page of `/graphql` in a real browser, under the policy that it is sent with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from graphql import OperationDefinitionNode, parse

from gateway.http.graphiql.examples import examples

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.conftest import Visit

pytestmark = pytest.mark.browser

QUERY = ".graphiql-query-editor"
FIRST = examples()[0]


def names() -> list[str]:
    """Of the operations in the example files."""
    found = []
    for example in examples():
        (operation,) = parse(example.document).definitions
        assert isinstance(operation, OperationDefinitionNode)
        assert operation.name is not None
        found.append(operation.name.value)
    return found


def tabs(visit: Visit) -> Locator:
    return visit.page.locator(".graphiql-tab .graphiql-tab-button")


def tab(visit: Visit, name: str) -> Locator:
    return visit.page.locator(f".graphiql-tab-button[title='{name}']")


def background(visit: Visit) -> int:
    """How bright the page is, from 0 to 255."""
    script = "getComputedStyle(document.querySelector('.graphiql-container')).backgroundColor"
    red: int = visit.page.evaluate(f"Number({script}.match(/[0-9]+/)[0])")
    return red


def choose_theme(visit: Visit, name: str) -> None:
    visit.page.get_by_role("button", name="Open settings dialog").click()
    visit.page.get_by_role("button", name=name, exact=True).click()
    visit.page.keyboard.press("Escape")


def test_a_first_visit_opens_on_the_examples(visit: Visit) -> None:
    visit.open()

    assert tabs(visit).all_inner_texts() == names()
    assert visit.text(QUERY) == FIRST.document.rstrip()


def test_each_example_is_shown_as_it_is_in_its_file(visit: Visit) -> None:
    visit.open()
    for name, example in zip(names(), examples(), strict=True):
        tab(visit, name).click()
        assert visit.text(QUERY) == example.document.rstrip()


def test_the_play_button_runs_the_first_example(visit: Visit) -> None:
    visit.open()
    with visit.page.expect_request("**/graphql") as sent:
        visit.run()
    answer = visit.answer('"data"')

    body = sent.value.post_data_json
    assert body is not None
    assert body["query"] == FIRST.document
    assert '"errors"' not in answer
    assert '"callId"' in answer


def test_nothing_is_asked_elsewhere_and_nothing_is_refused(visit: Visit) -> None:
    visit.open()
    visit.run()
    visit.answer('"data"')
    visit.page.get_by_role("button", name="Show Documentation Explorer").click()
    visit.page.get_by_text("Root Types").wait_for()
    visit.page.get_by_role("button", name="Show History").click()
    visit.page.get_by_role("button", name="Prettify query").click()
    visit.write(QUERY, "{ nonsense }")
    visit.page.locator(f"{QUERY} .squiggly-error").first.wait_for()

    elsewhere = [r.url for r in visit.requests if not r.url.startswith(f"{visit.origin}/graphql")]
    assert elsewhere == []
    assert any("graphql.worker" in request.url for request in visit.requests)
    assert visit.violations() == []
    assert visit.complaints == []


def test_the_explorer_offers_the_fields_and_edits_the_query(visit: Visit) -> None:
    visit.open()
    visit.write(QUERY, "query Mine { __typename }")
    visit.page.get_by_role("button", name="Show GraphiQL Explorer").click()
    explorer = visit.page.locator(".docExplorerWrap")
    explorer.get_by_text("calls", exact=True).click()
    visit.page.locator(f"{QUERY} .view-line").filter(has_text="calls").wait_for()

    assert "calls" in visit.text(QUERY)
    assert visit.violations() == []
    assert visit.complaints == []


def test_the_theme_follows_the_system_until_one_is_chosen(visit: Visit) -> None:
    visit.open()
    assert background(visit) > 200

    visit.page.emulate_media(color_scheme="dark")
    assert background(visit) < 60

    choose_theme(visit, "Light")
    assert background(visit) > 200

    visit.open()
    assert background(visit) > 200, "the choice outlives the visit"

    choose_theme(visit, "Dark")
    visit.page.emulate_media(color_scheme="light")
    assert background(visit) < 60


def test_a_later_visit_finds_the_tabs_as_they_were_left(visit: Visit) -> None:
    visit.open()
    visit.write(QUERY, "query Mine { __typename }")
    visit.wait_until_stored("gateway:graphiql:tabState", '"title":"Mine"')
    visit.open()

    assert tabs(visit).all_inner_texts() == ["Mine", *names()[1:]]
    assert visit.text(QUERY) == "query Mine { __typename }"


def test_a_key_among_the_headers_is_sent_and_never_stored(visit: Visit) -> None:
    visit.open()
    visit.page.get_by_role("button", name="Headers").click()
    visit.write(
        "[aria-label=Headers] >> .graphiql-editor:visible", '{"Authorization": "Bearer k3y"}'
    )
    with visit.page.expect_request("**/graphql") as sent:
        visit.run()
    visit.answer('"data"')
    stored = visit.stored()

    assert sent.value.headers["authorization"] == "Bearer k3y"
    assert "query RecentCalls" in stored["gateway:graphiql:queries"], "the history is kept"
    assert "k3y" not in str(stored)
    visit.open()
    assert "k3y" not in str(visit.stored())


def test_what_is_deferred_arrives_in_parts_and_is_put_together(visit: Visit) -> None:
    visit.open()
    call = '{ call(callId: "call_2") { callId ... @defer { callStatus durationMs } } }'
    visit.write(QUERY, call)
    with visit.page.expect_response("**/graphql") as received:
        visit.run()
    answer = visit.answer("durationMs")

    assert "multipart/mixed" in received.value.headers["content-type"]
    assert '"callId": "call_2"' in answer
    assert '"callStatus": "ended"' in answer
    # GraphiQL's reader of parts hangs up at the last boundary, before the end of the body.
    assert [said for said in visit.complaints if "ERR_ABORTED" not in said] == []


def test_variables_are_checked_and_formatted_where_they_are_written(visit: Visit) -> None:
    variables = "[aria-label=Variables] >> .graphiql-editor:visible"
    visit.open()
    tab(visit, "PagesOfCalls").click()
    visit.page.get_by_role("button", name="Variables").click()
    visit.write(variables, '{"first": "two"}')
    visit.page.locator(f"{variables} >> .squiggly-error").first.wait_for()
    visit.write(variables, '{"first":2}')
    visit.page.get_by_role("button", name="Prettify query").click()
    visit.page.locator(f"{variables} >> .view-line").nth(2).wait_for()

    assert visit.text(variables) == '{\n  "first": 2\n}'
    assert visit.violations() == []
    assert visit.complaints == []


def test_a_picture_in_an_answer_is_not_fetched_by_pointing_at_it(visit: Visit) -> None:
    visit.open()
    visit.write(QUERY, '{ call(callId: "call_1") { recordingUrl } }')
    visit.run()
    visit.answer("recordings.example")
    visit.page.locator(".result-window .view-line").get_by_text("https").hover()
    visit.page.wait_for_timeout(600)  # Monaco's delay before a hover, twice: nothing to wait for

    assert [r.url for r in visit.requests if "recordings.example" in r.url] == []
    assert visit.violations() == []
    assert visit.complaints == []
