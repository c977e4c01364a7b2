"""Rules that end the start: nothing listens before it is certain who may ask."""

from __future__ import annotations

from gateway.settings.rule import Rule

_NEEDED = "it is needed where GATEWAY_AUTH is `{mode}`"


def _unusable(variable: str, message: str = "{what}") -> Rule:
    """What the variable names was looked at, and cannot be used."""
    return Rule(
        f"{variable} cannot be used",
        "fatal",
        variable,
        lambda _, outside: outside.unusable.get(variable),
        message,
    )


FATAL: tuple[Rule, ...] = (
    Rule(
        "one tenant has two keys",
        "fatal",
        "RETELL_API_KEYS",
        lambda s, _: s.retell.api_key is not None and "default" in s.retell.api_keys,
        "its `default` is what RETELL_API_KEY is for",
    ),
    Rule(
        "keys of tenants that nobody tells apart",
        "fatal",
        "RETELL_API_KEYS",
        lambda s, _: s.retell.api_keys and s.auth_mode in ("none", "passthrough"),
        "only GATEWAY_AUTH `api-key` or `jwt` tells tenants apart",
    ),
    Rule(
        "no key for Retell",
        "fatal",
        "RETELL_API_KEY",
        lambda s, _: s.auth_mode != "passthrough" and not s.retell.keys(),
        _NEEDED,
    ),
    Rule(
        "no file of keys",
        "fatal",
        "GATEWAY_KEYS_FILE",
        lambda s, _: s.auth_mode == "api-key" and not s.auth.keys_file,
        _NEEDED,
    ),
    Rule(
        "no issuer",
        "fatal",
        "GATEWAY_JWT_ISSUER",
        lambda s, _: s.auth_mode == "jwt" and not s.auth.jwt_issuer,
        _NEEDED,
    ),
    Rule(
        "no audience",
        "fatal",
        "GATEWAY_JWT_AUDIENCE",
        lambda s, _: s.auth_mode == "jwt" and not s.auth.jwt_audience,
        _NEEDED,
    ),
    Rule(
        "any page may read with the gateway's key",
        "fatal",
        "GATEWAY_CORS_ORIGINS",
        lambda s, _: s.auth_mode == "none" and "*" in s.gateway.allowed_origins,
        "with RETELL_API_KEY any page could read with that key: name the origins instead of *",
    ),
    Rule(
        "the gateway's key is for everybody",
        "fatal",
        "GATEWAY_AUTH",
        lambda s, outside: (
            s.auth_mode == "none" and not (outside.on_loopback or s.auth.auth_none_everywhere)
        ),
        "it is `none`, and GATEWAY_HOST {host} is not loopback: whoever reaches it would read and "
        "change what RETELL_API_KEY may. Set GATEWAY_AUTH to `api-key`, `jwt` or `passthrough`; "
        "or, where something in front tells callers apart, GATEWAY_AUTH_NONE_EVERYWHERE=true.",
    ),
    _unusable("GATEWAY_JWT_ISSUER"),
    _unusable("GATEWAY_JWT_JWKS_URL"),
    _unusable("GATEWAY_KEYS_FILE", "{what}; `retell-gateway keys create` makes one"),
    _unusable("GATEWAY_TRUSTED_DOCUMENTS_FILE"),
    _unusable("GATEWAY_AUDIT"),
    _unusable("GATEWAY_UPLOADS", "{what}; set TMPDIR to a folder for temporary files"),
)
