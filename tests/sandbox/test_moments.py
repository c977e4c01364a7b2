"""How calls change while the clock moves."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.sandbox.app import Sandbox, create_sandbox
from gateway.sandbox.data.agents import agents_of
from gateway.sandbox.data.arrivals import ALREADY, KEPT, Arrivals
from gateway.sandbox.urls import expires_at_ms, is_expired, sign
from tests.sandbox.asking import NOW_MS, Clock, plain

Json = dict[str, Any]
HOUR_S = 3600


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sandbox(clock: Clock) -> Sandbox:
    return create_sandbox(clock=clock, calls=120)


async def calls(sandbox: Sandbox, **criteria: object) -> list[Json]:
    body = {"limit": 1000, "filter_criteria": criteria}
    response = await plain(sandbox).post("/v3/list-calls", json=body)
    return list(response.json()["items"])


async def call(sandbox: Sandbox, call_id: str) -> Json:
    response = await plain(sandbox).get(f"/v2/get-call/{call_id}")
    return dict(response.json())


def one_of(*values: str) -> Json:
    return {"type": "enum", "op": "in", "value": list(values)}


async def running(sandbox: Sandbox, storage: str = "everything") -> Json:
    """The call of that storage setting that is going to run the longest."""
    found = await calls(
        sandbox, call_status=one_of("ongoing"), data_storage_setting=one_of(storage)
    )
    return found[0]


async def test_a_running_call_grows_ends_and_is_analysed_later(
    sandbox: Sandbox, clock: Clock
) -> None:
    call_id = (await running(sandbox))["call_id"]
    seen: list[Json] = []
    for _ in range(140):
        seen.append(await call(sandbox, call_id))
        clock.forward(5)
    lengths = [len(told.get("transcript_with_tool_calls", [])) for told in seen]
    assert lengths == sorted(lengths)
    assert lengths[0] < lengths[-1]
    statuses = [told["call_status"] for told in seen]
    ends = statuses.index("ended")
    assert statuses == ["ongoing"] * ends + ["ended"] * (140 - ends)
    assert {"end_timestamp", "duration_ms", "recording_url", "call_cost"} & seen[0].keys() == set()
    assert {"end_timestamp", "duration_ms", "recording_url", "call_cost"} < seen[ends].keys()
    assert "call_analysis" not in seen[ends]
    assert "call_analysis" in seen[-1]


async def test_between_five_and_nine_calls_are_running_at_any_time(
    sandbox: Sandbox, clock: Clock
) -> None:
    at_once = set()
    for _ in range(60):
        at_once.add(len(await calls(sandbox, call_status=one_of("ongoing"))))
        clock.forward(47)
    assert at_once <= {5, 6, 7, 8, 9}
    assert len(at_once) > 1


async def test_a_call_is_registered_before_it_starts(clock: Clock) -> None:
    sandbox = create_sandbox(clock=clock, calls=0)
    clock.forward(74.5)
    newest = (await calls(sandbox))[0]
    assert newest["call_status"] == "registered"
    assert "start_timestamp" not in newest
    clock.forward(1)
    assert (await call(sandbox, newest["call_id"]))["call_status"] == "ongoing"


async def test_a_call_that_is_to_come_is_not_found(clock: Clock) -> None:
    sandbox = create_sandbox(clock=clock, calls=0)
    clock.forward(74.5)
    newest = (await calls(sandbox))[0]
    clock.forward(-60)
    assert newest not in await calls(sandbox)
    response = await plain(sandbox).get(f"/v2/get-call/{newest['call_id']}")
    assert response.status_code == 422


def test_calls_that_came_are_kept_for_three_days_and_no_longer() -> None:
    arrivals = Arrivals("world", agents_of("world", NOW_MS), NOW_MS)
    first = arrivals.until(NOW_MS)[0]
    assert len(arrivals.until(NOW_MS)) == ALREADY + 1
    assert arrivals.get(first.call_id, NOW_MS) is first
    later = NOW_MS + 48 * HOUR_S * 1000
    assert len(arrivals.until(later)) == 48 * HOUR_S // 75 + ALREADY + 1
    much_later = NOW_MS + 90 * HOUR_S * 1000
    assert len(arrivals.until(much_later)) == KEPT
    assert arrivals.get(first.call_id, much_later) is None
    years_later = NOW_MS + 10_000 * HOUR_S * 1000
    assert len(arrivals.until(years_later)) == KEPT


async def test_the_end_and_the_cost_of_a_transfer_come_late(sandbox: Sandbox, clock: Clock) -> None:
    reasons = one_of("call_transfer", "transfer_bridged")
    clock.forward(24 * HOUR_S)
    settled = (await calls(sandbox, disconnection_reason=reasons))[0]
    leg_end_s = settled["transfer_end_timestamp"] / 1000
    assert leg_end_s > settled["end_timestamp"] / 1000 + 9 * 60
    clock.now_s = leg_end_s - 1
    early = await call(sandbox, settled["call_id"])
    assert "transfer_end_timestamp" not in early
    assert early["transfer_destination"] == settled["transfer_destination"]
    legs = [
        [cost.get("is_transfer_leg_cost") for cost in told["call_cost"]["product_costs"]]
        for told in (early, settled)
    ]
    assert (legs[0].count(True), legs[1].count(True)) == (0, 1)
    assert early["call_cost"]["combined_cost"] < settled["call_cost"]["combined_cost"]


async def test_analysis_may_be_late_and_may_never_come(clock: Clock) -> None:
    sandbox = create_sandbox(clock=clock, calls=0)
    storage = one_of("everything")
    late: set[str] = set()
    missing: set[str] = set()
    for _ in range(24):
        clock.forward(HOUR_S / 2)
        ended = await calls(sandbox, call_status=one_of("ended"), data_storage_setting=storage)
        analysed = {told["call_id"] for told in ended if "call_analysis" in told}
        late |= missing & analysed
        missing |= {told["call_id"] for told in ended} - analysed
    never = missing - analysed
    assert 0 < len(late) < len(analysed) / 10
    assert 0 < len(never) < len(analysed) / 10


async def test_the_settings_of_storage_decide_what_is_told(sandbox: Sandbox) -> None:
    ended = {
        "call_status": one_of("ended"),
        "duration_ms": {"type": "number", "op": "gt", "value": 1},
    }
    basic = (await calls(sandbox, data_storage_setting=one_of("basic_attributes_only"), **ended))[0]
    told = await call(sandbox, basic["call_id"])
    content = {
        "transcript",
        "transcript_object",
        "recording_url",
        "public_log_url",
        "call_analysis",
    }
    assert content & told.keys() == set()
    assert {"duration_ms", "call_cost", "latency"} < told.keys()
    no_pii = await calls(sandbox, data_storage_setting=one_of("everything_except_pii"), **ended)
    told = await call(sandbox, no_pii[-1]["call_id"])
    scrubbed = {"scrubbed_transcript_with_tool_calls", "scrubbed_recording_url", "transcript"}
    assert scrubbed < told.keys()
    assert "recording_url" not in told
    assert "customer" not in told["transcript"]
    assert told["scrubbed_transcript_with_tool_calls"] == told["transcript_with_tool_calls"]


async def test_personal_data_is_still_there_at_the_very_end(clock: Clock) -> None:
    sandbox = create_sandbox(clock=clock, calls=0)
    clock.forward(4 * HOUR_S)
    storage = one_of("everything_except_pii")
    settled = (await calls(sandbox, call_status=one_of("ended"), data_storage_setting=storage))[-1]
    assert "recording_url" not in settled
    clock.now_s = settled["end_timestamp"] / 1000 + 1
    fresh = await call(sandbox, settled["call_id"])
    assert {"recording_url", "transcript"} < fresh.keys()
    assert "scrubbed_recording_url" not in fresh


async def test_addresses_are_signed_anew_on_each_read_and_expire(clock: Clock) -> None:
    sandbox = create_sandbox(clock=clock)
    life_s = set()
    for told in await calls(sandbox, call_status=one_of("ended")):
        url = told.get("recording_url")
        if url is None:
            continue
        end_ms = expires_at_ms(url)
        assert (end_ms is not None) == told["opt_in_signed_url"]
        if end_ms is not None:
            life_s.add((end_ms - NOW_MS) // 1000)
    assert life_s == {600, HOUR_S, 2 * HOUR_S, 24 * HOUR_S}


async def test_a_second_read_has_another_signature(sandbox: Sandbox, clock: Clock) -> None:
    signed = next(
        told["recording_url"]
        for told in await calls(sandbox)
        if "X-Amz-Signature" in told.get("recording_url", "")
    )
    path = signed.partition("?")[0]
    clock.forward(1)
    again = [told.get("recording_url", "") for told in await calls(sandbox)]
    assert signed not in again
    assert path in [url.partition("?")[0] for url in again]


def test_an_address_is_expired_from_its_last_second_on() -> None:
    url = sign("https://files.retell.example/x", NOW_MS, 600_000)
    assert not is_expired(url, NOW_MS + 599_999)
    assert is_expired(url, NOW_MS + 600_000)
    assert not is_expired("https://files.retell.example/x", NOW_MS * 2)


async def test_conversations_are_about_forty_utterances_long(clock: Clock) -> None:
    sandbox = create_sandbox(clock=clock, calls=120)
    client = plain(sandbox)
    kept = await calls(
        sandbox, call_status=one_of("ended"), data_storage_setting=one_of("everything")
    )
    counts = []
    for told in kept:
        whole = (await client.get(f"/v2/get-call/{told['call_id']}")).json()
        ends = [word["end"] for entry in whole["transcript_object"] for word in entry["words"]]
        assert ends == sorted(ends)
        assert ends[-1] <= whole["duration_ms"] / 1000
        counts.append(len(whole["transcript_object"]))
    assert 35 <= sum(counts) / len(counts) <= 45
    assert min(counts) < 5
