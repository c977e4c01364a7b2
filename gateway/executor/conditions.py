"""What `@skip` and `@include` depend on: each combination makes an operation of its own."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from graphql import VariableNode, Visitor, visit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from graphql import DirectiveNode, DocumentNode


class Conditions:
    """Of all operations of a document. It is walked when they are first asked for."""

    def __init__(self, document: DocumentNode | None) -> None:
        """None: a document without any directive, which need not be walked."""
        self._document = document

    def of(self, variables: Mapping[str, Any]) -> tuple[bool | str | None, ...]:
        """What these variables make of them; null is told from what is not given."""
        if not self._names:
            return ()
        # In another operation the variable of this name may be anything, and need not be hashable.
        values = [variables.get(name, "") for name in self._names]
        return tuple(value if isinstance(value, bool | None) else "" for value in values)

    @cached_property
    def _names(self) -> tuple[str, ...]:
        found: dict[str, None] = {}

        class Walk(Visitor):
            def enter_directive(self, node: DirectiveNode, *_: object) -> None:
                if node.name.value in {"skip", "include"}:
                    found.update(
                        {
                            argument.value.name.value: None
                            for argument in node.arguments or ()
                            if isinstance(argument.value, VariableNode)
                        }
                    )

        if self._document is not None:
            visit(self._document, Walk())
        return tuple(found)
