"""The commands that write what is told of the code: schema, coverage, scopes, settings."""

from __future__ import annotations

from difflib import unified_diff
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer

from gateway.app import find_resources, find_scopes, schema
from gateway.cli.stopping import stop
from gateway.coverage import covered, told
from gateway.schema.permissions import SCOPES
from gateway.settings import settings_table

schema_commands = typer.Typer(invoke_without_command=True)


@schema_commands.callback()
def print_schema(
    context: typer.Context,
    check: Annotated[
        bool, typer.Option("--check", help="Only compare; fail where it is out of date.")
    ] = False,
    path: Annotated[Path, typer.Option(help="The file to write.")] = Path("schema.graphql"),
) -> None:
    """Write the schema as SDL, or say how much of Retell's API it reaches."""
    if context.invoked_subcommand is not None:
        return
    sdl = schema().sdl
    if not check:
        path.write_text(sdl, "utf-8")
        return
    committed = path.read_text("utf-8") if path.exists() else ""
    if committed != sdl:
        lines = unified_diff(
            committed.splitlines(), sdl.splitlines(), str(path), "the code", lineterm=""
        )
        typer.echo("\n".join(lines))
        stop(f"{path} is out of date: run `make schema`.")


@schema_commands.command("coverage")
def print_coverage(
    paths: Annotated[list[Path] | None, typer.Argument(help="Markdown files that show it.")] = None,
) -> None:
    """Print what the schema reaches of the API that the installed `retell-sdk` declares; 1 where
    something is missing for no stated reason. Or write it into files, between its two markers."""
    try:
        sdk = import_module("retell")
    except ImportError:
        stop("The official SDK is not installed here: pip install retell-sdk")
    found = covered(find_resources(), schema().executable, sdk)
    for path in paths or ():
        _write(path, COVERAGE_PART, told(found))
    if not paths:
        typer.echo(told(found), nl=False)
    if found.missing:
        stop("Missing: " + ", ".join(found.missing))


def print_settings(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Markdown files that show the table.")
    ] = None,
) -> None:
    """Print the table of settings, or write it into files, between its two markers."""
    if not paths:
        typer.echo(settings_table(), nl=False)
    for path in paths or ():
        _write(path, SETTINGS_PART, settings_table())


def print_scopes(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Markdown files that show the table.")
    ] = None,
) -> None:
    """Print what callers can be allowed, or write it into files, between its two markers."""
    if not paths:
        typer.echo(scopes_table(), nl=False)
    for path in paths or ():
        _write(path, SCOPES_PART, scopes_table())


def scopes_table() -> str:
    """Every scope and what it is for, in Markdown."""
    find_scopes()
    rows = [f"| `{name}` | {meaning} |" for name, meaning in sorted(SCOPES.items())]
    return "\n".join(["| scope | what it is for |", "|---|---|", *rows]) + "\n"


SETTINGS_PART = "settings"
SCOPES_PART = "scopes"
COVERAGE_PART = "coverage"


def _write(path: Path, name: str, told: str) -> None:
    written = with_part(path.read_text("utf-8"), name, told)
    if written is None:
        stop(f"{path} has no place for the {name}: {' ... '.join(markers(name))}")
    path.write_text(written, "utf-8")


def with_part(text: str, name: str, told: str) -> str | None:
    """A document with what is told now between the markers of this name, if it has them."""
    opening, closing = markers(name)
    before, begin, rest = text.partition(opening)
    _, end, after = rest.partition(closing)
    return f"{before}{begin}\n\n{told}\n{end}{after}" if end else None


def markers(name: str) -> tuple[str, str]:
    return f"<!-- {name}: written by `make docs` -->", f"<!-- end of {name} -->"
