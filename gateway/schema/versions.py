"""Versions of agents, engines and flows: asked for, known again by their global ids, and fresh."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from strawberry import UNSET

from gateway.cache.entry import Freshness
from gateway.errors import BadUserInput
from gateway.loaders import page_items

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gateway.loaders import Json, Policy, Read, Source

EDITED = Freshness(max_age=60, stale_while_revalidate=300, stale_if_error=3600)
"""What may become another at any time: newest versions, and pages of lists."""
DRAFT = Freshness(max_age=30, stale_while_revalidate=300, stale_if_error=3600)
"""A version that was asked for by its number and is still being worked on."""

ASKED_VERSION = "_asked_version"
"""Noted on what was asked for at a version: its own `version` does not tell."""
VERSION = re.compile(r"[0-9]{1,9}")


def edited_policy(_object: Json, _now: float) -> Freshness:
    """Of an object that may be edited at any time."""
    return EDITED


def edited_page_policy(page: Json, _now: float) -> Freshness:
    """Of a page of those; what is not one is not kept."""
    page_items(page)
    return EDITED


def published_policy(frozen: Freshness) -> Policy:
    """Of a version that was asked for by its number; `frozen` is how long a published one lives."""

    def version_policy(version: Json, _now: float) -> Freshness:
        return frozen if version.get("is_published") is True else DRAFT

    return version_policy


def read_at(
    source: Source,
    id_key: str,
    id_: str,
    version: int | None,
    policy: Policy | None = None,
    tags: Iterable[str] = (),
) -> Read:
    """The read of an object at a version, with the `policy` of versions; the newest for None."""
    ids: Any = {id_key: id_}
    if version is None:
        return source.read(tags=tags, **ids)
    notes = {ASKED_VERSION: version}
    return source.read(query={"version": version}, policy=policy, notes=notes, tags=tags, **ids)


def agent_key(agent_id: object, version: object) -> str | None:
    """The key of an agent at the version that Retell gave with its id, if it gave one."""
    if not isinstance(agent_id, str):
        return None
    if version is None:
        return agent_id
    if isinstance(version, float) and version.is_integer():
        version = int(version)
    return f"{agent_id}:{version}"


def split_key(key: str, what: str) -> tuple[str, int | None]:
    """Id and version in the key of a global id, `id` or `id:version`; `what` it is of."""
    id_, separator, version = key.partition(":")
    if separator and not VERSION.fullmatch(version):
        raise BadUserInput(f"The version of {what} is a number.")
    return id_, int(version) if separator else None


def key_under(id_key: str) -> Callable[[Json], str | None]:
    """The key that an object was read by, so that its global id leads to the same again."""

    def key(found: Json) -> str | None:
        id_, version = found.get(id_key), found.get(ASKED_VERSION)
        return id_ if version is None else f"{id_}:{version}"

    return key


def checked_version(version: int | None, what: str, field: str = "version") -> int | None:
    """The version that was asked for under this name; None where none was."""
    if version is UNSET or version is None:
        return None
    if version < 0:
        raise BadUserInput(f"The version of {what} is not negative.", field)
    return version
