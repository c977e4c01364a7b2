"""The voices of one key: a cloned one of its own, and those that every key has."""

from __future__ import annotations

from typing import Any

from gateway.sandbox.data.seeds import seeded, token
from gateway.sandbox.urls import FILES

Json = dict[str, Any]

_LIBRARY = (
    ("11labs-Adrian", "elevenlabs", "male", "American", "Young"),
    ("11labs-Lily", "elevenlabs", "female", "British", "Middle Aged"),
    ("openai-Alloy", "openai", "female", "American", "Young"),
    ("cartesia-Kate", "cartesia", "female", "American", "Middle Aged"),
    ("minimax-Ada", "minimax", "female", "American", "Young"),
    ("fish_audio-Marcus", "fish_audio", "male", "Australian", "Old"),
    ("inworld-Theo", "inworld", "male", "American", "Young"),
    ("retell-Cimo", "platform", "female", "American", "Middle Aged"),
    ("xai-Ara", "xai", "female", "American", "Young"),
)

COMMUNITY: dict[str, tuple[dict[str, str], ...]] = {
    provider: tuple(
        {
            "provider_voice_id": token(seeded("community", provider, name), 20),
            "name": name,
            "description": description,
        }
        | ({"public_user_id": token(seeded("owner", name), 24)} if owned else {})
        for name, description in (
            ("Clara", "Calm and warm, for long explanations"),
            ("Viktor", "Deep and slow, a narrator"),
            ("June", "Bright and quick, for a reception"),
        )
    )
    for provider, owned in (
        ("elevenlabs", True),
        ("cartesia", False),
        ("minimax", False),
        ("fish_audio", False),
        ("inworld", False),
    )
}
"""What each provider's community shares, the same for every key."""


def community_voice(provider: str, provider_voice_id: str) -> dict[str, str] | None:
    found = (v for v in COMMUNITY[provider] if v["provider_voice_id"] == provider_voice_id)
    return next(found, None)


def voices_of(world: str) -> list[Json]:
    """The key's own voice first."""
    own = f"custom_voice_{token(seeded(world, 'own voice'), 20)}"
    cloned = {
        "voice_id": own,
        "voice_name": "Our receptionist",
        "provider": "elevenlabs",
        "gender": "female",
        "preview_audio_url": f"{FILES}/voices/{own}.mp3",
    }
    return [cloned, *(_library_voice(*each) for each in _LIBRARY)]


def _library_voice(voice_id: str, provider: str, gender: str, accent: str, age: str) -> Json:
    return {
        "voice_id": voice_id,
        "voice_name": voice_id.partition("-")[2],
        "provider": provider,
        "gender": gender,
        "accent": accent,
        "age": age,
        "preview_audio_url": f"{FILES}/voices/{voice_id}.mp3",
        "avatar_url": f"{FILES}/voices/{voice_id}.png",
    }
