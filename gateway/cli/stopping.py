"""How a command ends that cannot go on: with a line for each reason."""

from __future__ import annotations

import sys
from typing import NoReturn

import typer

from gateway.settings import RetellSettings, problems
from gateway.upstream.connection import checked_base_url


def check_environment() -> None:
    """Go on only where every variable can be used."""
    wrong = problems()
    if not wrong:
        try:
            checked_base_url(RetellSettings().base_url)
        except ValueError as error:
            wrong = [f"RETELL_BASE_URL: {error}"]
    if wrong:
        stop("\n".join(wrong))


def stop(message: str) -> NoReturn:
    """End with 1."""
    typer.echo(message, err=True)
    sys.exit(1)
