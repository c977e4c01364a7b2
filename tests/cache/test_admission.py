from __future__ import annotations

from gateway.cache.admission import Admission

ONE = frozenset({"one"})
NONE: frozenset[str] = frozenset()


def test_a_fetch_that_nothing_overtook_is_admitted() -> None:
    admission = Admission()
    with admission.ticket("key") as ticket:
        assert admission.admit(ticket, ONE)


def test_a_purge_shuts_out_what_is_in_the_air_and_has_one_of_its_tags() -> None:
    admission = Admission()
    with admission.ticket("key") as ticket, admission.ticket("other key") as other:
        admission.purge(["one", "two"])
        assert not admission.admit(ticket, ONE)
        assert not admission.admit(other, ONE | {"three"})


def test_a_purge_lets_in_what_has_none_of_its_tags() -> None:
    admission = Admission()
    with admission.ticket("key") as ticket:
        admission.purge(["two"])
        assert admission.admit(ticket, ONE)


def test_purges_add_up() -> None:
    admission = Admission()
    with admission.ticket("key") as ticket:
        admission.purge(["one"])
        admission.purge(["two"])
        assert not admission.admit(ticket, ONE)


def test_a_purge_does_not_touch_a_fetch_that_leaves_after_it() -> None:
    admission = Admission()
    admission.purge(["one"])
    with admission.ticket("key") as ticket:
        assert admission.admit(ticket, ONE)


def test_a_later_fetch_that_lands_first_shuts_out_the_earlier() -> None:
    admission = Admission()
    with admission.ticket("key") as earlier, admission.ticket("key") as later:
        assert admission.admit(later, NONE)
        assert not admission.admit(earlier, NONE)


def test_an_earlier_fetch_that_lands_first_is_followed_by_the_later() -> None:
    admission = Admission()
    with admission.ticket("key") as earlier, admission.ticket("key") as later:
        assert admission.admit(earlier, NONE)
        assert admission.admit(later, NONE)


def test_a_later_fetch_that_is_shut_out_itself_shuts_out_no_other() -> None:
    admission = Admission()
    with admission.ticket("key") as earlier, admission.ticket("key") as later:
        admission.purge(["one"])
        assert not admission.admit(later, ONE)
        assert admission.admit(earlier, NONE)


def test_what_has_landed_is_forgotten() -> None:
    admission = Admission()
    with admission.ticket("key"):
        with admission.ticket("key"):
            pass
        assert len(admission._in_the_air["key"]) == 1
    assert admission._in_the_air == {}
