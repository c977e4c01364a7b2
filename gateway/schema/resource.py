"""What a resource file hands to the schema builder."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.loaders import Source
    from gateway.schema.node import LoadNode
    from gateway.upstream.endpoint import Endpoint

    Shown = Mapping[Source | Endpoint, str]


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource of Retell: its module has one of these, named `RESOURCE`."""

    name: str
    """The GraphQL type that its global ids name."""
    queries: type | None
    """Its root fields for reading; None where it can only be changed."""
    mutations: type | None = None
    """Its root fields for changing."""
    types: tuple[type, ...] = ()
    """Object types that only an interface leads to."""
    node: LoadNode | None = None
    """Reads an object by the key in its global id."""
    reads: Mapping[str, LoadNode] = field(default_factory=dict)
    """Other ways to read it, for links of other resources: an object by another key, or all that
    belong to one, as `{"items": [...]}`. By the name that `link(by=...)` calls them by."""
    sources: tuple[Source, ...] = ()
    """Where its objects come from: one each, or items of a list."""
    payloads: tuple[type, ...] = ()
    """Payloads that show personal fields beside the object's own: for the audit, as the object."""
    id_key: str = ""
    """Which key of an object is its id."""
    scope: str | None = None
    """What it takes to read one by its global id, or by a link of another resource's."""
    shows: Shown = field(default_factory=dict)
    """Every endpoint of Retell's that it uses, and the type that shows what is answered there, or
    each item of it: several apart by spaces, or none where nothing is answered."""
    filters: Mapping[Source, str] = field(default_factory=dict)
    """Of lists, the input that says which objects they have."""
    excluded: Mapping[str, str] = field(default_factory=dict)
    """Fields of Retell's that are not shown, as `Model.field` in the official SDK, and why. `*`
    stands for any letters."""

    def read_by(self, by: str | None) -> LoadNode | None:
        """How links read it: by its id, or by another key."""
        return self.node if by is None else self.reads.get(by)
