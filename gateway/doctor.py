"""Looks at what settings only name: where the gateway listens, addresses, and files.

What is wrong with that, and with the settings together, `gateway.settings.rules` says.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

from gateway.auth.key_file import KeyFileError, read_keys
from gateway.operation.trusted import ManifestUnusable, manifest_of
from gateway.settings import Outside
from gateway.telemetry.audit import AuditUnusable, try_stream
from gateway.upstream.connection import is_loopback
from gateway.upstream.fetch import checked_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.auth.key_file import StoredKey
    from gateway.settings import AuthSettings, Settings


def look(settings: Settings, *, thorough: bool = False) -> Outside:
    """What there is; if `thorough` also at what the gateway finds out itself when it is made: the
    manifest of trusted documents and the audit. Leaves everything as it was."""
    unusable = _addresses(settings.auth) | _uploads(settings)
    if thorough:
        unusable |= _manifest(settings) | _audit(settings)
    keys: Sequence[StoredKey] = ()
    readable_by_others = False
    if settings.auth_mode == "api-key" and settings.auth.keys_file:
        path = Path(settings.auth.keys_file)
        try:
            keys = read_keys(path)
            readable_by_others = bool(path.stat().st_mode & 0o077)
        except KeyFileError as error:
            unusable["GATEWAY_KEYS_FILE"] = str(error)
    return Outside(
        is_loopback(settings.gateway.host),
        unusable,
        tuple(key.name for key in keys if key.expires is None),
        tuple(key.name for key in keys if "*" in key.scopes),
        readable_by_others,
    )


def _addresses(auth: AuthSettings) -> dict[str, str]:
    unusable = {}
    for variable, url in (
        ("GATEWAY_JWT_ISSUER", auth.jwt_issuer),
        ("GATEWAY_JWT_JWKS_URL", auth.jwt_jwks_url),
    ):
        try:
            _ = url and checked_url(url)
        except ValueError as error:
            unusable[variable] = str(error)
    return unusable


def _uploads(settings: Settings) -> dict[str, str]:
    if settings.gateway.uploads:
        try:
            TemporaryFile().close()
        except OSError as error:
            return {"GATEWAY_UPLOADS": f"no temporary file can be made: {error.strerror}"}
    return {}


def _manifest(settings: Settings) -> dict[str, str]:
    file = settings.gateway.trusted_documents_file
    if file is not None and settings.gateway.documents != "off":
        try:
            manifest_of(file)
        except ManifestUnusable as error:
            return {"GATEWAY_TRUSTED_DOCUMENTS_FILE": str(error)}
    return {}


def _audit(settings: Settings) -> dict[str, str]:
    try:
        try_stream(settings.audit)
    except AuditUnusable as error:
        return {"GATEWAY_AUDIT": str(error)}
    return {}
