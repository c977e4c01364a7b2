"""Content negotiation: RFC 9110, section 12.5.1, and what clients really send."""

from __future__ import annotations

import pytest

from gateway.http.accept import GRAPHQL_RESPONSE, JSON, Accepted, negotiate

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
URQL = (
    "application/graphql-response+json, application/graphql+json, application/json, "
    "text/event-stream, multipart/mixed"
)
APOLLO = "application/graphql-response+json,application/json;q=0.9"


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        pytest.param("", Accepted(JSON), id="nothing is everything"),
        pytest.param("  ", Accepted(JSON), id="blank is nothing"),
        pytest.param("*/*", Accepted(JSON), id="everything is the older type"),
        pytest.param("application/*", Accepted(JSON), id="every application type too"),
        pytest.param("application/json", Accepted(JSON), id="older"),
        pytest.param("application/graphql-response+json", Accepted(GRAPHQL_RESPONSE), id="newer"),
        pytest.param("APPLICATION/JSON ; Q=0.5", Accepted(JSON), id="case does not matter"),
        pytest.param(
            "application/json, application/graphql-response+json",
            Accepted(JSON),
            id="the first of equals",
        ),
        pytest.param(
            "application/json;q=0.8, application/graphql-response+json",
            Accepted(GRAPHQL_RESPONSE),
            id="quality before order",
        ),
        pytest.param(
            "*/*, application/graphql-response+json",
            Accepted(GRAPHQL_RESPONSE),
            id="a name before a wildcard",
        ),
        pytest.param(
            "application/json;q=0, */*", Accepted(GRAPHQL_RESPONSE), id="all but the older"
        ),
        pytest.param(
            "application/graphql-response+json;q=0, application/*;q=0.1",
            Accepted(JSON),
            id="all but the newer",
        ),
        pytest.param("application/json;q=0", Accepted(None), id="refused by name"),
        pytest.param("text/plain", Accepted(None), id="another type"),
        pytest.param("nonsense, a/b/c, ;q=1", Accepted(None), id="malformed"),
        pytest.param("application/json;q=much", Accepted(None), id="malformed quality"),
        pytest.param("application/json;q=nan", Accepted(None), id="quality that is no number"),
        pytest.param("application/json;q=2", Accepted(None), id="quality out of range"),
        pytest.param("application/json;charset=utf-16", Accepted(None), id="another charset"),
        pytest.param('application/json;charset="UTF-8"', Accepted(JSON), id="our charset"),
        pytest.param(
            "application/json;q=0.1, application/json;q=0.9, "
            "application/graphql-response+json;q=0.5",
            Accepted(JSON),
            id="named twice",
        ),
        pytest.param("text/event-stream", Accepted(None, events="current"), id="only events"),
        pytest.param(
            "text/event-stream;deferSpec=20220824",
            Accepted(None, events="20220824"),
            id="events with the older @defer",
        ),
        pytest.param("text/event-stream, */*;q=0.1", Accepted(JSON), id="events, but not only"),
        pytest.param("text/event-stream;q=0", Accepted(None), id="events refused"),
        pytest.param(
            "text/*", Accepted(None, prefers_html=True), id="a wildcard promises no events"
        ),
        pytest.param(
            "text/event-stream, multipart/mixed",
            Accepted(None, events="current"),
            id="events before parts",
        ),
        pytest.param(
            "text/event-stream;q=0.9, multipart/mixed",
            Accepted(None, "current"),
            id="parts before events",
        ),
        pytest.param("multipart/mixed", Accepted(None, "current"), id="only parts"),
        pytest.param("multipart/*", Accepted(None), id="a wildcard promises no parts"),
        pytest.param("multipart/mixed;q=0, */*", Accepted(JSON), id="parts refused"),
        pytest.param(URQL, Accepted(GRAPHQL_RESPONSE, "current"), id="urql"),
        pytest.param(APOLLO, Accepted(GRAPHQL_RESPONSE), id="Apollo Client"),
        pytest.param(
            f"multipart/mixed;deferSpec=20220824,{APOLLO}",
            Accepted(GRAPHQL_RESPONSE, "20220824"),
            id="Apollo Client with the older @defer",
        ),
        pytest.param(
            f"multipart/mixed;incrementalSpec=v0.2,{APOLLO}",
            Accepted(GRAPHQL_RESPONSE, "current"),
            id="Apollo Client with the newer @defer",
        ),
        pytest.param(
            f"multipart/mixed;boundary=graphql;subscriptionSpec=1.0,{APOLLO}",
            Accepted(GRAPHQL_RESPONSE),
            id="Apollo Client with a subscription",
        ),
        pytest.param(
            "multipart/mixed;deferSpec=20220824, multipart/mixed",
            Accepted(None, "20220824"),
            id="both kinds of parts",
        ),
        pytest.param(BROWSER, Accepted(JSON, prefers_html=True), id="a browser"),
        pytest.param("text/html", Accepted(None, prefers_html=True), id="only a page"),
        pytest.param("application/json, text/html", Accepted(JSON), id="a page second"),
    ],
)
def test_accept_is_read_as_clients_mean_it(header: str, accepted: Accepted) -> None:
    assert negotiate(header) == accepted


def test_a_long_header_is_read_without_being_remembered() -> None:
    padding = ",".join(f"text/x-{number}" for number in range(100))
    assert negotiate(f"{padding},application/json") == Accepted(JSON)
