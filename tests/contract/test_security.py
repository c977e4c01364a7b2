"""SECURITY.md: every test that it names is there, and what it says of locks and the image holds."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "SECURITY.md").read_text("utf-8")
ROW = re.compile(r"^\| ([^|]+) \| ([^|]+) \| (`tests/[^|]+`) \|$", re.MULTILINE)
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


def named() -> list[tuple[str, str]]:
    """File and name of each test, in the order of the table."""
    return re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)


def test_every_threat_has_an_answer_and_a_test_that_shows_it() -> None:
    rows = ROW.findall(TEXT)
    threats = [threat for threat, _, _ in rows]
    assert len(threats) == len(set(threats)) >= 60
    for threat, answer, tests in rows:
        assert answer.strip(), threat
        for each in tests.split(", "):
            assert re.fullmatch(r"`tests/[\w/]+\.py::test_\w+`", each), each
    table = TEXT.split("## Threats", 1)[1].split("\n## ", 1)[0]
    lines = [line for line in table.splitlines() if line.startswith("|")]
    assert len(lines) == len(rows) + 2  # its head


def test_every_test_that_is_named_is_there() -> None:
    assert len(named()) > 100
    missing = [
        f"{path}::{name}"
        for path, name in named()
        if not re.search(rf"^(async )?def {name}\(", (ROOT / path).read_text("utf-8"), re.MULTILINE)
    ]
    assert missing == []


def test_what_is_not_answered_is_said() -> None:
    told = TEXT.split("## Not answered", 1)[1]
    assert len(re.findall(r"^- \*\*", told, re.MULTILINE)) >= 10


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_locks_pin_every_package_by_its_hashes_and_name_no_registry(lock: Path) -> None:
    text = lock.read_text("utf-8")
    packages = re.split(r"\n(?=\S)", text.strip())
    assert packages
    for package in packages:
        first, *hashes = re.sub(r"\\\n", "", package).split(" --hash=")
        assert re.fullmatch(r"[\w.\-\[\]]+==[\w.+!]+( ; [^\\]+)?\s*", first), first
        assert hashes, first
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}\s*", each) for each in hashes), first
    assert "://" not in text
    assert "--index" not in text


def test_the_image_runs_as_nobody_and_is_made_from_locks() -> None:
    lines = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ").splitlines()
    last_stage = lines[max(n for n, line in enumerate(lines) if line.startswith("FROM ")) :]
    assert "USER 10001:10001" in last_stage
    assert 'ENTRYPOINT ["retell-gateway"]' in last_stage
    assert not [line for line in last_stage if line.startswith(("RUN", "ADD"))]
    installs = [line for line in lines if "pip install" in line or " install " in line]
    assert installs
    for each in " && ".join(installs).split("&&"):
        if " install " in each:
            assert "--require-hashes" in each or "--no-index" in each, each
