"""Assets: every field of the official SDK's models is in the schema."""

from __future__ import annotations

from retell.types import AssetCreateResponse, ContactUploadImportFileResponse

from tests.contract.coverage.walk import SCHEMA, missing


def test_every_field_of_what_files_become_is_shown() -> None:
    assert set(missing(AssetCreateResponse, SCHEMA.get_type("Asset"))) == set()
    file = SCHEMA.get_type("ContactImportFile")
    assert set(missing(ContactUploadImportFileResponse, file)) == set()
