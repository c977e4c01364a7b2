"""`gateway.upstream.retry`: what is sent again, after how long, and what is said in the end."""

from __future__ import annotations

import pytest

from gateway.errors import OutcomeUnknown, UpstreamUnavailable
from gateway.upstream.retry import Failure, RetryBudget, RetryPolicy, final_error, retry_after

NOW = 1_700_000_000.0  # Tue, 14 Nov 2023 22:13:20 GMT


def failure(
    *, transient: bool = True, unclear: bool = True, retry_after: float | None = None
) -> Failure:
    error = UpstreamUnavailable("down")
    return Failure(error, transient=transient, unclear=unclear, retry_after=retry_after)


@pytest.mark.parametrize(
    ("number", "chance", "expected"),
    [(1, 1.0, 0.25), (2, 1.0, 0.5), (3, 1.0, 1.0), (6, 1.0, 4.0), (2, 0.5, 0.25), (2, 0.0, 0.0)],
)
def test_waits_double_up_to_a_cap_and_are_jittered_in_full(
    number: int, chance: float, expected: float
) -> None:
    policy = RetryPolicy(attempts=9, cap=4.0)
    wait = policy.wait(failure(), number=number, remaining=60, chance=chance)
    assert wait == expected


def test_there_are_three_attempts_and_no_more() -> None:
    waits = [
        RetryPolicy().wait(failure(), number=n, remaining=60, chance=1.0) for n in (1, 2, 3, 4)
    ]
    assert waits == [0.25, 0.5, None, None]


def test_a_lasting_failure_is_final() -> None:
    assert RetryPolicy().wait(failure(transient=False), number=1, remaining=60, chance=0) is None


def test_a_wait_is_never_shorter_than_asked_for() -> None:
    waits = [
        RetryPolicy().wait(failure(retry_after=2), number=1, remaining=60, chance=chance)
        for chance in (0.0, 1.0)
    ]
    assert waits == [2.0, 2.25]


def test_more_patience_than_the_limit_is_not_had() -> None:
    policy = RetryPolicy(longest_retry_after=30)
    assert policy.wait(failure(retry_after=30), number=1, remaining=60, chance=0) == 30
    assert policy.wait(failure(retry_after=30.1), number=1, remaining=60, chance=0) is None


def test_no_wait_reaches_the_deadline() -> None:
    wait = RetryPolicy().wait(failure(retry_after=2), number=1, remaining=2, chance=0)
    assert wait is None


def test_the_budget_allows_its_reserve_and_then_a_fifth_of_all_requests() -> None:
    budget = RetryBudget(ratio=0.25, reserve=3)
    assert [budget.spend() for _ in range(4)] == [True, True, True, False]
    retries = 0
    for _ in range(100):
        budget.earn()
        retries += budget.spend()
    assert retries == 25


def test_the_budget_saves_up_no_more_than_its_reserve() -> None:
    budget = RetryBudget(ratio=0.25, reserve=2)
    for _ in range(1000):
        budget.earn()
    assert [budget.spend() for _ in range(3)] == [True, True, False]


def test_only_a_change_with_an_unclear_effect_ends_as_outcome_unknown() -> None:
    unclear, clear = failure(unclear=True), failure(unclear=False)
    assert type(final_error(unclear, safe=False)) is OutcomeUnknown
    assert final_error(clear, safe=False) is clear.error
    assert final_error(unclear, safe=True) is unclear.error


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after-ms": "250"}, 0.25),
        ({"retry-after-ms": "250", "retry-after": "3"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "3"}, 3.0),
        ({"retry-after": "Tue, 14 Nov 2023 22:13:25 GMT"}, 5.0),
        ({"retry-after": "Tue, 14 Nov 2023 22:13:00 GMT"}, 0.0),
        ({"retry-after": "-3"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "1e9"}, None),
        ({"retry-after": "9" * 400}, None),
        ({"retry-after": "٣"}, None),
        ({"retry-after": "tomorrow"}, None),
        ({"retry-after": "Tue, 99 Nov 2023 22:13:25 GMT"}, None),
    ],
)
def test_how_long_retell_asks_to_wait(headers: dict[str, str], expected: float | None) -> None:
    assert retry_after(headers, NOW) == expected


def test_a_date_is_measured_against_the_answers_own_clock() -> None:
    headers = {
        "date": "Tue, 14 Nov 2023 10:00:00 GMT",
        "retry-after": "Tue, 14 Nov 2023 10:00:04 GMT",
    }
    assert retry_after(headers, NOW) == 4
