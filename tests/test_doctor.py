"""What the doctor finds of that which settings only name; it leaves everything as it was."""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from gateway.auth.key_file import StoredKey, write_keys
from gateway.doctor import look
from gateway.settings import AuthSettings, GatewaySettings, Outside, RetellSettings, Settings

if TYPE_CHECKING:
    from pathlib import Path

    from gateway.settings import AuthMode

MADE = datetime(2026, 1, 1, tzinfo=UTC)
KEYS = (
    StoredKey(name="night", hash="0" * 64, created=MADE, scopes=("*",), expires=MADE),
    StoredKey(name="desk", hash="1" * 64, created=MADE, scopes=("calls:read",)),
)


def settings(auth: AuthMode = "passthrough", **given: Any) -> Settings:
    fields = {name: given.pop(name) for name in list(given) if name in AuthSettings.model_fields}
    return Settings(GatewaySettings(**given), RetellSettings(), AuthSettings(auth=auth, **fields))


def unusable(**given: Any) -> dict[str, str]:
    return dict(look(settings(**given), thorough=True).unusable)


@pytest.mark.parametrize(
    ("host", "on_loopback"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("192.0.2.1", False)],
)
def test_it_knows_who_reaches_the_address(host: str, on_loopback: bool) -> None:
    assert look(settings(host=host), thorough=True) == Outside(on_loopback)


@pytest.mark.parametrize("field", ["jwt_issuer", "jwt_jwks_url"])
def test_addresses_have_to_be_https(field: str) -> None:
    assert unusable(**{field: "http://issuer.test"}) == {
        f"GATEWAY_{field.upper()}": "it must be https, except on loopback"
    }
    assert unusable(**{field: "https://issuer.test"}) == {}


def test_files_need_a_place_where_they_can_wait(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert unusable(uploads=True) == {}
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    assert unusable(uploads=True) == {
        "GATEWAY_UPLOADS": "no temporary file can be made: No such file or directory"
    }
    assert unusable() == {}


# The file of keys.


def test_it_tells_of_the_keys_which_last_and_which_may_everything(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    write_keys(file, KEYS)
    given = settings("api-key", keys_file=str(file))
    assert look(given) == Outside(lasting_keys=("desk",), mighty_keys=("night",))
    for mode, others in ((0o640, True), (0o604, True), (0o600, False)):
        file.chmod(mode)
        assert look(given).keys_readable_by_others == others


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "it cannot be read: No such file or directory"),
        ("{", "it is not JSON"),
        ('{"keys": [{}]}', "not in order: Object missing required field `name` - at `$.keys[0]`"),
    ],
)
def test_a_file_of_keys_that_cannot_be_used_is_told(
    content: str | None, why: str, tmp_path: Path
) -> None:
    file = tmp_path / "keys.json"
    if content is not None:
        file.write_text(content)
    assert unusable(auth="api-key", keys_file=str(file)) == {"GATEWAY_KEYS_FILE": why}
    assert unusable(auth="passthrough", keys_file=str(file)) == {}
    assert unusable(auth="api-key") == {}


# The manifest of trusted documents.


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "it cannot be read: No such file or directory"),
        ("{", "it is not JSON: unexpected end of data"),
        ("[]", "it is no JSON object"),
        ('{"abc": 1}', "the document abc is no text"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_told(
    content: str | None, why: str, tmp_path: Path
) -> None:
    file = tmp_path / "documents.json"
    if content is not None:
        file.write_text(content)
    told = {"GATEWAY_TRUSTED_DOCUMENTS_FILE": why}
    for documents, expected in (("prefer", told), ("only", told), ("off", {})):
        assert unusable(documents=documents, trusted_documents_file=file) == expected


def test_a_manifest_in_order_is_not_told(tmp_path: Path) -> None:
    file = tmp_path / "documents.json"
    file.write_text('{"abc": "{ account { orgName } }"}')
    assert unusable(documents="only", trusted_documents_file=file) == {}


# The audit.


def test_an_audit_that_would_be_made_is_not_made(tmp_path: Path) -> None:
    assert unusable(audit=str(tmp_path / "audit")) == {}
    assert list(tmp_path.iterdir()) == []


def test_an_audit_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "audit"
    file.write_bytes(b"a line\n")
    before = file.stat()
    assert unusable(audit=str(file)) == {}
    assert (file.read_bytes(), file.stat().st_mtime_ns) == (b"a line\n", before.st_mtime_ns)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (".", "Is a directory"),
        ("no-such-folder/audit", "No such file or directory"),
        ("file/audit", "Not a directory"),
        ("x" * 300, "File name too long"),
        ("leads-nowhere", "No such file or directory"),
    ],
)
def test_an_audit_that_cannot_be_opened_is_told(name: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "leads-nowhere").symlink_to(tmp_path / "no-such-folder" / "audit")
    before = sorted(tmp_path.iterdir())
    assert unusable(audit=str(tmp_path / name)) == {"GATEWAY_AUDIT": f"it cannot be opened: {why}"}
    assert sorted(tmp_path.iterdir()) == before


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "audit"
    os.mkfifo(pipe)
    assert unusable(audit=str(pipe)) == {}


@pytest.mark.parametrize("audit", ["off", "stdout", None])
def test_an_audit_without_a_file_is_in_order(audit: str | None) -> None:
    assert unusable(audit=audit) == {}


def test_what_the_start_finds_out_itself_is_not_looked_at_before(tmp_path: Path) -> None:
    nowhere = tmp_path / "no-such-folder" / "file"
    given: dict[str, Any] = {
        "documents": "only",
        "trusted_documents_file": nowhere,
        "audit": str(nowhere),
    }
    assert look(settings(**given)) == Outside()
    assert set(unusable(**given)) == {"GATEWAY_TRUSTED_DOCUMENTS_FILE", "GATEWAY_AUDIT"}
