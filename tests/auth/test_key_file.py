"""The file of the gateway's own keys: what is in it, what is refused, and how it is written."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import orjson
import pytest

from gateway.auth.key_file import (
    MOST_BYTES,
    KeyFileError,
    StoredKey,
    hash_of,
    new_key,
    read_keys,
    with_key,
    without_key,
    write_keys,
)

if TYPE_CHECKING:
    from pathlib import Path

KNOWN = frozenset({"calls:read", "web-calls:write"})
THEN = datetime(2026, 5, 28, 20, 26, 40, 123456, tzinfo=UTC)


def stored(name: str = "board", *scopes: str, tenant: str = "default") -> StoredKey:
    return new_key(name, tenant, scopes, THEN, None)[1]


def test_a_key_is_256_random_bits_of_which_a_hash_is_kept() -> None:
    key, kept = new_key("board", "default", ["calls:read"], THEN, timedelta(days=90))
    assert re.fullmatch(r"rgw_[A-Za-z0-9_-]{43}", key)
    assert kept.hash == hash_of(key) == sha256(key.encode()).hexdigest()
    assert key[4:] not in repr(kept)
    assert len({new_key("board", "default", [], THEN, None)[0] for _ in range(100)}) == 100


def test_what_is_written_is_read_and_can_be_read_by_people(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    kept = new_key("board", "b", ["calls:read", "*"], THEN, timedelta(days=1))[1]
    write_keys(path, [kept])
    assert read_keys(path) == (kept,)
    assert orjson.loads(path.read_bytes()) == {
        "keys": [
            {
                "name": "board",
                "hash": kept.hash,
                "tenant": "b",
                "scopes": ["calls:read", "*"],
                "created": "2026-05-28T20:26:40Z",
                "expires": "2026-05-29T20:26:40Z",
            }
        ]
    }
    assert path.read_bytes().endswith(b"}\n")


def test_only_its_owner_may_read_it_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text("{}")
    path.chmod(0o644)
    write_keys(path, [stored()])
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_where_it_cannot_be_written_the_old_one_stays(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="it cannot be written: No such file or directory"):
        write_keys(tmp_path / "missing" / "keys.json", [])
    folder = tmp_path / "folder"
    (folder / "in it").mkdir(parents=True)
    with pytest.raises(KeyFileError, match="it cannot be written"):
        write_keys(folder, [])
    assert list(tmp_path.iterdir()) == [folder]


HASH = "0" * 64
ENTRY = {"name": "a", "hash": HASH, "created": "2026-01-01T00:00:00Z"}

REFUSED = {
    "no JSON": (b"key: x", "it is not JSON"),
    "not UTF-8": (b'{"keys": [{"name": "\xff"}]}', "it is not JSON"),
    "too deep": (b'{"keys": [{"name": ' + b"[" * 100_000, "not in order"),
    "a list": (b"[]", "not in order: Expected `object`, got `array`"),
    "no list": ({"keys": 1}, r"at `\$.keys`"),
    "an unknown field": ({"keys": [ENTRY | {"secret": "x"}]}, "unknown field `secret`"),
    "an unknown field on top": ({"key": []}, "unknown field `key`"),
    "no hash": ({"keys": [{"name": "a", "created": ENTRY["created"]}]}, "required field `hash`"),
    "a hash that is none": ({"keys": [ENTRY | {"hash": HASH[1:]}]}, r"at `\$.keys\[0\].hash`"),
    "a hash and more": ({"keys": [ENTRY | {"hash": HASH + "\n"}]}, r"at `\$.keys\[0\].hash`"),
    "a name with a space": ({"keys": [ENTRY | {"name": "a b"}]}, r"at `\$.keys\[0\].name`"),
    "a scope that is none": ({"keys": [ENTRY | {"scopes": ["calls"]}]}, "scopes"),
    "no tenant": ({"keys": [ENTRY | {"tenant": ""}]}, "tenant"),
    "a time without zone": ({"keys": [ENTRY | {"expires": "2026-01-01T00:00:00"}]}, "expires"),
    "two of one name": ({"keys": [ENTRY, ENTRY | {"hash": "1" * 64}]}, "two keys have one name"),
    "two of one hash": ({"keys": [ENTRY, ENTRY | {"name": "b"}]}, "two keys have one hash"),
    "too large": (b" " * (MOST_BYTES + 1), "it is too large"),
}


@pytest.mark.parametrize(("content", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_a_file_that_is_not_in_order_is_refused(
    content: object, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(content if isinstance(content, bytes) else orjson.dumps(content))
    with pytest.raises(KeyFileError, match=message) as caught:
        read_keys(path)
    assert HASH[1:] not in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match="it cannot be read: No such file or directory"):
        read_keys(tmp_path / "keys.json")


def test_what_may_be_left_out_has_a_meaning(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(orjson.dumps({"keys": [ENTRY]}))
    (key,) = read_keys(path)
    assert (key.tenant, key.scopes, key.expires) == ("default", (), None)


def test_a_name_is_given_once() -> None:
    keys = with_key((), stored("board"), KNOWN)
    assert [key.name for key in with_key(keys, stored("other"), KNOWN)] == ["board", "other"]
    with pytest.raises(KeyFileError, match="a key of the name board already"):
        with_key(keys, stored("board"), KNOWN)


@pytest.mark.parametrize("scope", ["calls:read", "web-calls:write", "*"])
def test_scopes_that_are_known_are_granted(scope: str) -> None:
    assert with_key((), stored("board", scope), KNOWN)[0].scopes == (scope,)


@pytest.mark.parametrize("scope", ["calls", "Calls:read", "calls:", "calls:read ", "a:b", "**", ""])
def test_scopes_that_nobody_declared_are_refused(scope: str) -> None:
    with pytest.raises(KeyFileError) as caught:
        with_key((), stored("board", "calls:read", scope, "*"), KNOWN)
    message = f"there is no scope {scope!a}; there are calls:read, web-calls:write, and *"
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("name", "tenant"), [("", "a"), ("a b", "a"), ("-a", "a"), ("a", ""), ("a", " b"), ("a", "b\n")]
)
def test_names_that_cannot_stand_in_a_file_are_refused(name: str, tenant: str) -> None:
    with pytest.raises(KeyFileError, match="not in order"):
        with_key((), stored(name, tenant=tenant), KNOWN)


def test_a_revoked_key_is_gone() -> None:
    keys = (stored("a"), stored("b"))
    assert without_key(keys, "a") == keys[1:]
    with pytest.raises(KeyFileError, match="there is no key of this name"):
        without_key(keys, "c")
