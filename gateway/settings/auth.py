"""Who may ask."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings

from gateway.settings.environment import from_environment, names_in

ALGORITHMS = frozenset(f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512))
ALGORITHMS |= {"Ed25519"}
"""Of signatures: all that are checked with a public key, which is all that a token needs."""

AuthMode = Literal["none", "api-key", "jwt", "passthrough"]


class AuthSettings(BaseSettings):
    """Who may ask: see docs/authentication.md."""

    model_config = from_environment("GATEWAY_")

    auth: AuthMode | None = Field(
        default=None,
        description="Who may ask: `none` is everybody, on loopback, with `RETELL_API_KEY`; "
        "`api-key` who has a key of the gateway's own; `jwt` who has a token of your issuer; "
        "`passthrough` who has a key for Retell, which is then used. Where it is not set, `none` "
        "with `RETELL_API_KEY` and `passthrough` without.",
    )
    auth_none_everywhere: bool = Field(
        default=False,
        description="Whether `none` may listen on an address that is not loopback. Whoever "
        "reaches it then reads and changes what `RETELL_API_KEY` may.",
    )
    keys_file: str = Field(
        default="",
        description="File of the gateway's own keys, which `retell-gateway keys` writes; it is "
        "read again when it has changed.",
    )
    jwt_issuer: str = Field(
        default="",
        description="Issuer of the tokens, exactly as their `iss` has it; its description is "
        "looked for below it, at `/.well-known/openid-configuration`.",
    )
    jwt_jwks_url: str = Field(
        default="",
        description="Where the issuer's keys are, if it has no such description.",
    )
    jwt_audience: str = Field(default="", description="What the `aud` of a token must name.")
    jwt_algorithms: str = Field(
        default="RS256,ES256",
        description="Signatures that count, separated by commas: of RS256, RS384, RS512, PS256, "
        "PS384, PS512, ES256, ES384, ES512 and Ed25519.",
    )
    jwt_leeway_seconds: float = Field(
        default=30.0,
        ge=0,
        le=300,
        description="How far the clocks of issuer and gateway may be apart.",
    )
    jwt_tenant_claim: str = Field(
        default="",
        description="Claim that names the caller's tenant; without it all are of `default`.",
    )
    jwt_scopes_claim: str = Field(
        default="scope",
        description="Claim that has the caller's scopes, as words in one text or as a list.",
    )

    @field_validator("jwt_algorithms")
    @classmethod
    def _algorithms_have_public_keys(cls, names: str) -> str:
        given = names_in(names)
        if not given or not given <= ALGORITHMS:
            raise ValueError(f"each must be one of {', '.join(sorted(ALGORITHMS))}")
        return names
