"""The page of `/graphql` in a real browser, under the policy that it is sent with."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from graphql import OperationDefinitionNode, parse

from gateway.http.graphiql.examples import examples
from tests.browser.visit import ANSWER, HEADERS, QUERY, VARIABLES

if TYPE_CHECKING:
    from playwright.sync_api import Locator

    from tests.browser.visit import Visit

pytestmark = pytest.mark.browser

FIRST = examples()[0]

# What callers write into a call is shown to whoever reads it.
PICTURE = """
mutation Picture {
  updateCall(input: {
    callId: "call_cb4819a02eac21a4677e563d6fc"
    metadata: { picture: "https://pictures.example/1.png" }
  }) { call { metadata } }
}
"""


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
    assert visit.text(QUERY) == FIRST.document


def test_each_example_is_shown_as_it_is_in_its_file(visit: Visit) -> None:
    visit.open()
    for name, example in zip(names(), examples(), strict=True):
        visit.tab(name)
        variables = visit.text(VARIABLES) if example.variables else "{}"

        assert visit.text(QUERY) == example.document
        assert json.loads(variables) == example.variables


def test_the_play_button_runs_the_first_example(visit: Visit) -> None:
    visit.open()
    with visit.page.expect_request("**/graphql") as sent:
        visit.run()
    visit.answer('"data"')
    answer = json.loads(visit.text(ANSWER))

    body = sent.value.post_data_json
    assert body is not None
    assert body["query"] == FIRST.document
    assert answer.keys() == {"data", "extensions"}
    assert len(answer["data"]["calls"]["nodes"]) == 5
    assert answer["extensions"]["gateway"]["cache"][0]["path"] == ["calls"]


def test_the_variables_of_an_example_are_sent_with_it(visit: Visit) -> None:
    visit.open()
    visit.tab("CallLog")
    visit.run()
    visit.answer('"totalCount"')
    answer = json.loads(visit.text(ANSWER))

    assert "errors" not in answer
    assert len(answer["data"]["calls"]["nodes"]) == 10


def test_nothing_is_asked_elsewhere_and_nothing_is_refused(visit: Visit) -> None:
    visit.open()
    visit.run()
    visit.answer('"data"')
    visit.page.get_by_role("button", name="Show Documentation Explorer").click()
    visit.page.get_by_text("Root Types").wait_for()
    visit.page.get_by_role("button", name="Show History").click()
    visit.write(QUERY, "{calls{nodes{callId}}}")
    visit.page.get_by_role("button", name="Prettify query").click()
    lines = visit.page.locator(f"{QUERY} >> .view-line")
    lines.nth(5).wait_for()  # it is asynchronous, and would take the place of what comes next
    visit.write(QUERY, "{ nonsense }")
    visit.page.locator(f"{QUERY} .squiggly-error").first.wait_for()

    elsewhere = [r.url for r in visit.requests if not r.url.startswith(f"{visit.origin}/graphql")]
    assert elsewhere == []
    assert any("graphql.worker" in request.url for request in visit.requests)
    assert visit.violations() == []
    assert visit.complaints == []


def test_the_explorer_offers_the_fields_and_the_filters_and_edits_the_query(visit: Visit) -> None:
    visit.open()
    visit.write(QUERY, "query Mine { calls(first: 1) { nodes { callId } } }")
    visit.page.get_by_role("button", name="Show GraphiQL Explorer").click()
    explorer = visit.page.locator(".docExplorerWrap")
    explorer.get_by_text("totalCount", exact=True).click()
    for argument in ("filter:", "durationMs:", "ge:"):
        explorer.get_by_text(argument, exact=True).click()
    lines = visit.page.locator(f"{QUERY} >> .view-line")
    lines.filter(has_text="ge: 1.5").wait_for()
    lines.filter(has_text="totalCount").wait_for()
    visit.run()
    visit.answer('"totalCount"')

    assert "filter: {durationMs: {ge: 1.5}}" in visit.text(QUERY)
    assert "errors" not in json.loads(visit.text(ANSWER))
    assert visit.violations() == []
    assert visit.complaints == []


def test_fields_are_described_and_completed(visit: Visit) -> None:
    visit.open()
    visit.page.get_by_role("button", name="Show Documentation Explorer").click()
    documentation = visit.page.locator(".graphiql-doc-explorer")
    documentation.get_by_text("Query", exact=True).click()
    documentation.get_by_text("calls", exact=True).click()
    documentation.get_by_text("Calls, newest first.").wait_for()

    visit.write(QUERY, "")
    visit.page.locator(f"{QUERY} >> .view-line").first.click()
    visit.page.keyboard.type("{ ca")
    offered = visit.page.locator(".suggest-widget .monaco-list-row .label-name")
    offered.filter(has_text="calls").wait_for()
    assert offered.all_inner_texts()[:2] == ["call", "calls"]


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
    visit.write(HEADERS, '{"Authorization": "Bearer k3y"}')
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
    visit.tab("ReviewQueue")
    # Not the one that tells of the schema, which may come later than the page is shown.
    with visit.page.expect_response(lambda it: "ReviewQueue" in (it.request.post_data or "")) as it:
        visit.run()
    answer = visit.answer_with('"transcriptObject"', 5)
    calls = json.loads(answer)["data"]["calls"]["nodes"]

    assert "multipart/mixed" in it.value.headers["content-type"]
    assert len(calls) == 5
    assert all(call["callAnalysis"]["callSummary"] for call in calls)
    assert all(call["transcriptObject"] for call in calls)
    # GraphiQL's reader of parts hangs up at the last boundary, before the end of the body.
    assert [said for said in visit.complaints if "ERR_ABORTED" not in said] == []


def test_variables_are_checked_and_formatted_where_they_are_written(visit: Visit) -> None:
    visit.open()
    visit.tab("CallLog")
    visit.write(VARIABLES, '{"first": "two"}')
    visit.page.locator(f"{VARIABLES} >> .squiggly-error").first.wait_for()
    visit.write(VARIABLES, '{"first":2}')
    visit.page.get_by_role("button", name="Prettify query").click()
    visit.page.locator(f"{VARIABLES} >> .view-line").nth(2).wait_for()

    assert visit.text(VARIABLES) == '{\n  "first": 2\n}'
    assert visit.violations() == []
    assert visit.complaints == []


def test_a_picture_in_an_answer_is_not_fetched_by_pointing_at_it(visit: Visit) -> None:
    visit.open()
    visit.write(QUERY, PICTURE)
    tabs(visit).filter(has_text="Picture").wait_for()  # GraphiQL knows of the operation
    visit.run()
    visit.answer("pictures.example")
    visit.page.locator(f"{ANSWER} >> .view-line").get_by_text("https").hover()
    visit.page.wait_for_timeout(600)  # Monaco's delay before a hover, twice: nothing to wait for

    assert [r.url for r in visit.requests if "pictures.example" in r.url] == []
    assert visit.violations() == []
    assert visit.complaints == []


def test_tabs_that_do_not_fit_are_in_reach_of_the_wheel(visit: Visit) -> None:
    visit.page.set_viewport_size({"width": 900, "height": 700})
    visit.open()
    last = tabs(visit).last
    before = last.bounding_box()
    tabs(visit).first.hover()
    visit.page.mouse.wheel(0, 1000)
    last.click()
    visit.tab("CallLog")  # opens the editor of variables

    assert before is not None
    assert before["x"] + before["width"] > 900
    assert visit.text(QUERY) == examples()[3].document
    assert visit.page.evaluate(
        "[...document.querySelectorAll('*')].every((e) => e.scrollTop === 0)"
    )
