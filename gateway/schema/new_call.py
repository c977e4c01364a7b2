"""What a call that is yet to be made can be given: by itself or in a batch."""

from __future__ import annotations

import re
from typing import Any

from strawberry import UNSET

from gateway.errors import BadUserInput
from gateway.loaders import Json
from gateway.schema.json_input import check_metadata, check_object, check_texts, new
from gateway.schema.scalars import JSON
from gateway.schema.types import input_type

_E164 = re.compile(r"\+[1-9][0-9]{4,14}")


@input_type()
class NewCallInput:
    """What any new call can be given."""

    agent_override: JSON | None = UNSET
    """Settings that differ for this call alone, in Retell's own form: a JSON object of the objects
    `agent`, `retell_llm` and `conversation_flow`."""
    metadata: JSON | None = UNSET
    """What your systems keep with the call: a JSON object of at most 50 kB."""
    retell_llm_dynamic_variables: JSON | None = UNSET
    """The dynamic variables of the call: a JSON object whose values are texts."""

    def wire(self) -> Json:
        """Retell's body; `BadUserInput` where it would not be one."""
        body = new(self)
        for name, (check, shown) in _CHECKS.items():
            if name in body:
                check(body[name], shown)
        return body


_CHECKS = {
    "agent_override": (check_object, "agentOverride"),
    "metadata": (check_metadata, "metadata"),
    "retell_llm_dynamic_variables": (check_texts, "retellLlmDynamicVariables"),
    "custom_sip_headers": (check_texts, "customSipHeaders"),
}


def check_number(value: Any, field: str) -> None:
    """`BadUserInput` unless it is a telephone number that can be dialled from anywhere."""
    if not _E164.fullmatch(value):
        raise BadUserInput(f"`{field}` must be a number such as `+14155550100`.", field)
