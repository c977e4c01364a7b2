"""What the README shows is what the gateway does."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.world import world

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    assert isinstance(found, str)
    return found


async def test_the_query_gives_the_answer_that_stands_under_it() -> None:
    async with world(calls=2000) as it:
        assert await it.answer(block("graphql")) == json.loads(block("json"))
        assert it.requests == {
            "GET /v2/get-call": 1,
            "GET /get-agent": 1,
            "GET /get-api-key-info": 1,
        }
        await it.data(block("graphql"))
        assert sum(it.requests.values()) == 3


def test_links_to_files_lead_somewhere() -> None:
    root = Path(__file__).parents[2]
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", README)
    assert [target for target in targets if not (root / target).exists()] == []
