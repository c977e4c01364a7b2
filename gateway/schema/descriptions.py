"""Docstrings as GraphQL descriptions: of a class, and under each of its attributes."""

from __future__ import annotations

import ast
import inspect
from textwrap import dedent


def type_description(cls: type) -> str:
    """The docstring of the class itself; a class without one is refused."""
    if not (text := cls.__dict__.get("__doc__")):
        raise TypeError(f"{cls.__qualname__} has no docstring to describe it with")
    return inspect.cleandoc(text)


def attribute_descriptions(cls: type) -> dict[str, str]:
    """The string that stands under each attribute of a class body (as in PEP 258)."""
    body = ast.parse(dedent(inspect.getsource(cls))).body[0]
    if not isinstance(body, ast.ClassDef):
        raise TypeError(f"{cls.__qualname__} is not written as a class statement")
    found: dict[str, str] = {}
    for statement, following in zip(body.body, body.body[1:], strict=False):
        text = _literal(following)
        if text is not None:
            found |= dict.fromkeys(_names(statement), text)
    return found


def _names(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return [statement.target.id]
    if isinstance(statement, ast.Assign):
        return [target.id for target in statement.targets if isinstance(target, ast.Name)]
    return []


def _literal(statement: ast.stmt) -> str | None:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        value = statement.value.value
        return inspect.cleandoc(value) if isinstance(value, str) else None
    return None
