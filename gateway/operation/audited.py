"""Which personal fields an operation read, of which objects: what its survey says, by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.telemetry.audit import Reads

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.loaders import Loaders
    from gateway.operation.request import OperationRequest
    from gateway.operation.survey import Survey
    from gateway.telemetry.audit import Audit, Found


class Audited:
    """One for the process. Of a type that is selected twice, with other fields each time, all
    objects are noted with all of these fields."""

    def __init__(self, audit: Audit, id_keys: Mapping[str, Mapping[str, str]]) -> None:
        """`id_keys` says by type, then by upstream resource, which key of an object is its id."""
        self._audit = audit
        self._id_keys = id_keys

    def reads(self, survey: Survey, loaders: Loaders) -> tuple[Reads, ...]:
        """What was read so far."""
        found = []
        for type_name, fields in survey.personal:
            ids = loaders.ids_read(self._id_keys.get(type_name, {}))
            if ids:
                found.append(Reads(type_name, tuple(sorted(ids)), fields))
        return tuple(found)

    def note(
        self,
        request: OperationRequest,
        reads: tuple[Reads, ...],
        outcome: str,
        found: Found = "read",
    ) -> None:
        """Write it down."""
        if reads:
            self._audit.note(request.caller, request.request_id, reads, outcome, found)


def since(reads: tuple[Reads, ...], noted: tuple[Reads, ...]) -> tuple[Reads, ...]:
    """Those that are not noted yet; all of them, mostly."""
    if not noted:
        return reads
    known = {each.type_name: frozenset(each.ids) for each in noted}
    left = (
        Reads(name, tuple(id_ for id_ in ids if id_ not in known.get(name, ())), fields)
        for name, ids, fields in reads
    )
    return tuple(each for each in left if each.ids)
