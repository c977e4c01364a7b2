"""What an operation may cost at most, in requests to Retell: the one place that says so. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from graphql import OperationDefinitionNode

    from gateway.operation.documents import Document
    from gateway.operation.request import OperationRequest


def operation_cost(
    document: Document, _operation: OperationDefinitionNode, _request: OperationRequest
) -> int:
    """One for each field at the root, until page sizes, completions and links are looked at."""
    return document.root_fields
