"""`gateway.operation.answers`: valid as long as their entries are, bounded by bytes."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.cache.entry import Entry, Freshness
from gateway.operation.answers import MOST_BODIES, OVERHEAD, Answers, Asked, Body, Remembered


@dataclass
class Memory:
    """What is kept under which key, and the time."""

    entries: dict[str, Entry] = field(default_factory=dict)
    now: float = 0.0
    changes: int = 0
    looked_at: list[str] = field(default_factory=list)

    def keep(self, key: str, max_age: float = 60) -> Entry:
        self.changes += 1
        self.entries[key] = Entry(None, Freshness(max_age), frozenset(), 1, self.now)
        return self.entries[key]

    def drop(self, key: str) -> None:
        self.changes += 1
        del self.entries[key]

    def is_current(self, key: str, entry: Entry) -> bool:
        self.looked_at.append(key)
        return self.entries.get(key) is entry

    def answers(self, most_bytes: int = 1_000_000) -> Answers:
        return Answers(
            self.is_current,
            lambda: self.changes,
            lambda: self.now,
            most_bytes=most_bytes,
        )


def shown(remembered: Remembered | None) -> bytes | None:
    return None if remembered is None else remembered.content


def asked(document: str = "{ a }", view: str = "one") -> Asked:
    return Asked(view, document, None, b"{}")


def body(content: bytes = b"{}", view: str = "one") -> Body:
    return Body(view, False, content)


def test_an_answer_is_found_by_its_body_and_by_what_was_asked() -> None:
    memory = Memory()
    answers = memory.answers()
    answers.remember(asked(), body(), b"answer", {"a": memory.keep("a")})
    assert shown(answers.to_body(body())) == b"answer"
    assert shown(answers.to_asked(asked(), None)) == b"answer"
    assert answers.to_body(body(b"{ }")) is None
    assert answers.to_body(body(view="two")) is None
    assert answers.to_asked(asked(view="two"), None) is None
    assert answers.to_asked(asked("{ b }"), None) is None


def test_what_was_asked_in_new_bytes_is_found_by_them_from_then_on() -> None:
    memory = Memory()
    answers = memory.answers()
    answers.remember(asked(), None, b"answer", {"a": memory.keep("a")})
    assert answers.to_body(body()) is None
    assert shown(answers.to_asked(asked(), body())) == b"answer"
    assert shown(answers.to_body(body())) == b"answer"


def test_only_so_many_spellings_lead_to_an_answer_at_once() -> None:
    memory = Memory()
    answers = memory.answers()
    answers.remember(asked(), None, b"answer", {"a": memory.keep("a")})
    spellings = [body(b" " * number) for number in range(MOST_BODIES + 1)]
    for spelling in spellings:
        assert shown(answers.to_asked(asked(), spelling)) == b"answer"
    assert [shown(answers.to_body(spelling)) for spelling in spellings] == [
        *[b"answer"] * MOST_BODIES,
        None,
    ]


def test_it_is_valid_until_the_first_of_its_entries_is_no_longer_fresh() -> None:
    memory = Memory()
    answers = memory.answers()
    entries = {"a": memory.keep("a", 60), "b": memory.keep("b", 5)}
    answers.remember(asked(), body(), b"answer", entries)
    memory.now = 4.9
    assert shown(answers.to_body(body())) == b"answer"
    memory.now = 5
    assert answers.to_body(body()) is None
    assert (len(answers), answers.bytes_held) == (0, 0)


def test_it_is_invalid_as_soon_as_one_of_its_entries_is_not_the_current_one() -> None:
    memory = Memory()
    answers = memory.answers()
    entries = {"a": memory.keep("a"), "b": memory.keep("b")}
    answers.remember(asked(), body(), b"answer", entries)
    memory.keep("b")
    assert answers.to_asked(asked(), body()) is None
    assert (len(answers), answers.bytes_held) == (0, 0)
    answers.remember(asked(), body(), b"answer", memory.entries)
    memory.drop("a")
    assert answers.to_body(body()) is None


def test_what_is_outdated_already_is_not_kept() -> None:
    memory = Memory()
    answers = memory.answers()
    entries = {"a": memory.keep("a")}
    memory.keep("a")
    answers.remember(asked(), body(), b"answer", entries)
    assert len(answers) == 0
    stale = {"b": memory.keep("b", 0)}
    answers.remember(asked(), body(), b"answer", stale)
    assert len(answers) == 0


def test_what_needs_no_entry_is_always_valid() -> None:
    memory = Memory()
    answers = memory.answers()
    answers.remember(asked(), body(), b"answer", {})
    memory.now = 1e12
    assert shown(answers.to_body(body())) == b"answer"


def test_a_newer_answer_takes_the_place_of_an_older_one() -> None:
    memory = Memory()
    answers = memory.answers()
    answers.remember(asked(), body(), b"older", {"a": memory.keep("a")})
    held = answers.bytes_held
    answers.remember(asked(), body(), b"newer", {"a": memory.keep("a")})
    assert shown(answers.to_body(body())) == b"newer"
    assert (len(answers), answers.bytes_held) == (1, held)


def test_the_answer_used_longest_ago_goes_first() -> None:
    memory = Memory()
    entries = {"a": memory.keep("a")}
    answers = memory.answers(3 * (OVERHEAD + 1500))
    for name in "abc":
        answers.remember(asked(name), body(name.encode()), b"x" * 1000, entries)
    assert len(answers) == 3
    assert answers.to_body(body(b"a")) is not None
    answers.remember(asked("d"), body(b"d"), b"x" * 1000, entries)
    assert answers.to_body(body(b"b")) is None
    assert answers.to_asked(asked("b"), None) is None
    assert [answers.to_body(body(name)) is not None for name in (b"a", b"c", b"d")] == [True] * 3
    assert answers.bytes_held <= 3 * (OVERHEAD + 1500)


def test_an_answer_larger_than_all_may_be_takes_the_place_of_none() -> None:
    memory = Memory()
    entries = {"a": memory.keep("a")}
    answers = memory.answers(5_000)
    answers.remember(asked("a"), body(b"a"), b"small", entries)
    answers.remember(asked("b"), body(b"b"), b"x" * 10_000, entries)
    assert shown(answers.to_body(body(b"a"))) == b"small"
    assert answers.to_body(body(b"b")) is None


def test_spellings_count_as_well() -> None:
    memory = Memory()
    entries = {"a": memory.keep("a")}
    answers = memory.answers(5_000)
    answers.remember(asked("a"), None, b"small", entries)
    assert shown(answers.to_asked(asked("a"), body(b"x" * 10_000))) == b"small"
    assert (len(answers), answers.bytes_held) == (0, 0)


def test_entries_are_looked_at_again_only_after_any_has_changed() -> None:
    memory = Memory()
    entries = {"a": memory.keep("a"), "b": memory.keep("b")}
    answers = memory.answers()
    answers.remember(asked(), body(), b"answer", entries)
    memory.looked_at.clear()
    assert shown(answers.to_body(body())) == b"answer"
    assert memory.looked_at == []
    memory.keep("c")
    for _ in range(2):
        assert shown(answers.to_body(body())) == b"answer"
    assert memory.looked_at == ["a", "b"]
    memory.keep("b")
    assert answers.to_body(body()) is None
