"""Rules of who may ask, and what is told: unsafe, or worth a thought."""

from __future__ import annotations

from gateway.settings.retell import RETELL
from gateway.settings.rule import Rule

WHO: tuple[Rule, ...] = (
    Rule(
        "everybody reads with the gateway's key",
        "unsafe",
        "GATEWAY_AUTH_NONE_EVERYWHERE",
        lambda s, outside: (
            s.auth_mode == "none" and s.auth.auth_none_everywhere and not outside.on_loopback
        ),
        "whoever reaches the address reads and changes what RETELL_API_KEY may; set GATEWAY_AUTH.",
    ),
    Rule(
        "no name that it answers to",
        "unsafe",
        "GATEWAY_HOSTS",
        lambda s, outside: (
            s.auth_mode == "none" and not outside.on_loopback and not s.gateway.hosts.strip()
        ),
        "is empty: any page in a browser of your network can point a name of its own at the "
        "gateway and read with RETELL_API_KEY.",
    ),
    Rule(
        "any name that it answers to",
        "unsafe",
        "GATEWAY_HOSTS",
        lambda s, _: s.auth_mode == "none" and "*" in s.gateway.hosts,
        "with `*`, any page in a browser here can point a name of its own at the gateway and read "
        "with RETELL_API_KEY.",
    ),
    Rule(
        "pages of any origin",
        "advice",
        "GATEWAY_CORS_ORIGINS",
        lambda s, _: s.auth_mode != "none" and "*" in s.gateway.allowed_origins,
        "`*` lets pages of any origin read answers; name yours.",
    ),
    Rule(
        "not by https only",
        "advice",
        "GATEWAY_HTTPS_ONLY_SECONDS",
        lambda s, outside: not outside.on_loopback and not s.gateway.https_only_seconds,
        "keys and tokens come in the clear unless TLS ends in front; where it does, tell browsers "
        "to come by https only.",
    ),
    Rule(
        "not Retell",
        "advice",
        "RETELL_BASE_URL",
        lambda s, _: s.retell.base_url.rstrip("/") != RETELL,
        "keys for Retell are sent there, not to Retell.",
    ),
    Rule(
        "others may read the keys",
        "unsafe",
        "GATEWAY_KEYS_FILE",
        lambda _, outside: outside.keys_readable_by_others,
        "other users may read it, and see who may what; `chmod 600`.",
    ),
    Rule(
        "keys that last",
        "advice",
        "GATEWAY_KEYS_FILE",
        lambda _, outside: ", ".join(outside.lasting_keys),
        "never expire: {what}.",
    ),
    Rule(
        "keys that may do everything",
        "advice",
        "GATEWAY_KEYS_FILE",
        lambda _, outside: ", ".join(outside.mighty_keys),
        "may do everything: {what}.",
    ),
)

TOLD: tuple[Rule, ...] = (
    Rule(
        "the schema is told",
        "unsafe",
        "GATEWAY_INTROSPECTION",
        lambda s, outside: s.gateway.introspection and not outside.on_loopback,
        "tells everybody the whole schema.",
    ),
    Rule(
        "GraphiQL is there",
        "unsafe",
        "GATEWAY_GRAPHIQL",
        lambda s, outside: s.gateway.graphiql and not outside.on_loopback,
        "invites everybody to explore.",
    ),
    Rule(
        "every answer is explained",
        "unsafe",
        "GATEWAY_DEBUG",
        lambda s, outside: s.gateway.debug and not outside.on_loopback,
        "tells everybody what was asked of Retell.",
    ),
    Rule(
        "answers are explained on request",
        "unsafe",
        "GATEWAY_DEBUG_HEADER",
        lambda s, outside: s.gateway.debug_header and not outside.on_loopback,
        "tells everybody who asks what was asked of Retell, and when somebody else looked at it.",
    ),
    Rule(
        "documents of anybody's",
        "advice",
        "GATEWAY_DOCUMENTS",
        lambda s, outside: s.gateway.documents != "only" and not outside.on_loopback,
        "callers may ask what they like, within the limits; a front-end of your own can be held to "
        "its trusted documents: `only`.",
    ),
    Rule(
        "trusted documents that are not in use",
        "unsafe",
        "GATEWAY_TRUSTED_DOCUMENTS_FILE",
        lambda s, _: s.gateway.trusted_documents_file and s.gateway.documents == "off",
        "is not in use while GATEWAY_DOCUMENTS is `off`.",
    ),
    Rule(
        "no audit",
        "unsafe",
        "GATEWAY_AUDIT",
        lambda s, outside: s.audit == "off" and not outside.on_loopback,
        "nobody can tell afterwards who read what of whom.",
    ),
    Rule(
        "talkative log",
        "advice",
        "GATEWAY_LOG_LEVEL",
        lambda s, _: s.gateway.log_level == "debug",
        "`debug` has a line for every answer out of the memory.",
    ),
)
