"""Where Retell is, and the keys for it."""

from __future__ import annotations

import re
from typing import Annotated

import orjson
from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode

from gateway.settings.environment import from_environment

RETELL = "https://api.retellai.com"

_KEY = re.compile(r"[!-~]{1,512}")
"""What can stand in a header."""
_NO_KEY = "a key is 1 to 512 printable ASCII characters without spaces"
_NO_KEYS = 'it must be a JSON object of names and keys: {"tenant": "key"}'


class RetellSettings(BaseSettings):
    """Where Retell is, and with which key it is asked."""

    model_config = from_environment("RETELL_")

    api_key: SecretStr | None = Field(
        default=None,
        description="The key for Retell. Without it, each caller's own "
        "`Authorization: Bearer` key is passed through and is a tenant of its own, unless "
        "`GATEWAY_AUTH` says otherwise.",
    )
    api_keys: Annotated[dict[str, SecretStr], NoDecode] = Field(
        default={},
        description='Keys for several tenants, as JSON: `{"tenant": "key"}`; `RETELL_API_KEY` is '
        "that of the tenant `default`. The caller's tenant chooses.",
    )
    base_url: str = Field(default=RETELL, description="Where Retell is; https, except on loopback.")

    @field_validator("api_key")
    @classmethod
    def _key_can_be_sent(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and not _KEY.fullmatch(key.get_secret_value()):
            raise ValueError(_NO_KEY)
        return key

    @field_validator("api_keys", mode="before")
    @classmethod
    def _keys_are_json(cls, given: object) -> object:
        if not isinstance(given, str):
            return given
        try:
            return orjson.loads(given)
        except orjson.JSONDecodeError:
            raise ValueError(_NO_KEYS) from None

    @field_validator("api_keys")
    @classmethod
    def _each_key_can_be_sent(cls, keys: dict[str, SecretStr]) -> dict[str, SecretStr]:
        for tenant, key in keys.items():
            if not 0 < len(tenant) <= 128 or tenant != tenant.strip() or not tenant.isprintable():
                raise ValueError("a tenant's name is 1 to 128 printable characters")
            if not _KEY.fullmatch(key.get_secret_value()):
                raise ValueError(_NO_KEY)
        return keys

    def keys(self) -> dict[str, str]:
        """Every key in the clear, by the name of its tenant."""
        keys = {tenant: key.get_secret_value() for tenant, key in self.api_keys.items()}
        if self.api_key is not None:
            keys["default"] = self.api_key.get_secret_value()
        return keys
