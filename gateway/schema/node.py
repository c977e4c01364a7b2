"""Relay's object identification: global ids, `node` and `nodes`."""

from __future__ import annotations

import asyncio
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from typing import TYPE_CHECKING, Annotated, cast

import strawberry

from gateway.errors import BadUserInput
from gateway.loaders import at_hand
from gateway.schema.info import Info
from gateway.schema.permissions import check
from gateway.schema.turns import FEW, in_turns
from gateway.schema.types import interface, object_type

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.loaders import Json, Loaded
    from gateway.schema.readings import Place

    LoadNode = Callable[[Place, str], Loaded]
    """Reads the object whose key stands in a global id."""

MOST_NODES = 1000


@interface()
class Node:
    """An object that can be asked for again by its `id`."""

    id: strawberry.ID
    """Global id, for `node` and for client caches; `callId`, `agentId`... are Retell's own."""


def global_id(type_name: str, key: object) -> str | None:
    """The global id of the object of this type that Retell knows as `key`.

    None where Retell left the key out: what cannot be null is then an error of its place.
    """
    return b64encode(f"{type_name}:{key}".encode()).decode() if isinstance(key, str) else None


def split_global_id(value: str) -> tuple[str, str]:
    """Type name and key; `BadUserInput` where it is not a global id."""
    try:
        type_name, _, key = b64decode(value, validate=True).decode().partition(":")
    except (Base64Error, ValueError):
        raise BadUserInput("That is not a global id.") from None
    return type_name, key


def node_queries(loads: Mapping[str, LoadNode], scopes: Mapping[str, str]) -> type:
    """The root fields `node` and `nodes` over the types in `loads`, for who has their `scopes`."""

    async def load(info: Info, id_: str) -> Json | None:
        type_name, key = split_global_id(id_)
        if type_name not in loads:
            raise BadUserInput("That is not a global id of a type that can be asked for.")
        if type_name in scopes:
            check(info.context.caller, scopes[type_name])
        found = await at_hand(loads[type_name](info, key))
        if found is not None:
            info.context.node_types[id(found)] = type_name
        return found

    @object_type()
    class NodeQueries:
        """Root fields of every type."""

        @strawberry.field
        async def node(
            self,
            info: Info,
            id: Annotated[strawberry.ID, strawberry.argument(description="A global id.")],  # noqa: A002
        ) -> Node | None:
            """Any object by its global id; null where it is gone. One upstream request."""
            return cast("Node | None", await load(info, id))

        @strawberry.field
        async def nodes(
            self,
            info: Info,
            ids: Annotated[
                list[strawberry.ID],
                strawberry.argument(description=f"Global ids, at most {MOST_NODES}."),
            ],
        ) -> list[Node | None]:
            """Objects by their global ids, in the same order; null where one is gone.

            One upstream request for all calls together unless transcripts are selected, one for
            each object otherwise. An object that cannot be read is null with an error of its own.
            """
            if len(ids) > MOST_NODES:
                raise BadUserInput(f"`ids` takes at most {MOST_NODES} ids.")
            loads = (load(info, id_) for id_ in ids)
            found = await asyncio.gather(*loads, return_exceptions=True)
            return cast("list[Node | None]", in_turns(found, FEW))

    return NodeQueries
