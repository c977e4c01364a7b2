"""What the body of a change may be, said once for all resources."""

from __future__ import annotations

import pytest

from gateway.errors import BadUserInput
from gateway.schema.mutation import json_object, never_null


def test_null_is_sent_only_where_retell_can_empty() -> None:
    body = {"first_name": "a", "contact_memory": None}
    assert never_null(body, "contact_memory") is body
    with pytest.raises(BadUserInput, match="`contactMemory` cannot be null") as raised:
        never_null(body)
    assert raised.value.field == "contactMemory"


def test_a_map_is_a_json_object_or_left_out() -> None:
    body = {"custom_fields": {}, "other": 1}
    assert json_object(body, "custom_fields", "more") is body
    wrongs: list[object] = [[], "x", None, 1]
    for wrong in wrongs:
        with pytest.raises(BadUserInput, match="`customFields` must be a JSON object") as raised:
            json_object({"custom_fields": wrong}, "custom_fields")
        assert raised.value.field == "customFields"
