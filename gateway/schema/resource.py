"""What a resource file hands to the schema builder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.schema.node import LoadNode


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of Retell: its module has one of these, named `RESOURCE`."""

    name: str
    """The GraphQL type that its global ids name."""
    queries: type
    """Its root fields for reading."""
    mutations: type | None = None
    """Its root fields for changing."""
    types: tuple[type, ...] = ()
    """Object types that only an interface leads to."""
    node: LoadNode | None = None
    """Reads an object by the key in its global id."""
