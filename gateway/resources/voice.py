"""Voices: those an agent can speak with, and those of the community that can be added to them.

Longer than other modules, since all of one resource stands in one file.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Annotated, cast

import strawberry
from strawberry import UNSET

from gateway.cache.entry import Freshness
from gateway.errors import BadUserInput, UpstreamInvalid
from gateway.loaders import Batch, Change, Json, Loaded, Read, Source, at_hand, page_items
from gateway.schema.fields import computed
from gateway.schema.filters import enum_value
from gateway.schema.info import Info
from gateway.schema.mutation import Input, Payload, change, given
from gateway.schema.node import Node, global_id
from gateway.schema.permissions import needs, scope
from gateway.schema.readings import Place
from gateway.schema.resource import Resource
from gateway.schema.scalars import URL, Upload
from gateway.schema.signed_urls import life_of_urls
from gateway.schema.turns import in_turns
from gateway.schema.types import closed_enum, input_type, object_type, open_enum
from gateway.schema.uploads import check_files
from gateway.upstream.endpoint import ID, Endpoint

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

READ = scope("voices:read", "See the voices that agents can speak with.")
WRITE = scope("voices:write", "Add and clone voices.")

# --- How long an answer is fresh ---------------------------------------------------------------

VOICES_LIVE = Freshness(max_age=3600, stale_while_revalidate=3600, stale_if_error=6 * 3600)
"""Voices hardly ever change; those that are added here are seen at once."""
FOUND_LIVES = Freshness(max_age=300, stale_while_revalidate=300, stale_if_error=3600)
"""What a search of the community found."""

URL_FIELDS = ("preview_audio_url", "avatar_url")


def voice_policy(voice: Json, now: float) -> Freshness:
    """Half as long as its signed URLs work, at the most."""
    return _capped([voice], now)


def voices_policy(voices: Json, now: float) -> Freshness:
    """As long as the shortest-lived of them."""
    return _capped(page_items(voices), now)


def _capped(voices: Iterable[Json], now: float) -> Freshness:
    life = life_of_urls((voice.get(name) for voice in voices for name in URL_FIELDS), now)
    return VOICES_LIVE if life is None else VOICES_LIVE.capped(life / 2)


def found_policy(answer: Json, _now: float) -> Freshness:
    """Of a search; what is no answer to one is not kept."""
    found = answer.get("voices")
    if not isinstance(found, list) or not all(isinstance(voice, dict) for voice in found):
        raise UpstreamInvalid("Retell answered a search with something else than voices.")
    return FOUND_LIVES


# --- Where it is read --------------------------------------------------------------------------

VOICE = Source(
    "voice", Endpoint("GET", "/get-voice/{voice_id}", ids={"voice_id": ID}), voice_policy
)
VOICES = Source("voices", Endpoint("GET", "/list-voices", lists=True), voices_policy, bare=True)
COMMUNITY_VOICES = Source(
    "community_voices", Endpoint("POST", "/search-community-voice", safe=True), found_policy
)
ADD = Endpoint("POST", "/add-community-voice")
CLONE = Endpoint("POST", "/clone-voice", form=True)


def _whole(voice_id: str) -> Read:
    return VOICE.read(voice_id=voice_id)


def _all(_voice_ids: Sequence[str] = ()) -> Read:
    return VOICES.read(tags=("all",))


BATCH = Batch(whole=_whole, listed=_all, id_key="voice_id")


def load_voice(place: Place, voice_id: str) -> Loaded:
    """The voice: several that are asked for together are read from the list of all of them."""
    listed = place.context.loaders.find_listed(BATCH, voice_id, place)
    return listed if isinstance(listed, dict) else _load_unlisted(place, voice_id, listed)


async def _load_unlisted(place: Place, voice_id: str, listed: Loaded) -> Json | None:
    """The same where the list may not have it, as of a voice that is no longer offered."""
    found = await at_hand(listed)
    return found or await place.context.loaders.load(_whole(voice_id), place)


async def load_of_all(place: Place, voice_id: str) -> Json | None:
    """The voice out of the list of all: one request, however many are asked for and when."""
    page = await place.context.loaders.load(_all(), place)
    found = (each for each in page_items(page or {"items": []}) if each.get("voice_id") == voice_id)
    return next(found, None) or await place.context.loaders.load(_whole(voice_id), place)


# --- Enums -------------------------------------------------------------------------------------


@open_enum
class VoiceProvider(Enum):
    """Who makes the sound of a voice."""

    ELEVENLABS = "elevenlabs"
    """ElevenLabs."""
    OPENAI = "openai"
    """OpenAI."""
    CARTESIA = "cartesia"
    """Cartesia."""
    MINIMAX = "minimax"
    """MiniMax."""
    FISH_AUDIO = "fish_audio"
    """Fish Audio."""
    INWORLD = "inworld"
    """Inworld."""
    PLATFORM = "platform"
    """Retell itself."""
    XAI = "xai"
    """xAI: for its speech-to-speech model `grok-voice-3.0` only."""
    UNKNOWN = "UNKNOWN"


@open_enum
class VoiceGender(Enum):
    """How a voice sounds."""

    MALE = "male"
    """Like a man's."""
    FEMALE = "female"
    """Like a woman's."""
    UNKNOWN = "UNKNOWN"


@closed_enum
class CommunityVoiceProvider(Enum):
    """Whose community voices can be searched and added."""

    ELEVENLABS = "elevenlabs"
    """ElevenLabs."""
    CARTESIA = "cartesia"
    """Cartesia."""
    MINIMAX = "minimax"
    """MiniMax."""
    FISH_AUDIO = "fish_audio"
    """Fish Audio."""
    INWORLD = "inworld"
    """Inworld."""


@closed_enum
class VoiceCloneProvider(Enum):
    """Who can clone voices."""

    ELEVENLABS = "elevenlabs"
    """ElevenLabs."""
    CARTESIA = "cartesia"
    """Cartesia: of one recording."""
    MINIMAX = "minimax"
    """MiniMax: of one recording."""
    FISH_AUDIO = "fish_audio"
    """Fish Audio."""
    PLATFORM = "platform"
    """Retell itself."""
    INWORLD = "inworld"
    """Inworld: of up to 3 recordings."""


# --- Voices ------------------------------------------------------------------------------------


@object_type()
class Voice(Node):
    """A voice that agents can speak with."""

    id: strawberry.ID = computed(lambda voice: global_id("Voice", voice.get("voice_id")))
    """Global id, for `node` and for client caches."""
    voice_id: strawberry.ID
    """Retell's id of the voice: what `voiceId` of an agent names."""
    voice_name: str | None
    """Its name."""
    provider: VoiceProvider | None
    """Who makes its sound."""
    gender: VoiceGender | None
    """How it sounds."""
    accent: str | None
    """Its accent, such as `American`."""
    age: str | None
    """How old it sounds, such as `Young`."""
    preview_audio_url: URL | None
    """A recording to listen to."""
    avatar_url: URL | None
    """A picture that stands for it."""


@object_type()
class CommunityVoice:
    """A voice that a provider's community shares, and that can be added to the organisation's."""

    provider_voice_id: str | None
    """The provider's id of the voice: what `addCommunityVoice` takes."""
    name: str | None
    """Its name."""
    description: str | None
    """What it is like, in words."""
    public_user_id: str | None
    """Of ElevenLabs only: the id of the voice's owner, which `addCommunityVoice` takes as well."""


# --- Root fields -------------------------------------------------------------------------------


@object_type()
class VoiceQueries:
    """Root fields for voices."""

    @strawberry.field
    @needs(READ)
    def voice(
        self,
        info: Info,
        voice_id: Annotated[
            strawberry.ID, strawberry.argument(description="Retell's id of the voice.")
        ],
    ) -> Voice | None:
        """A voice; null where there is none. One upstream request, none if remembered.

        Several in one operation are one request together, for the list of all voices.
        """
        return cast("Voice | None", load_voice(info, voice_id))

    @strawberry.field
    @needs(READ)
    async def voices(self, info: Info) -> list[Voice | None] | None:
        """All voices that agents can speak with. One upstream request, remembered for an hour."""
        found = await info.context.loaders.load(_all(), info)
        return cast("list[Voice | None] | None", found and in_turns(page_items(found)))

    @strawberry.field
    @needs(READ)
    async def search_community_voices(
        self,
        info: Info,
        search_query: Annotated[
            str,
            strawberry.argument(description="Part of the name or the description, or the id."),
        ],
        voice_provider: Annotated[
            CommunityVoiceProvider | None,
            strawberry.argument(description="Whose voices; Retell chooses where left out."),
        ] = UNSET,
    ) -> list[CommunityVoice | None] | None:
        """Voices of a provider's community. One upstream request, which asks the provider."""
        if not search_query.strip():
            raise BadUserInput("`searchQuery` must not be empty.", "searchQuery")
        body: Json = {"search_query": search_query}
        if voice_provider:
            body["voice_provider"] = enum_value(voice_provider)
        found = await info.context.loaders.load(COMMUNITY_VOICES.read(body=body), info)
        return cast("list[CommunityVoice | None] | None", found and in_turns(found["voices"]))


# --- Changes -----------------------------------------------------------------------------------

LONGEST_NAME = 200


@input_type()
class AddCommunityVoiceInput(Input):
    """Which voice of a provider's community to add."""

    provider_voice_id: str
    """The provider's id of the voice, as `searchCommunityVoices` gives it."""
    voice_name: str
    """What it is to be called: 1 to 200 characters."""
    voice_provider: CommunityVoiceProvider | None = UNSET
    """Whose voice it is; Retell chooses where left out."""
    public_user_id: str | None = UNSET
    """The id of the voice's owner: needed for ElevenLabs, and for no other."""

    def wire(self) -> Json:
        """Retell's body; `BadUserInput` where it would not be one."""
        body = given(self)
        for name, field in _OPTIONAL.items():
            if name in body and body[name] is None:
                raise BadUserInput(f"`{field}` cannot be null; leave it out.", field)
        if not self.provider_voice_id:
            raise BadUserInput("`providerVoiceId` must not be empty.", "providerVoiceId")
        if not 1 <= len(self.voice_name) <= LONGEST_NAME:
            raise BadUserInput(f"`voiceName` has 1 to {LONGEST_NAME} characters.", "voiceName")
        if body.get("voice_provider") == "elevenlabs" and not body.get("public_user_id"):
            raise BadUserInput("ElevenLabs needs the `publicUserId`.", "publicUserId")
        return body


_OPTIONAL = {"voice_provider": "voiceProvider", "public_user_id": "publicUserId"}


MOST_RECORDINGS = 25
RECORDINGS = {"cartesia": 1, "minimax": 1, "inworld": 3}
"""The most that a provider takes, where it is less."""


@input_type()
class CloneVoiceInput(Input):
    """What to make a voice of."""

    files: list[Upload]
    """Recordings of the voice: 1 to 25, and fewer for some providers."""
    voice_name: str
    """What it is to be called: 1 to 200 characters."""
    voice_provider: VoiceCloneProvider
    """Who is to make it."""

    def wire(self) -> Json:
        """Retell's form; `BadUserInput` where it would not be one."""
        body = given(self)
        if not 1 <= len(self.voice_name) <= LONGEST_NAME:
            raise BadUserInput(f"`voiceName` has 1 to {LONGEST_NAME} characters.", "voiceName")
        most = RECORDINGS.get(body["voice_provider"], MOST_RECORDINGS)
        check_files(self.files, "files", most=most)
        return body


@object_type()
class CloneVoicePayload(Payload):
    """The outcome of `cloneVoice`."""

    voice: Voice | None
    """The new voice; null where none was made."""


@object_type()
class AddCommunityVoicePayload(Payload):
    """The outcome of `addCommunityVoice`."""

    voice: Voice | None
    """The new voice; null where none was added."""


def _touched(voice: Json | None) -> Iterable[tuple[str, str]]:
    """What a new voice makes out of date: that it was not there, and the list."""
    yield "voices", "all"
    if voice is not None and isinstance(voice.get("voice_id"), str):
        yield "voice", voice["voice_id"]


@object_type()
class VoiceMutations:
    """Root fields that change voices."""

    @strawberry.mutation
    @needs(WRITE)
    async def add_community_voice(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            AddCommunityVoiceInput, strawberry.argument(description="Which voice.")
        ],
    ) -> AddCommunityVoicePayload | None:
        """Add a community voice to the organisation's. Retell's API has no way to remove it."""

        def prepare() -> Change:
            return Change(ADD.request(body=input.wire()), _touched)

        return cast(
            "AddCommunityVoicePayload",
            await change(info, input, prepare, lambda voice: {"voice": voice}, "providerVoiceId"),
        )

    @strawberry.mutation
    @needs(WRITE)
    async def clone_voice(
        self,
        info: Info,
        input: Annotated[  # noqa: A002 - the argument's name in the schema
            CloneVoiceInput, strawberry.argument(description="Of what, and by whom.")
        ],
    ) -> CloneVoicePayload | None:
        """Make a voice that sounds like recordings of somebody, who should have agreed. The files
        come beside the operation: see `Upload`. Retell's API has no way to remove it."""

        def prepare() -> Change:
            return Change(CLONE.request(body=input.wire()), _touched)

        return cast(
            "CloneVoicePayload",
            await change(
                info, input, prepare, lambda voice: {"voice": voice}, "files", has_files=True
            ),
        )


RESOURCE = Resource(
    name="Voice",
    queries=VoiceQueries,
    mutations=VoiceMutations,
    node=load_voice,
    reads={"list": load_of_all},
    sources=(VOICE, VOICES),
    id_key="voice_id",
    scope=READ,
    shows={
        VOICE: "Voice",
        VOICES: "Voice",
        COMMUNITY_VOICES: "CommunityVoice",
        ADD: "Voice",
        CLONE: "Voice",
    },
)
