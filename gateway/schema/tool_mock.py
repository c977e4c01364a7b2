"""What stands in for a tool where an agent is tried out: in tests and in the playground."""

from __future__ import annotations

from strawberry import UNSET

from gateway.loaders import Json
from gateway.schema.json_input import check_object
from gateway.schema.scalars import JSON
from gateway.schema.types import input_type


@input_type()
class ToolMockInput:
    """A tool that is not called: what the agent is told in its place. Tools without one are called
    for real."""

    tool_name: str
    """The name by which the model calls the tool: its function name, not an id."""
    output: str
    """What it is told: JSON as text, of the shape that the tool itself would give."""
    args: JSON | None = UNSET
    """Only calls whose arguments have these values are answered: a JSON object, of which the
    arguments may have more. All calls of the tool where left out."""
    result: bool | None = UNSET
    """For tools that succeed or fail, such as a transfer: which of the two."""

    def wire(self) -> Json:
        """Retell's form."""
        rule: Json = {"type": "any"}
        if self.args is not UNSET and self.args is not None:
            check_object(self.args, "args")
            rule = {"type": "partial_match", "args": self.args}
        told: Json = {
            "tool_name": self.tool_name,
            "output": self.output,
            "input_match_rule": rule,
        }
        return told if self.result in (UNSET, None) else told | {"result": self.result}
