"""`gateway.upstream.statuses`: one error for every status that is not a success."""

from __future__ import annotations

import pytest

from gateway.errors import (
    BadUserInput,
    Conflict,
    Forbidden,
    GatewayError,
    NotFound,
    RateLimited,
    Unauthenticated,
    UpstreamInvalid,
    UpstreamTimeout,
    UpstreamUnauthenticated,
    UpstreamUnavailable,
)
from gateway.upstream.statuses import error_of_status, failure_of_status, refused_key


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (101, UpstreamInvalid),
        (301, UpstreamInvalid),
        (302, UpstreamInvalid),
        (304, UpstreamInvalid),
        (307, UpstreamInvalid),
        (400, BadUserInput),
        (401, Unauthenticated),
        (402, Forbidden),
        (403, Forbidden),
        (404, NotFound),
        (405, UpstreamInvalid),
        (406, UpstreamInvalid),
        (408, UpstreamTimeout),
        (409, Conflict),
        (410, UpstreamInvalid),
        (412, Conflict),
        (413, UpstreamInvalid),
        (418, UpstreamInvalid),
        (422, NotFound),
        (429, RateLimited),
        (500, UpstreamUnavailable),
        (502, UpstreamUnavailable),
        (503, UpstreamUnavailable),
        (504, UpstreamTimeout),
        (599, UpstreamUnavailable),
        (999, UpstreamUnavailable),
    ],
)
def test_each_status_has_its_error(status: int, expected: type[GatewayError]) -> None:
    assert type(error_of_status(status, own_key=True, by_id=True)) is expected


def test_422_means_missing_only_where_the_path_names_an_object() -> None:
    assert type(error_of_status(422, own_key=True, by_id=True)) is NotFound
    assert type(error_of_status(422, own_key=True, by_id=False)) is BadUserInput
    assert "its state" not in error_of_status(422, own_key=True, by_id=True).message
    assert "its state" in error_of_status(422, own_key=True, by_id=True, safe=False).message


def test_a_refused_key_is_the_callers_or_the_operators_to_mend() -> None:
    assert type(error_of_status(401, own_key=True, by_id=True)) is Unauthenticated
    assert type(error_of_status(401, own_key=False, by_id=True)) is UpstreamUnauthenticated
    assert type(refused_key(own_key=True)) is Unauthenticated
    assert type(refused_key(own_key=False)) is UpstreamUnauthenticated


def test_rate_limiting_passes_on_how_long_to_wait() -> None:
    known = failure_of_status(429, own_key=True, by_id=False, retry_after=7)
    assert known.error.extensions() == {"code": "RATE_LIMITED", "retryAfter": 7}
    assert known.retry_after == 7
    unknown = failure_of_status(429, own_key=True, by_id=False)
    assert unknown.error.extensions() == {"code": "RATE_LIMITED"}


def test_what_may_be_sent_again_is_408_429_and_5xx() -> None:
    transient = {
        status
        for status in range(300, 600)
        if failure_of_status(status, own_key=True, by_id=True).transient
    }
    assert transient == {408, 429, *range(500, 600)}


def test_what_leaves_the_effect_of_a_change_open_is_303_408_and_5xx() -> None:
    unclear = {
        status
        for status in range(300, 600)
        if failure_of_status(status, own_key=True, by_id=True).unclear
    }
    assert unclear == {303, 408, *range(500, 600)}
