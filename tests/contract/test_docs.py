"""What the documents list is what the code has: every setting, every error code."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import retell
from graphql import parse, validate

from gateway.app import find_resources, schema
from gateway.cli.files import scopes_table, with_part
from gateway.coverage import covered, told
from gateway.errors import GatewayError
from gateway.http.body import HttpLimits
from gateway.http.uploads import UploadLimits
from gateway.operation.limits import DocumentLimits
from gateway.schema.permissions import SCOPES
from gateway.settings import GROUPS, settings_table
from tests.world import world

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
DOCUMENTS = (ROOT / "docs" / "documents.md").read_text("utf-8")
ERRORS = (ROOT / "docs" / "errors.md").read_text("utf-8")


def coverage() -> str:
    return told(covered(find_resources(), schema().executable, retell))


def codes(kind: type[GatewayError] = GatewayError) -> set[str]:
    """The codes of all errors in `gateway.errors` that have one of their own."""
    own = {kind.code} if kind.__module__ == "gateway.errors" and "code" in vars(kind) else set()
    return own.union(*(codes(below) for below in kind.__subclasses__()))


@pytest.mark.parametrize(
    ("name", "part", "told"),
    [
        ("README.md", "settings", settings_table),
        ("docs/configuration.md", "settings", settings_table),
        ("docs/scopes.md", "scopes", scopes_table),
        ("docs/coverage.md", "coverage", coverage),
    ],
)
def test_what_is_told_of_the_code_is_current(name: str, part: str, told: Callable[[], str]) -> None:
    text = (ROOT / name).read_text("utf-8")
    assert with_part(text, part, told()) == text, "run `make docs`"


def test_every_setting_has_a_description() -> None:
    fields = [field for group in GROUPS for field in group.model_fields.values()]
    assert len(fields) == 72
    assert [field for field in fields if not (field.description or "").endswith(".")] == []


def test_every_scope_is_told_in_a_sentence() -> None:
    assert "calls:read" in SCOPES
    assert [meaning for meaning in SCOPES.values() if not meaning.endswith(".")] == []


def test_every_error_code_has_a_row_that_says_when_and_what_to_do() -> None:
    rows: list[tuple[str, str, str]] = re.findall(
        r"^\| `([A-Z_]+)` \| ([^|]+) \| ([^|]+) \|$", ERRORS, re.MULTILINE
    )
    documented = [code for code, _, _ in rows]
    assert len(documented) == len(set(documented))
    assert set(documented) == codes()
    assert all(when.endswith(".") and do.endswith(".") for _, when, do in rows)


def test_the_limits_that_are_documented_are_those_that_ship() -> None:
    rows: list[tuple[str, str, str]] = re.findall(
        r"^\| `GATEWAY_(\w+)` \| ([\d,]+) \| [^|]+ \| `(\w+)` \|$", DOCUMENTS, re.MULTILINE
    )
    documented = {name.lower(): float(number.replace(",", "")) for name, number, _ in rows}
    shipped, uploads = asdict(HttpLimits()), UploadLimits()
    assert documented == {
        **{f"limit_{name}": number for name, number in asdict(DocumentLimits()).items()},
        "body_bytes": shipped["max_body_bytes"],
        "body_seconds": shipped["body_seconds"],
        "upload_bytes": uploads.most_bytes,
        "upload_file_bytes": uploads.file_bytes,
        "upload_files": uploads.files,
        "upload_seconds": uploads.seconds,
    }
    assert {code for _, _, code in rows} == {
        code for code in codes() if code.endswith("_LIMIT_EXCEEDED")
    } - {"BATCH_LIMIT_EXCEEDED", "COST_LIMIT_EXCEEDED", "ITEM_LIMIT_EXCEEDED"}


async def test_an_error_looks_as_it_is_documented() -> None:
    async with world(calls=5) as it:
        answer = await it.post('{ call(callId: "../x") { callId } }')
    (error,) = answer.json()["errors"]
    assert list(error) == ["message", "locations", "path", "extensions"]
    assert error["extensions"] == {
        "code": "BAD_USER_INPUT",
        "requestId": answer.headers["x-request-id"],
    }


STATUSES = {"application/graphql-response+json": 400, "application/json": 200}


@pytest.mark.parametrize(("accept", "refused"), STATUSES.items())
async def test_statuses_are_as_they_are_documented(accept: str, refused: int) -> None:
    row = "| `GRAPHQL_PARSE_FAILED`, `GRAPHQL_VALIDATION_FAILED`, variables that do not fit | "
    assert row + " | ".join(map(str, STATUSES.values())) in ERRORS
    async with world(calls=5) as it:
        for query, status in (
            ("{ calls { nodes { callId } } }", 200),
            ("{ calls", refused),
            ("{ nope }", refused),
            ("query ($id: ID!) { call(callId: $id) { callId } }", refused),
        ):
            assert (await it.post(query, accept=accept)).status_code == status


@pytest.mark.parametrize("path", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))])
def test_every_document_that_is_shown_fits_the_schema(path: Path) -> None:
    for source in re.findall(r"```graphql\n(.*?)```", path.read_text("utf-8"), re.DOTALL):
        assert validate(schema().executable, parse(source)) == [], source


def test_documents_are_shown() -> None:
    shown = [path for path in (ROOT / "docs").glob("*.md") if "```graphql" in path.read_text()]
    assert shown
