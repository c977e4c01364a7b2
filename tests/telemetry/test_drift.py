"""Values that are newer than the schema are counted, and told once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from gateway.telemetry.drift import DRIFT, OTHER, Drift
from tests.promises.test_broken_upstream import Damaging
from tests.world import GET_CALL, world

if TYPE_CHECKING:
    from typing import Any


def told(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    return [
        (vars(record)["type"], vars(record)["value"])
        for record in caplog.records
        if record.name == "gateway.telemetry.drift"
    ]


def test_a_value_is_told_once_and_counted_each_time(caplog: pytest.LogCaptureFixture) -> None:
    drift = Drift()
    for _ in range(3):
        drift.note("Mood", "angry")
    drift.note("Other", "angry")
    assert drift.counts == {("Mood", "angry"): 3, ("Other", "angry"): 1}
    assert told(caplog) == [("Mood", "angry"), ("Other", "angry")]


@pytest.mark.parametrize("value", ["My name is Ann", "+14155550100", "", "x" * 49, "a\nb", "Ann"])
def test_what_could_be_somebodys_words_is_not_told(
    value: str, caplog: pytest.LogCaptureFixture
) -> None:
    drift = Drift()
    drift.note("Mood", value)
    assert told(caplog) == [("Mood", OTHER)]
    assert value not in caplog.text or value == ""


def test_only_so_many_are_counted_apart(caplog: pytest.LogCaptureFixture) -> None:
    drift = Drift(most=2)
    for value in ("a", "b", "c", "d", "a"):
        drift.note("Mood", value)
    assert drift.counts == {("Mood", "a"): 2, ("Mood", "b"): 1, ("Mood", OTHER): 2}
    assert told(caplog) == [("Mood", "a"), ("Mood", "b"), ("Mood", OTHER)]


@pytest.mark.parametrize("executor", ["compiled", "interpreted"])
@pytest.mark.parametrize(
    ("changes", "selected", "shown", "counted"),
    [
        (
            {"call_status": "pondering_1"},
            "callStatus callStatusRaw",
            {"callStatus": "UNKNOWN", "callStatusRaw": "pondering_1"},
            ("CallStatus", "pondering_1"),
        ),
        (
            {"call_type": "pigeon_1"},
            "__typename callTypeRaw",
            {"__typename": "UnknownCall", "callTypeRaw": "pigeon_1"},
            ("UnknownCall", "pigeon_1"),
        ),
    ],
)
async def test_what_is_newer_is_unknown_and_noted_by_either_executor(
    changes: dict[str, Any],
    selected: str,
    shown: dict[str, str],
    counted: tuple[str, str],
    executor: str,
) -> None:
    transport = Damaging()
    async with world(calls=20, cache="off", transport=transport, executor=executor) as it:
        transport.inner = httpx.ASGITransport(it.sandbox)
        transport.damage = lambda call: call.update(changes)
        query = f'{{ call(callId: "{it.settled()[0]}") {{ {selected} }} }}'
        before = DRIFT.counts[counted]
        for times in (1, 2):
            assert (await it.data(query))["call"] == shown
            assert DRIFT.counts[counted] >= before + times
        assert it.requests == {GET_CALL: 2}
