"""What agents of voice and of chat can both be set to, and how inputs become Retell's form.

Small settings are typed; what is deep is JSON in Retell's own form, looked at no further than that
it is an object or a list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from strawberry import UNSET

from gateway.errors import BadUserInput
from gateway.schema.mutation import Input, given
from gateway.schema.scalars import JSON, URL, BigInt
from gateway.schema.storage import DataStorageSetting
from gateway.schema.types import input_type

if TYPE_CHECKING:
    from gateway.loaders import Json


@input_type()
class AgentSettings(Input):
    """What agents of both kinds can be set to. What is left out stays as it is, or is Retell's
    default; null takes a setting away where Retell allows that."""

    agent_name: str | None = UNSET
    """Its name, for your own reference."""
    version_title: str | None = UNSET
    """The title of this version."""
    languages: list[str] | None = UNSET
    """The languages it speaks, such as `["en-US"]`. Retell takes `en-US` where none is set."""
    timezone: str | None = UNSET
    """Its IANA time zone, such as `Europe/Paris`."""
    data_storage_setting: DataStorageSetting | None = UNSET
    """How much of its conversations Retell stores."""
    data_storage_retention_days: int | None = UNSET
    """Days after which conversations are deleted, from 1 to 730; null for never."""
    opt_in_signed_url: bool | None = UNSET
    """Whether URLs of recordings and logs are signed and stop working after a time."""
    signed_url_expiration_ms: BigInt | None = UNSET
    """Milliseconds after which they do."""
    webhook_url: URL | None = UNSET
    """Where events are sent; null for the account's own webhook."""
    webhook_timeout_ms: int | None = UNSET
    """Milliseconds that the webhook has to answer."""
    handbook_config: JSON | None = UNSET
    """Ways of behaving that are switched on or off: an object in Retell's own form."""
    guardrail_config: JSON | None = UNSET
    """Topics that it does not go into: an object in Retell's own form, `input_topics` and
    `output_topics`."""
    contact_memory_config: JSON | None = UNSET
    """Whether it remembers people: an object in Retell's own form, `enable_read` and
    `enable_update`."""
    pii_config: JSON | None = UNSET
    """Which personal data is removed: an object in Retell's own form, `mode` and `categories`."""
    pre_session_tools: JSON | None = UNSET
    """Tools that run before its first words: a list in Retell's own form. It takes the place of
    all of them, with the headers and query parameters that are not shown."""
    post_session_tools: JSON | None = UNSET
    """Tools that run after the analysis: a list in Retell's own form. It takes the place of all of
    them, with the headers and query parameters that are not shown."""


OBJECTS = {
    "response_engine": "responseEngine",
    "handbook_config": "handbookConfig",
    "guardrail_config": "guardrailConfig",
    "contact_memory_config": "contactMemoryConfig",
    "pii_config": "piiConfig",
    "custom_stt_config": "customSttConfig",
    "user_dtmf_options": "userDtmfOptions",
    "voicemail_option": "voicemailOption",
    "ivr_option": "ivrOption",
    "call_screening_option": "callScreeningOption",
}
LISTS = {
    "pre_session_tools": "preSessionTools",
    "post_session_tools": "postSessionTools",
    "pronunciation_dictionary": "pronunciationDictionary",
    "post_call_analysis_data": "postCallAnalysisData",
    "post_chat_analysis_data": "postChatAnalysisData",
}
"""What is JSON in inputs, by Retell's name, and what inputs call it."""


def settings(input_: object, *apart: str) -> Json:
    """Retell's body of an input, without the fields named `apart`; `BadUserInput` where something
    has not the form of an object or of a list."""
    body = given(input_, *apart)
    for name, value in body.items():
        if value is None:
            continue
        if name in OBJECTS and not isinstance(value, dict):
            raise BadUserInput(f"`{OBJECTS[name]}` must be a JSON object.", OBJECTS[name])
        if name in LISTS and not _is_list_of_objects(value):
            raise BadUserInput(f"`{LISTS[name]}` must be a list of JSON objects.", LISTS[name])
    if "languages" in body:
        body["language"] = _language(body.pop("languages"))
    return body


def some_settings(input_: object, *apart: str) -> Json:
    """The same, for changes of what is there: `BadUserInput` where nothing was given."""
    body = settings(input_, *apart)
    if not body:
        raise BadUserInput("Give at least one field to change.")
    return body


def _is_list_of_objects(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def _language(languages: Any) -> object:
    """Retell takes one as a text, several as a list."""
    if languages is not None and not languages:
        raise BadUserInput("Give at least one language.", "languages")
    return languages[0] if languages and len(languages) == 1 else languages
