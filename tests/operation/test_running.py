"""How an operation ends, and how long it took, by a clock that is moved by hand."""

from __future__ import annotations

import asyncio
import logging

import pytest

from gateway.errors import BadUserInput
from gateway.operation.audited import Audited
from gateway.operation.running import Running
from gateway.telemetry.audit import Audit
from tests.operation.tiny import CLOCK, asking

AUDITED = Audited(Audit(lambda _line: None, CLOCK), {})


def test_the_line_says_how_long_it_took(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    times = iter([100.0, 100.25678])
    Running(asking("{ hello }"), AUDITED, clock=lambda: next(times)).end("refused")
    assert [record.__dict__["duration_ms"] for record in caplog.records] == [256.8]


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (asyncio.CancelledError, "cancelled"),
        (GeneratorExit, "cancelled"),
        (LookupError, "failed"),
        (SystemExit, "failed"),
    ],
)
def test_an_exception_ends_it_and_goes_on(
    error: type[BaseException], outcome: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with pytest.raises(error), Running(asking("{ hello }"), AUDITED):
        raise error
    assert [record.__dict__["outcome"] for record in caplog.records] == [outcome]


def test_what_ends_well_is_not_ended_by_an_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with Running(asking("{ hello }"), AUDITED):
        pass
    assert caplog.records == []


def test_what_has_ended_is_not_ended_again(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    running = Running(asking("{ hello }"), AUDITED)
    running.end("refused", ["CODE"])
    with pytest.raises(LookupError), running:
        raise LookupError
    assert [record.__dict__["outcome"] for record in caplog.records] == ["refused"]


def test_an_error_of_ours_before_it_is_executed_refuses_it(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    with pytest.raises(BadUserInput), Running(asking("{ hello }"), AUDITED):
        raise BadUserInput("no")
    assert [
        (record.__dict__["outcome"], record.__dict__["codes"]) for record in caplog.records
    ] == [("refused", ["BAD_USER_INPUT"])]
