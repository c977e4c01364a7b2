"""Docstrings as GraphQL descriptions: of a class, and under each of its attributes."""

from __future__ import annotations

import ast
import inspect
import sys
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


def type_description(cls: type) -> str:
    """The docstring of the class itself; a class without one is refused."""
    if not (text := cls.__dict__.get("__doc__")):
        raise TypeError(f"{cls.__qualname__} has no docstring to describe it with")
    return inspect.cleandoc(text)


def attribute_descriptions(cls: type) -> dict[str, str]:
    """The string that stands under each attribute of a class body (as in PEP 258)."""
    try:
        body = _classes(cls.__module__)[cls.__qualname__].body
    except KeyError:
        raise TypeError(f"{cls.__qualname__} is not written as a class statement") from None
    found: dict[str, str] = {}
    for statement, following in pairwise(body):
        text = _literal(following)
        if text is not None:
            found |= dict.fromkeys(_names(statement), text)
    return found


@cache
def _classes(module: str) -> dict[str, ast.ClassDef]:
    """The class statements of a module by qualified name.

    Read once for all of them: `inspect.getsource` of a class reads its whole module each time.
    """
    tree = ast.parse(inspect.getsource(sys.modules[module]))
    return dict(_class_statements(tree, ""))


def _class_statements(parent: ast.AST, prefix: str) -> Iterator[tuple[str, ast.ClassDef]]:
    for node in ast.iter_child_nodes(parent):
        if isinstance(node, ast.ClassDef):
            yield f"{prefix}{node.name}", node
            yield from _class_statements(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _class_statements(node, f"{prefix}{node.name}.<locals>.")
        elif isinstance(node, ast.stmt):
            yield from _class_statements(node, prefix)


def _names(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return [statement.target.id]
    if isinstance(statement, ast.Assign):
        return [target.id for target in statement.targets if isinstance(target, ast.Name)]
    return []


def _literal(statement: ast.stmt) -> str | None:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        value = statement.value.value
        return inspect.cleandoc(value).rstrip() if isinstance(value, str) else None
    return None
