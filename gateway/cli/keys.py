"""The commands `retell-gateway keys`: make, list and revoke the gateway's own."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from gateway.app import find_scopes
from gateway.auth import key_file
from gateway.cli.stopping import check_environment, stop
from gateway.settings import AuthSettings

key_commands = typer.Typer(
    no_args_is_help=True, help="The gateway's own keys, in the file GATEWAY_KEYS_FILE."
)


@key_commands.command("create")
def create_key(
    name: Annotated[str, typer.Option(help="By which it is told in logs, and revoked.")],
    tenant: Annotated[str, typer.Option(help="Whose Retell key answers it.")] = "default",
    scope: Annotated[
        list[str] | None, typer.Option(help="What it may do; '*' is everything. Repeatable.")
    ] = None,
    expires: Annotated[
        str | None, typer.Option(help="How long it counts, such as 12h, 90d or 52w.")
    ] = None,
) -> None:
    """Make a key and print it; it is shown this once."""
    path = _keys_file()
    now = datetime.now(UTC)
    key, kept = key_file.new_key(name, tenant, scope or (), now, _life(expires))
    try:
        stored = key_file.read_keys(path) if path.exists() else ()
        key_file.write_keys(path, key_file.with_key(stored, kept, find_scopes()))
    except key_file.KeyFileError as error:
        stop(f"{path}: {error}")
    if not scope:
        typer.echo("It has no scope, and may do what needs none: see --scope.", err=True)
    typer.echo(key)


@key_commands.command("list")
def list_keys() -> None:
    """What is kept of each key; the keys themselves nobody knows."""
    path = _keys_file()
    try:
        stored = key_file.read_keys(path)
    except key_file.KeyFileError as error:
        stop(f"{path}: {error}")
    now = datetime.now(UTC)
    for key in stored:
        ends = "never expires"
        if key.expires is not None:
            ends = f"{'expired' if key.expires <= now else 'expires'} {key.expires:%Y-%m-%d %H:%M}Z"
        scopes = " ".join(key.scopes) or "no scope"
        typer.echo(f"{key.name}\t{key.tenant}\t{scopes}\tmade {key.created:%Y-%m-%d}\t{ends}")


@key_commands.command("revoke")
def revoke_key(name: Annotated[str, typer.Argument(help="Of the key.")]) -> None:
    """Forget a key: within a second nobody is answered with it any more."""
    path = _keys_file()
    try:
        key_file.write_keys(path, key_file.without_key(key_file.read_keys(path), name))
    except key_file.KeyFileError as error:
        stop(f"{path}: {error}")


def _keys_file() -> Path:
    check_environment()
    given = AuthSettings().keys_file
    if not given:
        stop("GATEWAY_KEYS_FILE: it names no file")
    return Path(given)


def _life(text: str | None) -> timedelta | None:
    if text is None:
        return None
    given = re.fullmatch(r"([1-9][0-9]{0,4})([hdw])", text)
    if given is None:
        stop("--expires is a number of hours, days or weeks, such as 12h, 90d or 52w")
    return int(given[1]) * timedelta(**{{"h": "hours", "d": "days", "w": "weeks"}[given[2]]: 1})
