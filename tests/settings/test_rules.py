"""Settings that clash though each is in order: every rule, what it says, and how grave it is."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
from pydantic import SecretStr

from gateway.settings import (
    RULES,
    AuthSettings,
    Finding,
    GatewaySettings,
    LimitSettings,
    Outside,
    RetellSettings,
    Settings,
    findings,
    why_not_start,
)

EVERYWHERE = "0.0.0.0"  # noqa: S104 - what some rules are about
REACHED = Outside(on_loopback=False)
SOUND: dict[str, Any] = {
    "documents": "only",
    "trusted_documents_file": "x",
    "https_only_seconds": 1,
}
"""Of a gateway that faces the internet, in passthrough."""


def settings(
    retell: dict[str, Any] | None = None,
    auth: dict[str, Any] | None = None,
    limits: dict[str, Any] | None = None,
    **gateway: Any,
) -> Settings:
    return Settings(
        GatewaySettings(**gateway),
        RetellSettings(**retell or {}),
        AuthSettings(**{"auth": "passthrough"} | (auth or {})),
        LimitSettings(**limits or {}),
    )


KEY: dict[str, Any] = {"api_key": SecretStr("key")}
OURS: dict[str, Any] = {"retell": KEY, "auth": {"auth": "none"}}
JWT = {"auth": "jwt", "jwt_issuer": "https://issuer.test", "jwt_audience": "gateway"}


class Case(NamedTuple):
    """Settings in which a rule finds something, besides those that are sound."""

    given: dict[str, Any]
    line: str
    outside: Outside = REACHED


def unusable(variable: str, why: str, more: str = "") -> Case:
    return Case({}, f"fatal: {variable}: {why}{more}", Outside(unusable={variable: why}))


def large(variable: str, value: int, usual: object, **given: Any) -> Case:
    told = f"{value} is more than twice {usual}, which it was tried with."
    return Case(given, f"unsafe: {variable}: {told}")


def large_document(name: str, value: int, usual: int) -> tuple[str, Case]:
    variable = f"GATEWAY_LIMIT_{name.upper()}"
    return f"large {variable}", large(variable, value, usual, limits={name: value})


CASES: dict[str, Case] = {
    "one tenant has two keys": Case(
        {"retell": KEY | {"api_keys": {"default": SecretStr("b")}}, "auth": JWT},
        "fatal: RETELL_API_KEYS: its `default` is what RETELL_API_KEY is for",
    ),
    "keys of tenants that nobody tells apart": Case(
        {"retell": {"api_keys": {"b": SecretStr("b")}}},
        "fatal: RETELL_API_KEYS: only GATEWAY_AUTH `api-key` or `jwt` tells tenants apart",
    ),
    "no key for Retell": Case(
        {"auth": JWT}, "fatal: RETELL_API_KEY: it is needed where GATEWAY_AUTH is `jwt`"
    ),
    "no file of keys": Case(
        {"retell": KEY, "auth": {"auth": "api-key"}},
        "fatal: GATEWAY_KEYS_FILE: it is needed where GATEWAY_AUTH is `api-key`",
    ),
    "no issuer": Case(
        {"retell": KEY, "auth": JWT | {"jwt_issuer": ""}},
        "fatal: GATEWAY_JWT_ISSUER: it is needed where GATEWAY_AUTH is `jwt`",
    ),
    "no audience": Case(
        {"retell": KEY, "auth": JWT | {"jwt_audience": ""}},
        "fatal: GATEWAY_JWT_AUDIENCE: it is needed where GATEWAY_AUTH is `jwt`",
    ),
    "any page may read with the gateway's key": Case(
        OURS | {"cors_origins": "https://board.example,*"},
        "fatal: GATEWAY_CORS_ORIGINS: with RETELL_API_KEY any page could read with that key: name "
        "the origins instead of *",
        Outside(),
    ),
    "the gateway's key is for everybody": Case(
        OURS | {"host": EVERYWHERE},
        "fatal: GATEWAY_AUTH: it is `none`, and GATEWAY_HOST 0.0.0.0 is not loopback: whoever "
        "reaches it would read and change what RETELL_API_KEY may. Set GATEWAY_AUTH to `api-key`, "
        "`jwt` or `passthrough`; or, where something in front tells callers apart, "
        "GATEWAY_AUTH_NONE_EVERYWHERE=true.",
    ),
    "GATEWAY_JWT_ISSUER cannot be used": unusable("GATEWAY_JWT_ISSUER", "it is no URL"),
    "GATEWAY_JWT_JWKS_URL cannot be used": unusable("GATEWAY_JWT_JWKS_URL", "it is no {URL}"),
    "GATEWAY_KEYS_FILE cannot be used": unusable(
        "GATEWAY_KEYS_FILE", "it is too large", "; `retell-gateway keys create` makes one"
    ),
    "GATEWAY_TRUSTED_DOCUMENTS_FILE cannot be used": unusable(
        "GATEWAY_TRUSTED_DOCUMENTS_FILE", "it is not JSON"
    ),
    "GATEWAY_AUDIT cannot be used": unusable("GATEWAY_AUDIT", "it cannot be opened"),
    "GATEWAY_UPLOADS cannot be used": unusable(
        "GATEWAY_UPLOADS", "there is none", "; set TMPDIR to a folder for temporary files"
    ),
    "everybody reads with the gateway's key": Case(
        OURS | {"auth": {"auth": "none", "auth_none_everywhere": True}},
        "unsafe: GATEWAY_AUTH_NONE_EVERYWHERE: whoever reaches the address reads and changes what "
        "RETELL_API_KEY may; set GATEWAY_AUTH.",
    ),
    "no name that it answers to": Case(
        OURS | {"hosts": " "},
        "unsafe: GATEWAY_HOSTS: is empty: any page in a browser of your network can point a name "
        "of its own at the gateway and read with RETELL_API_KEY.",
    ),
    "any name that it answers to": Case(
        OURS | {"hosts": "a, *"},
        "unsafe: GATEWAY_HOSTS: with `*`, any page in a browser here can point a name of its own "
        "at the gateway and read with RETELL_API_KEY.",
        Outside(),
    ),
    "pages of any origin": Case(
        {"cors_origins": "*"},
        "advice: GATEWAY_CORS_ORIGINS: `*` lets pages of any origin read answers; name yours.",
        Outside(),
    ),
    "not by https only": Case(
        {"https_only_seconds": 0},
        "advice: GATEWAY_HTTPS_ONLY_SECONDS: keys and tokens come in the clear unless TLS ends in "
        "front; where it does, tell browsers to come by https only.",
    ),
    "not Retell": Case(
        {"retell": {"base_url": "https://elsewhere.test"}},
        "advice: RETELL_BASE_URL: keys for Retell are sent there, not to Retell.",
        Outside(),
    ),
    "others may read the keys": Case(
        {},
        "unsafe: GATEWAY_KEYS_FILE: other users may read it, and see who may what; `chmod 600`.",
        Outside(keys_readable_by_others=True),
    ),
    "keys that last": Case(
        {},
        "advice: GATEWAY_KEYS_FILE: never expire: desk, night.",
        Outside(lasting_keys=("desk", "night")),
    ),
    "keys that may do everything": Case(
        {},
        "advice: GATEWAY_KEYS_FILE: may do everything: night.",
        Outside(mighty_keys=("night",)),
    ),
    "the schema is told": Case(
        {"introspection": True}, "unsafe: GATEWAY_INTROSPECTION: tells everybody the whole schema."
    ),
    "GraphiQL is there": Case(
        {"graphiql": True}, "unsafe: GATEWAY_GRAPHIQL: invites everybody to explore."
    ),
    "every answer is explained": Case(
        {"debug": True}, "unsafe: GATEWAY_DEBUG: tells everybody what was asked of Retell."
    ),
    "answers are explained on request": Case(
        {"debug_header": True},
        "unsafe: GATEWAY_DEBUG_HEADER: tells everybody who asks what was asked of Retell, and when "
        "somebody else looked at it.",
    ),
    "documents of anybody's": Case(
        {"documents": "prefer"},
        "advice: GATEWAY_DOCUMENTS: callers may ask what they like, within the limits; a front-end "
        "of your own can be held to its trusted documents: `only`.",
    ),
    "trusted documents that are not in use": Case(
        {"documents": "off"},
        "unsafe: GATEWAY_TRUSTED_DOCUMENTS_FILE: is not in use while GATEWAY_DOCUMENTS is `off`.",
        Outside(),
    ),
    "no audit": Case(
        {"audit": "off"},
        "unsafe: GATEWAY_AUDIT: nobody can tell afterwards who read what of whom.",
    ),
    "talkative log": Case(
        {"log_level": "debug"},
        "advice: GATEWAY_LOG_LEVEL: `debug` has a line for every answer out of the memory.",
        Outside(),
    ),
    "no rate": Case(
        {"retell": KEY, "auth": JWT, "rate_limit": 0},
        "unsafe: GATEWAY_RATE_LIMIT: one caller may use up what Retell allows all of them.",
        Outside(),
    ),
    "large GATEWAY_RATE_LIMIT": large("GATEWAY_RATE_LIMIT", 12_001, 6000, rate_limit=12_001),
    "large GATEWAY_BODY_BYTES": large("GATEWAY_BODY_BYTES", 524_289, 262_144, body_bytes=524_289),
    "large GATEWAY_BODY_SECONDS": Case(
        {"body_seconds": 30.5},
        "unsafe: GATEWAY_BODY_SECONDS: 30.5 is more than twice 15.0, which it was tried with.",
    ),
    "large GATEWAY_COST_LIMIT": large("GATEWAY_COST_LIMIT", 2201, 1100, cost_limit=2201),
    "large GATEWAY_ITEM_LIMIT": large("GATEWAY_ITEM_LIMIT", 20_001, 10_000, item_limit=20_001),
    "large GATEWAY_OPERATION_SECONDS": Case(
        {"operation_seconds": 20.5, "drain_seconds": 21},
        "unsafe: GATEWAY_OPERATION_SECONDS: 20.5 is more than twice 10.0, which it was tried with.",
    ),
    "large GATEWAY_OPERATIONS_AT_ONCE": large(
        "GATEWAY_OPERATIONS_AT_ONCE", 2001, 1000, operations_at_once=2001
    ),
    "large GATEWAY_UPLOAD_BYTES": large(
        "GATEWAY_UPLOAD_BYTES", 52_428_801, 26_214_400, upload_bytes=52_428_801
    ),
    "large GATEWAY_UPLOAD_FILE_BYTES": large(
        "GATEWAY_UPLOAD_FILE_BYTES", 41_943_041, 20_971_520, upload_file_bytes=41_943_041
    ),
    "large GATEWAY_UPLOAD_FILES": large("GATEWAY_UPLOAD_FILES", 41, 20, upload_files=41),
    "large GATEWAY_UPLOAD_SECONDS": Case(
        {"upload_seconds": 120.5},
        "unsafe: GATEWAY_UPLOAD_SECONDS: 120.5 is more than twice 60.0, which it was tried with.",
    ),
    **dict(
        large_document(name, 2 * usual + 1, usual)
        for name, usual in LimitSettings().model_dump().items()
    ),
    "a stop before the end of operations": Case(
        {"drain_seconds": 9.5},
        "advice: GATEWAY_DRAIN_SECONDS: is less than GATEWAY_OPERATION_SECONDS: a stop cancels "
        "operations that are in time.",
        Outside(),
    ),
}


def found(case: Case) -> list[Finding]:
    return findings(settings(**SOUND | case.given), case.outside)


def test_every_rule_has_its_case() -> None:
    assert [rule.name for rule in RULES] == list(CASES)


@pytest.mark.parametrize("name", CASES)
def test_a_rule_finds_its_case_and_says_so(name: str) -> None:
    case = CASES[name]
    (rule,) = (rule for rule in RULES if rule.name == name)
    finding = rule.finding(settings(**SOUND | case.given), case.outside)
    assert finding is not None
    assert finding.line == case.line
    assert finding in found(case)


def test_a_sound_gateway_has_no_finding() -> None:
    assert findings(settings(**SOUND), REACHED) == []


def test_nor_has_one_that_only_this_machine_reaches() -> None:
    given = OURS | {"introspection": True, "graphiql": True, "debug": True, "audit": "off"}
    given |= {"debug_header": True}
    assert findings(settings(**given), Outside()) == []
    assert findings(settings(**given)) == []


@pytest.mark.parametrize(
    "given",
    [
        {"cost_limit": 2200, "limits": {"depth": 24}, "rate_limit": 12_000},
        {"operation_seconds": 20, "drain_seconds": 20, "body_seconds": 30},
        {"retell": KEY, "cors_origins": "https://board.example"},
        {"retell": KEY | {"api_keys": {"b": SecretStr("b")}}, "auth": JWT},
    ],
)
def test_up_to_there_nothing_is_found(given: dict[str, Any]) -> None:
    assert findings(settings(**SOUND | given), REACHED) == []


def test_of_several_the_worst_comes_first_and_only_what_is_fatal_ends_the_start() -> None:
    several = found(
        Case(
            {
                "retell": KEY,
                "auth": JWT | {"jwt_issuer": "", "jwt_audience": ""},
                "drain_seconds": 0,
                "debug": True,
            },
            "",
        )
    )
    assert [(each.weight, each.variable) for each in several] == [
        ("fatal", "GATEWAY_JWT_ISSUER"),
        ("fatal", "GATEWAY_JWT_AUDIENCE"),
        ("unsafe", "GATEWAY_DEBUG"),
        ("advice", "GATEWAY_DRAIN_SECONDS"),
    ]
    assert why_not_start(several) == (
        "GATEWAY_JWT_ISSUER: it is needed where GATEWAY_AUTH is `jwt`\n"
        "GATEWAY_JWT_AUDIENCE: it is needed where GATEWAY_AUTH is `jwt`"
    )
    assert why_not_start(several[2:]) == ""


def test_what_is_fatal_is_not_told_once_more_as_unsafe() -> None:
    everybody = findings(settings(**SOUND | OURS | {"host": EVERYWHERE, "hosts": "a"}), REACHED)
    any_page = findings(settings(**OURS, cors_origins="*"))
    assert [(each.weight, each.variable) for each in (*everybody, *any_page)] == [
        ("fatal", "GATEWAY_AUTH"),
        ("unsafe", "GATEWAY_AUDIT"),
        ("fatal", "GATEWAY_CORS_ORIGINS"),
    ]
