"""`gateway.upstream.deadline`."""

from __future__ import annotations

from gateway.upstream.deadline import Deadline

from .playing import Clock


def test_remaining_time_shrinks_with_the_clock_and_is_never_negative() -> None:
    clock = Clock()
    deadline = Deadline.after(5, clock)
    assert deadline.remaining() == 5
    clock.now += 4
    assert deadline.remaining() == 1
    clock.now += 4
    assert deadline.remaining() == 0


def test_sooner_only_ever_brings_a_deadline_forward() -> None:
    clock = Clock()
    deadline = Deadline.after(5, clock)
    assert deadline.sooner(2).remaining() == 2
    assert deadline.sooner(9).remaining() == 5


def test_the_clock_is_the_monotonic_one_unless_another_is_given() -> None:
    assert 0 < Deadline.after(60).remaining() <= 60
