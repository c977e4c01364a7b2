"""The commands that write what is told of the code: the schema, and the table of settings."""

from __future__ import annotations

from difflib import unified_diff
from pathlib import Path
from typing import Annotated

import typer

from gateway.app import schema
from gateway.cli.stopping import stop
from gateway.settings import settings_table


def print_schema(
    check: Annotated[
        bool, typer.Option("--check", help="Only compare; fail where it is out of date.")
    ] = False,
    path: Annotated[Path, typer.Argument(help="The file to write.")] = Path("schema.graphql"),
) -> None:
    """Write the schema as SDL."""
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


def print_settings(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Markdown files that show the table.")
    ] = None,
) -> None:
    """Print the table of settings, or write it into files, between its two markers."""
    if not paths:
        typer.echo(settings_table(), nl=False)
    for path in paths or ():
        written = with_settings(path.read_text("utf-8"))
        if written is None:
            stop(f"{path} has no place for the settings: {' ... '.join(MARKERS)}")
        path.write_text(written, "utf-8")


MARKERS = "<!-- settings: written by `make docs` -->", "<!-- end of settings -->"


def with_settings(text: str) -> str | None:
    """A document with the settings as they are now between the markers, if it has them."""
    before, begin, rest = text.partition(MARKERS[0])
    _, end, after = rest.partition(MARKERS[1])
    return f"{before}{begin}\n\n{settings_table()}\n{end}{after}" if end else None
