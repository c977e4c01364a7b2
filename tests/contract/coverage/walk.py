"""The walk of `gateway.coverage`, for one model and one type."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.app import schema
from gateway.coverage import Walk

if TYPE_CHECKING:
    from graphql import GraphQLNamedType
    from pydantic import BaseModel

SCHEMA = schema().executable


def missing(model: type[BaseModel], type_: GraphQLNamedType | None) -> set[str]:
    """`Model.field` of what has no field, `Enum=value` of what an enum does not know."""
    assert type_ is not None
    walk = Walk(SCHEMA)
    walk.model(model, type_)
    return walk.lost
