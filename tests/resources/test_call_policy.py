"""How long calls and pages of them are fresh."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from gateway.cache.entry import Freshness
from gateway.errors import UpstreamInvalid
from gateway.resources.call import (
    CLOSED_AFTER,
    ONLY_IN_FULL,
    URL_FIELDS,
    _agent_key,
    _page_tags,
    call_policy,
    page_policy,
)
from gateway.schema.lives import CLOSED_PAGE, ENDED, LIVE, OPEN_PAGE, SETTLED
from gateway.schema.signed_urls import UNKNOWN_LIFE
from gateway.upstream.record import SMALL, read_record

NOW = 1_780_000_000.0
MINUTE, HOUR = 60.0, 3600.0


def call(age: float | None = None, **fields: Any) -> dict[str, Any]:
    """A call that ended so long ago, or has not."""
    end = {} if age is None else {"end_timestamp": (NOW - age) * 1000, "call_status": "ended"}
    return {"call_id": "call_1", "call_status": "ongoing"} | end | fields


ANALYSED: dict[str, Any] = {"call_analysis": {}}


@pytest.mark.parametrize(
    ("given", "freshness"),
    [
        (call(), LIVE),
        (call(call_status="registered"), LIVE),
        (call(call_status="humming"), LIVE),
        (call(call_status=None), LIVE),
        (call(start_timestamp=(NOW - 10 * HOUR) * 1000), LIVE),
        (call(0), ENDED),
        (call(0, **ANALYSED), ENDED),
        (call(10 * MINUTE - 1, **ANALYSED), ENDED),
        (call(10 * MINUTE, **ANALYSED), SETTLED),
        (call(10 * MINUTE, call_analysis=None), ENDED),
        (call(HOUR - 1), ENDED),
        (call(HOUR), SETTLED),
        (call(-MINUTE, **ANALYSED), ENDED),
        (call(10 * MINUTE, call_status="error", **ANALYSED), SETTLED),
        (call(10 * MINUTE, call_status="humming", **ANALYSED), SETTLED),
    ],
)
def test_a_call_is_fresh_by_its_state_and_age(given: dict[str, Any], freshness: object) -> None:
    assert call_policy(given, NOW) == freshness


@pytest.mark.parametrize("reason", ["call_transfer", "transfer_bridged"])
def test_a_call_whose_transfer_goes_on_is_not_settled(reason: str) -> None:
    transferred = {"disconnection_reason": reason} | ANALYSED
    assert call_policy(call(20 * MINUTE, **transferred), NOW) == ENDED
    over = transferred | {"transfer_end_timestamp": NOW * 1000}
    assert call_policy(call(20 * MINUTE, **over), NOW) == SETTLED
    assert call_policy(call(HOUR, **transferred), NOW) == SETTLED


@pytest.mark.parametrize("setting", ["everything_except_pii", "basic_attributes_only", "newer"])
def test_a_call_of_which_not_all_is_to_be_stored_is_not_settled_before_an_hour(
    setting: str,
) -> None:
    stored = {"data_storage_setting": setting} | ANALYSED
    assert call_policy(call(HOUR - 1, **stored), NOW) == ENDED
    assert call_policy(call(HOUR, **stored), NOW) == SETTLED
    for every in ("everything", None):
        kept = {"data_storage_setting": every} | ANALYSED
        assert call_policy(call(10 * MINUTE, **kept), NOW) == SETTLED


def test_a_call_that_was_cancelled_in_transfer_is_like_any_other() -> None:
    cancelled = call(20 * MINUTE, disconnection_reason="transfer_cancelled", **ANALYSED)
    assert call_policy(cancelled, NOW) == SETTLED


@pytest.mark.parametrize(
    ("begun", "freshness"), [(HOUR, SETTLED), (HOUR - 1, ENDED), (None, ENDED)]
)
def test_a_call_without_an_end_ages_from_its_begin(
    begun: float | None, freshness: Freshness
) -> None:
    start = {} if begun is None else {"start_timestamp": (NOW - begun) * 1000}
    assert call_policy({"call_status": "not_connected"} | start, NOW) == freshness


@pytest.mark.parametrize("end", ["yesterday", [], {}])
def test_an_end_that_is_no_time_counts_as_now(end: object) -> None:
    assert call_policy({"call_status": "ended", "end_timestamp": end}, NOW) == ENDED


@pytest.mark.parametrize("field", URL_FIELDS)
def test_a_call_is_kept_half_as_long_as_its_urls_work(field: str) -> None:
    signed: dict[str, Any] = {field: f"https://x.test/a?Expires={NOW + 600:.0f}"}
    assert call_policy(call(HOUR, **signed), NOW) == SETTLED.capped(300)
    assert call_policy(call(HOUR, **signed), NOW).life == 300
    assert call_policy(call(**signed), NOW) == LIVE


def test_a_url_that_is_kept_as_bytes_is_looked_at_as_well() -> None:
    signed = f"https://x.test/{'a' * SMALL}?Expires={NOW + 600:.0f}"
    body = orjson.dumps(call(HOUR, recording_url=signed))
    assert call_policy(read_record(body)[0], NOW) == SETTLED.capped(300)


def test_urls_that_do_not_say_how_long_they_work_are_taken_for_short() -> None:
    signed = {"recording_url": "https://x.test/a?token=t"}
    assert call_policy(call(HOUR, **signed), NOW).life == UNKNOWN_LIFE / 2


def test_urls_that_work_no_more_are_not_kept() -> None:
    expired = {"recording_url": "https://x.test/a?Expires=1", "public_log_url": None}
    assert call_policy(call(HOUR, **expired), NOW) == Freshness(max_age=0)


def test_every_url_of_a_call_is_looked_at() -> None:
    from retell.types import PhoneCallResponse

    urls = {name for name in PhoneCallResponse.model_fields if name.endswith("_url")}
    assert urls - {"opt_in_signed_url"} == set(URL_FIELDS)


def test_every_transcript_is_only_in_full() -> None:
    from retell.types import PhoneCallResponse

    names = {name for name in PhoneCallResponse.model_fields if "transcript" in name}
    assert names == ONLY_IN_FULL


# --- Pages -------------------------------------------------------------------------------------


def page(*items: dict[str, Any]) -> dict[str, Any]:
    return {"items": list(items)}


def test_a_page_that_new_calls_may_enter_is_open() -> None:
    assert page_policy(page(call(HOUR)), NOW) == OPEN_PAGE
    assert page_policy(page(), NOW) == OPEN_PAGE


def test_a_page_of_a_time_that_is_over_is_closed() -> None:
    closes = NOW - CLOSED_AFTER
    assert page_policy(page(call(HOUR)), NOW, closes=closes) == CLOSED_PAGE
    assert page_policy(page(), NOW, closes=closes) == CLOSED_PAGE
    assert page_policy(page(), NOW, closes=closes + 1) == OPEN_PAGE


def test_a_list_of_ids_is_closed_once_all_are_there() -> None:
    settled = call(HOUR)
    assert page_policy(page(settled, settled), NOW, expected=2) == CLOSED_PAGE
    assert page_policy(page(settled), NOW, expected=2) == OPEN_PAGE


def test_a_page_lives_no_longer_than_any_of_its_calls() -> None:
    closes = NOW - CLOSED_AFTER
    assert page_policy(page(call(HOUR), call()), NOW, closes=closes) == LIVE
    assert page_policy(page(call(HOUR), call(0)), NOW, closes=closes) == ENDED
    signed = call(HOUR, recording_url=f"https://x.test/a?Expires={NOW + 20:.0f}")
    assert page_policy(page(signed), NOW, closes=closes) == Freshness(10, 0, 0)


def test_what_is_no_page_has_no_policy() -> None:
    with pytest.raises(UpstreamInvalid):
        page_policy({"items": None}, NOW)


def test_no_life_is_without_an_end() -> None:
    kinds = (LIVE, ENDED, SETTLED, OPEN_PAGE, CLOSED_PAGE)
    assert [kind.life for kind in kinds] == [2, 310, 16200, 305, 15000]


@pytest.mark.parametrize("end", [(NOW - 5 * HOUR) * 1000, 0, "", True])
def test_an_ongoing_call_is_live_whatever_end_it_has(end: object) -> None:
    assert call_policy(call(end_timestamp=end, start_timestamp=(NOW - HOUR) * 1000), NOW) == LIVE


@pytest.mark.parametrize("end", [0, -5, "", True, None])
def test_an_end_that_is_none_does_not_end_a_call(end: object) -> None:
    assert call_policy(call(call_status="registered", end_timestamp=end), NOW) == LIVE


def test_urls_in_transcripts_count_as_well() -> None:
    file = {"url": f"https://x.test/a?Expires={NOW + 60:.0f}"}
    for name in ONLY_IN_FULL - {"transcript"}:
        given = call(2 * HOUR, **{name: [{"role": "sms", "multimedia": [file]}]})
        assert call_policy(given, NOW).life == 30
    odd = [None, {"multimedia": "text"}, {"multimedia": [7]}, {"role": "agent"}]
    assert call_policy(call(2 * HOUR, transcript_object=odd), NOW) == SETTLED


def test_a_list_that_names_very_many_is_tagged_as_one_that_names_none() -> None:
    few = {"call_id": {"type": "enum", "op": "in", "value": ["call_1", "call_2"]}}
    many = {"call_id": {"type": "enum", "op": "in", "value": [str(n) for n in range(101)]}}
    agents = {"agent": [{"agent_id": str(n)} for n in range(101)]}
    assert _page_tags(few) == ["all", "call:call_1", "call:call_2"]
    anywhere = ["all", "any", "open", "open:any"]
    assert _page_tags(many) == _page_tags(agents) == _page_tags({}) == anywhere


@pytest.mark.parametrize(
    ("version", "key"), [(3, "a:3"), (3.0, "a:3"), (3.5, "a:3.5"), (None, "a")]
)
def test_an_agent_is_named_by_its_version(version: object, key: str) -> None:
    assert _agent_key({"agent_id": "a", "agent_version": version}) == key
    assert _agent_key({"agent_id": 7, "agent_version": version}) is None
