"""The routes of voices: those of a key, and a community to search and add from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from gateway.sandbox.data.seeds import seeded, token
from gateway.sandbox.data.voices import COMMUNITY, community_voice, voices_of
from gateway.sandbox.endpoint import Endpoint
from gateway.sandbox.filters import properties
from gateway.sandbox.forms import files_in
from gateway.sandbox.problem import Problem, bad_request
from gateway.sandbox.shelf import Shelf

if TYPE_CHECKING:
    from gateway.sandbox.endpoint import Ask
    from gateway.sandbox.store import Account

Json = dict[str, Any]

_LONGEST_NAME = 200
_RECORDINGS = {
    "elevenlabs": 25,
    "cartesia": 1,
    "minimax": 1,
    "fish_audio": 25,
    "platform": 25,
    "inworld": 3,
}
"""How many files each provider clones a voice from."""


def _shelf(account: Account) -> Shelf:
    return account.shelf("voices", lambda of: Shelf("voice", "voice_id", voices_of(of.world)))


def get_voice(ask: Ask) -> Json:
    return _shelf(ask.account).find(ask.path["voice_id"])


def list_voices(ask: Ask) -> bytes:
    properties("query", dict(ask.query), set())
    return orjson.dumps([*_shelf(ask.account)])


def search_community_voice(ask: Ask) -> Json:
    asked = properties("body", ask.body, {"search_query", "voice_provider"})
    wanted = _text(asked, "search_query").casefold()
    voices = COMMUNITY[_provider(asked)]
    return {
        "voices": [
            voice for voice in voices if any(wanted in text.casefold() for text in voice.values())
        ]
    }


def add_community_voice(ask: Ask) -> Json:
    allowed = {"provider_voice_id", "voice_name", "public_user_id", "voice_provider"}
    asked = properties("body", ask.body, allowed)
    name = _name(asked)
    provider = _provider(asked)
    found = community_voice(provider, _text(asked, "provider_voice_id"))
    if found is None or found.get("public_user_id") != asked.get("public_user_id"):
        raise Problem(400, "Cannot find this voice at the provider")
    return _made(ask, name, provider)


def clone_voice(ask: Ask) -> Json:
    asked = properties("body", ask.body, {"files", "voice_name", "voice_provider"})
    provider = asked.get("voice_provider")
    if provider not in _RECORDINGS:
        raise bad_request(f"voice_provider must be one of {', '.join(_RECORDINGS)}")
    files = files_in(asked, "files", _RECORDINGS[provider])
    if not all(file.content_type.startswith("audio/") and file.content for file in files):
        raise bad_request("files must be audio")
    return _made(ask, _name(asked), provider)


def _made(ask: Ask, name: str, provider: str) -> Json:
    shelf = _shelf(ask.account)
    made = token(seeded(ask.account.world, "added voice", len([*shelf])), 20)
    return shelf.put(
        {
            "voice_id": f"custom_voice_{made}",
            "voice_name": name,
            "provider": provider,
            "gender": "female",
        }
    )


def _name(asked: Json) -> str:
    name = _text(asked, "voice_name")
    if len(name) > _LONGEST_NAME:
        raise bad_request("voice_name must not be longer than 200 characters")
    return name


def _text(asked: Json, name: str) -> str:
    value = asked.get(name)
    if not isinstance(value, str) or not value:
        raise bad_request(f"{name} must be a string that is not empty")
    return value


def _provider(asked: Json) -> str:
    provider = asked.get("voice_provider", "elevenlabs")
    if provider not in COMMUNITY:
        raise bad_request(f"voice_provider must be one of {', '.join(COMMUNITY)}")
    return str(provider)


ENDPOINTS = (
    Endpoint("GET", "/get-voice/{voice_id}", get_voice),
    Endpoint("GET", "/list-voices", list_voices),
    Endpoint("POST", "/search-community-voice", search_community_voice),
    Endpoint("POST", "/add-community-voice", add_community_voice),
    Endpoint("POST", "/clone-voice", clone_voice, form=True),
)
