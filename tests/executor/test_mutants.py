"""The bugs that `make mutants` puts into the executor; that they are noticed it says itself."""

from __future__ import annotations

from tests.executor.mutants import MUTANTS, ROOT


def test_each_has_its_one_place_in_the_source() -> None:
    assert [mutant.name for mutant in MUTANTS if not mutant.fits(ROOT)] == []


def test_they_are_many_and_have_names_of_their_own() -> None:
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS) >= 100
