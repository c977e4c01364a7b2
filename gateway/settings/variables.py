"""Every variable: its table for the documentation, and what is wrong with the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from gateway.settings.together import GROUPS

if TYPE_CHECKING:
    from pydantic_settings import BaseSettings


def problems() -> list[str]:
    """What is wrong with the environment: a line for each variable that cannot be used."""
    found = []
    for group in GROUPS:
        try:
            group()
        except ValidationError as error:
            # Never the value: it may be a key.
            found += [
                f"{_variable(group, str(e['loc'][0]))}: {e['msg'].removeprefix('Value error, ')}"
                for e in error.errors()
            ]
    return found


def settings_table() -> str:
    """Every setting as a Markdown table, for the documentation."""
    rows = [
        f"| `{_variable(group, name)}` | {_shown(field.default)} | {field.description} |"
        for group in GROUPS
        for name, field in group.model_fields.items()
    ]
    return "\n".join(["| variable | default | meaning |", "|---|---|---|", *rows]) + "\n"


def _variable(group: type[BaseSettings], name: str) -> str:
    return f"{group.model_config['env_prefix']}{name}".upper()


def _shown(default: Any) -> str:
    if default is None:
        return "none"
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"
