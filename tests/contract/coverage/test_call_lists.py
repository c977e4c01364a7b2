"""The items of Retell's lists of calls: what reads pages of them knows all that they have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest
from retell.types.call_list_response import ItemV3PhoneCallResponse, ItemV3WebCallResponse

from gateway.resources.call import CALLS, EXCLUDED, ITEMS, ONLY_IN_FULL
from gateway.upstream.record import Record, plain
from tests.executor.operations import CALLS as IDS
from tests.executor.retell import VARIETY, a_call

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

NEVER_SHOWN = {name.partition(".")[2] for name in EXCLUDED}


@pytest.mark.parametrize("model", [ItemV3PhoneCallResponse, ItemV3WebCallResponse])
def test_all_that_the_sdk_has_is_known(model: type[BaseModel]) -> None:
    assert model.model_fields.keys() - NEVER_SHOWN <= {*ITEMS.values, *ITEMS.parts}


def test_what_lists_leave_out_is_known_should_they_not() -> None:
    assert {*ITEMS.values, *ITEMS.parts} >= ONLY_IN_FULL


def every_call() -> Iterator[dict[str, Any]]:
    for variety in range(VARIETY):
        for call_id in IDS:
            yield a_call(call_id, variety)


def test_all_that_the_schema_reads_is_known() -> None:
    assert CALLS.endpoint.items is ITEMS
    calls = list(every_call())
    page = ITEMS.read_page(orjson.dumps({"items": calls}))
    assert all(each.__class__ is Record for each in page["items"])
    assert [plain(each) for each in page["items"]] == calls
