"""Which version of an agent is meant, where a caller may say so."""

from __future__ import annotations

from strawberry import UNSET

from gateway.errors import BadUserInput
from gateway.schema.types import input_type


@input_type(one_of=True)
class AgentVersionInput:
    """A version of an agent."""

    number: int | None = UNSET
    """By its number, from 0 on."""
    tag: str | None = UNSET
    """By a tag that stands for it, such as `prod`, or as `latest` or `latest_published`."""

    def wire(self) -> int | str | None:
        """Retell's form: a number, or a text."""
        if not isinstance(self.number, int):
            return self.tag
        if self.number < 0:
            raise BadUserInput("The version of an agent is not negative.")
        return self.number
