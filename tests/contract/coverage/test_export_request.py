"""Every field of export requests that the official SDK declares is in the schema."""

from __future__ import annotations

from retell.types.export_request_list_response import Item

from tests.contract.coverage.walk import SCHEMA, missing


def test_every_field_is_shown() -> None:
    assert set(missing(Item, SCHEMA.get_type("ExportRequest"))) == set()
