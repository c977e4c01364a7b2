"""Requests that somebody would make who means harm: what each is, and what is said to it.

Documents of every shape that limits are for, as large as the limits let them be or a little larger,
and bodies that are hardly requests. Sent by tests, and by `benchmarks/stalls.py`, which times them.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from typing import Any

import orjson

from gateway.operation.limits import DocumentLimits
from gateway.schema.node import global_id
from tests.promises.everything import everything

LIMITS = DocumentLimits()
CALL = 'call(callId: "x")'
FILTERED = "query ($f: CallFilter) { calls(first: 1, filter: $f) { nodes { callId } } }"
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"
KEPT = """mutation ($m: JSON!) { updateCall(input: { callId: "x1", metadata: $m }) {
  userErrors { code } call { callId } } }"""


@dataclass(frozen=True)
class Hostile:
    """One request."""

    body: bytes
    code: str | None
    """Of every error; None where it is answered, if not with what was hoped for."""
    in_dev: str | None = None
    """The same where introspection is on, if that is another; empty where it is answered then."""
    upstream: bool = False
    """Whether it may reach Retell: it is answered, and costs no more than it may."""
    accept: str = "application/json"

    def codes(self, *, dev: bool) -> set[str]:
        """What the errors of its answer have."""
        code = self.in_dev if dev and self.in_dev is not None else self.code
        return {code} if code else set()


def asking(
    query: str, code: str | None, variables: object = None, name: str | None = None, **more: Any
) -> Hostile:
    """A request as clients write it."""
    body = {"query": query, "variables": variables, "operationName": name}
    return Hostile(orjson.dumps(body), code, **more)


def spread(count: int, times: int) -> str:
    """Each fragment spreads the next one so often: `times` ** `count` fields when written out."""
    links = (f"fragment F{n} on Call {{ {f'...F{n + 1} ' * times}}}" for n in range(count))
    last = f"fragment F{count} on Call {{ callId }}"
    return f"{{ {CALL} {{ ...F0 }} }} " + " ".join(links) + last


def nested(levels: int, field: str = "agent") -> str:
    return f"{{ {CALL} {{ " + f"{field} {{ " * levels + "id" + " }" * levels + " } }"


def fragment_per_level(levels: int) -> str:
    links = (f"fragment F{n} on Agent {{ a {{ ...F{n + 1} }} }} " for n in range(levels))
    last = f"fragment F{levels} on Agent {{ id }}"
    return f"{{ {CALL} {{ agent {{ ...F0 }} }} }} " + "".join(links) + last


def ring(count: int, width: int) -> str:
    """Every fragment spreads the `width` next ones, round and round."""
    links = (
        f"fragment F{n} on Call {{ {' '.join(f'...F{(n + w) % count}' for w in range(1, width))} }}"
        for n in range(count)
    )
    return f"{{ {CALL} {{ ...F0 }} }} " + " ".join(links)


def webs(count: int, width: int) -> str:
    """Fragments that each have the same names for other things, all spread at one place."""
    fragments = (
        f"fragment F{n} on Call {{ " + " ".join(f"f{w}: g{n}" for w in range(width)) + " }"
        for n in range(count)
    )
    spreads = " ".join(f"...F{n}" for n in range(count))
    return f"{{ {CALL} {{ {spreads} }} }} " + " ".join(fragments)


def unused(field: str, size: int) -> str:
    """What no operation spreads is in no operation's size."""
    return (
        "{ __typename } fragment F on Call { "
        + " ".join(field.replace("#", str(n)) for n in range(size))
        + " }"
    )


def introspecting(levels: int) -> str:
    """Types of fields of types, round and round."""
    inner = "fields { type { " * levels + "name" + " } }" * levels
    return f"{{ __schema {{ types {{ name {inner} }} }} }}"


def wide_introspection(fields: int) -> str:
    same = " ".join(["name description kind"] * (fields // 3))
    return f"{{ __schema {{ types {{ fields {{ type {{ {same} }} }} }} }} }}"


VALIDATION, PARSE = "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED"
INPUT, BAD = "BAD_USER_INPUT", "BAD_REQUEST"
DEPTH, FIELDS, ALIASES = "DEPTH_LIMIT_EXCEEDED", "FIELD_LIMIT_EXCEEDED", "ALIAS_LIMIT_EXCEEDED"
DIRECTIVES, DEFINITIONS = "DIRECTIVE_LIMIT_EXCEEDED", "DEFINITION_LIMIT_EXCEEDED"
VALUES, COST = "VARIABLE_LIMIT_EXCEEDED", "COST_LIMIT_EXCEEDED"
NO_INTROSPECTION, INTROSPECTION = "INTROSPECTION_DISABLED", "INTROSPECTION_LIMIT_EXCEEDED"
MULTIPART = "multipart/mixed;deferSpec=20220824, application/json"

TRANSCRIPT = """transcriptWithToolCalls { __typename
  ... on Utterance { content role words { word start end } }
  ... on ToolCallInvocation { toolCallId name arguments } ... on ToolCallResult { content } }"""
LATENCY = "{ p50 p90 p95 p99 max min num values }"
LISTED = f"""callId callStatus callType agentId agentName agentVersion durationMs startTimestamp
  latency {{ {" ".join(f"{name} {LATENCY}" for name in ("e2e", "asr", "llm", "tts", "s2s"))} }}
  callAnalysis {{ callSummary callSuccessful }} endTimestamp disconnectionReason metadata
  callCost {{ combinedCost productCosts {{ product cost unitPrice }} }} agentTag agentName"""
"""Fields that lists have, each of whose values is another."""
NAMES = "callId callStatus callType agentId agentName agentVersion durationMs startTimestamp "
MOST_TOKENS = LIMITS.tokens - 100

DOCUMENTS: dict[str, Hostile] = {
    # depth
    "one level too deep": asking(nested(LIMITS.depth - 1), DEPTH),
    "150 levels": asking(nested(150), DEPTH),
    "braces deeper than any": asking(nested(900), PARSE),
    "a fragment for every level": asking(fragment_per_level(90), DEPTH),
    "inline fragments alone": asking(
        f"{{ {CALL} {{ " + "... on Call { " * 150 + "nope" + " }" * 150 + " } }", VALIDATION
    ),
    # fragments
    "2^30 fields in 31 fragments": asking(spread(30, 2), FIELDS),
    "2^95 fields in 96 fragments": asking(spread(95, 2), FIELDS),
    "10^98 fields in 99 fragments": asking(spread(98, 10), FIELDS),
    "a fragment that spreads itself": asking(
        f"{{ {CALL} {{ ...A }} }} fragment A on Call {{ ...A }}", VALIDATION
    ),
    "two fragments in a circle": asking(ring(2, 2), VALIDATION),
    "98 fragments that spread 16 others each": asking(ring(98, 17), VALIDATION),
    "40 fragments that spread all others": asking(ring(40, 40), VALIDATION),
    "fragments that do not go together": asking(webs(15, 30), ALIASES),
    "conflicts that no limit counts": asking(
        unused("... on Call { n: node# { id } }", 240), VALIDATION
    ),
    "a fragment that is not spread, full of conflicts": asking(
        unused('a: call(callId: "#") { id }', MOST_TOKENS // 11), FIELDS
    ),
    "a fragment that is not spread, full of one name": asking(
        unused("callId", MOST_TOKENS), FIELDS
    ),
    # width
    "31 aliases": asking(
        "{ " + " ".join(f"a{n}: __typename" for n in range(LIMITS.aliases + 1)) + " }", ALIASES
    ),
    "21 fields at the root": asking(
        "{ ...R } fragment R on Query { " + "__typename " * (LIMITS.root_fields + 1) + "}",
        "ROOT_FIELD_LIMIT_EXCEEDED",
    ),
    "one field as often as may be": asking(
        f"{{ {CALL} {{ {'callId ' * (LIMITS.fields - 1)} }} }}", None, upstream=True
    ),
    "one field with arguments as often as may be": asking(
        "{ " + f"{CALL} {{ callId {NAMES * 2} }} " * LIMITS.root_fields + "}", None, upstream=True
    ),
    "one argument each": asking(
        "{ " + " ".join(f'call(callId: "{n}") {{ id }}' for n in range(20)) + " }", VALIDATION
    ),
    "a name more than there may be": asking(
        f"{{ {CALL} {{ {'callId ' * LIMITS.fields} }} }}", FIELDS
    ),
    "names that nobody knows": asking(
        f"{{ {CALL} {{ {' '.join(f'transcripts{n}' for n in range(490))} }} }}", VALIDATION
    ),
    # directives
    "six directives at one place": asking(
        f"{{ __typename {'@skip(if: true) ' * (LIMITS.directives_at_once + 1)} }}", DIRECTIVES
    ),
    "51 directives": asking(
        f"{{ {CALL} {{ {'callId @skip(if: false) ' * (LIMITS.directives + 1)} }} }}", DIRECTIVES
    ),
    "directives that nobody knows, on variables": asking(
        "query (" + "$v: Int @x " * 51 + ") { __typename }", DIRECTIVES
    ),
    "25 parts within parts": asking(
        f"{{ {CALL} {{ " + "... @defer { " * 25 + "callId" + " }" * 25 + " } }",
        None,
        upstream=True,
        accept=MULTIPART,
    ),
    "parts of parts beyond the limit": asking(
        f"{{ {CALL} {{ " + "... @defer { " * 51 + "callId" + " }" * 51 + " } }",
        DIRECTIVES,
        accept=MULTIPART,
    ),
    "a stream of a page": asking(
        "{ calls(first: 1000) { nodes @stream(initialCount: 0) { callId } } }",
        None,
        upstream=True,
        accept=MULTIPART,
    ),
    # operations and variables
    "100 operations and none is named": asking(
        " ".join(f"query Q{n} {{ {CALL} {{ {NAMES} }} }}" for n in range(100)), VALIDATION
    ),
    "101 operations": asking(
        " ".join(f"query Q{n} {{ __typename }}" for n in range(101)), DEFINITIONS, name="Q7"
    ),
    "450 variables that nobody uses": asking(
        "query (" + " ".join(f"$v{n}: [ID!]!" for n in range(450)) + ") { __typename }",
        VALIDATION,
    ),
    "a type of 190 lists": asking(
        f"query ($v: {'[' * 190}ID{']' * 190}) {{ nodes(ids: $v) {{ id }} }}", VALIDATION
    ),
    "one default 20 times": asking(
        "query ($i: [ID!]! = ["
        + '"x" ' * 1000
        + "]) { "
        + " ".join(f"n{n}: nodes(ids: $i) {{ id }}" for n in range(20))
        + " }",
        COST,
    ),
    # lexical
    "tokens": asking("{" + " a" * 49_000 + "}", "TOKEN_LIMIT_EXCEEDED"),
    "comments": asking("#\n" * 45_000 + "{ a }", "COMMENT_LIMIT_EXCEEDED"),
    "one comment": asking("#" + "\u202e" * 80_000 + "\n{ nope }", VALIDATION),
    "commas": asking("{ a " + "," * 99_000 + "}", VALIDATION),
    "one name": asking("{ " + "a" * 99_000 + " }", VALIDATION),
    "one text of escapes": asking(
        f'{{ call(callId: "{chr(92)}u00e9{"éx" * 40_000}") }}', VALIDATION
    ),
    "a block string of quotes": asking(
        '{ call(callId: """' + '\\""" \n' * 15_000 + '""") { id } }', INPUT
    ),
    "letters of other alphabets": asking("{ сalls { nodes { саllId } } }", PARSE),  # noqa: RUF001
    "a null, and what turns text around": asking("\ufeff{ \u0000\u202e__typename }", PARSE),
    # numbers
    "an id of 4,000 digits": asking(f"{{ call(callId: {'9' * 4_000}) {{ id }} }}", INPUT),
    "a page of 20,000 digits": asking(
        f"{{ calls(first: {'9' * 20_000}) {{ totalCount }} }}", VALIDATION
    ),
    "a fraction of 20,000 digits": asking(
        f"{{ calls(filter: {{ durationMs: {{ gt: 0.{'9' * 20_000} }} }}) {{ totalCount }} }}",
        None,
        upstream=True,
    ),
    "a default of 20,000 digits": asking(
        f"query ($n: Float = {'9' * 20_000}) {{ calls(filter: {{ durationMs: {{ gt: $n }} }}) "
        "{ totalCount } }",
        VALIDATION,
    ),
    # pages
    "a page larger than any": asking("{ calls(first: 2147483647) { nodes { id } } }", INPUT),
    "a page below nothing": asking("{ calls(first: -1) { nodes { id } } }", INPUT),
    "twenty pages with transcripts": asking(
        "{ "
        + " ".join(f"p{n}: calls(first: 1000) {{ nodes {{ transcript }} }}" for n in range(20))
        + " }",
        COST,
    ),
    "a whole page in full": asking(
        f"{{ calls(first: 1000) {{ edges {{ cursor node {{ {NAMES} {TRANSCRIPT} }} }} }} }}",
        None,
        upstream=True,
    ),
    "a whole page of what lists have": asking(
        f"{{ calls(first: 1000) {{ nodes {{ {LISTED} ... on PhoneCall {{ {LISTED} }} "
        f"... on WebCall {{ {LISTED} }} }} }} }}",
        None,
        upstream=True,
    ),
    "a page of 50 of what lists have": asking(
        "{ calls(first: 50) { "
        + " ".join(f"{name} {{ {LISTED} }}" for name in ("a: nodes", "b: nodes", "c: nodes"))
        + f" edges {{ node {{ {LISTED} }} }} }} }}",
        None,
        upstream=True,
    ),
    "twenty pages of 50": asking(
        "{ "
        + " ".join(f"p{n}: calls(first: 50) {{ nodes {{ {NAMES} }} }}" for n in range(20))
        + " }",
        None,
        upstream=True,
    ),
    "a whole page and all its agents": asking(
        f"{{ calls(first: 1000) {{ nodes {{ callId agent {{ {everything('Agent')} }} }} }} }}",
        None,
        upstream=True,
    ),
    # introspection
    "types of fields of types": asking(introspecting(2), NO_INTROSPECTION, in_dev=""),
    "the same, once more": asking(introspecting(3), NO_INTROSPECTION, in_dev=VALIDATION),
    "the same beyond all levels": asking(introspecting(15), NO_INTROSPECTION, in_dev=INTROSPECTION),
    "a schema 490 fields wide": asking(
        wide_introspection(480), NO_INTROSPECTION, in_dev=VALIDATION
    ),
    "four schemas": asking(
        "{ " + " ".join(f"s{n}: __schema {{ types {{ name }} }}" for n in range(4)) + " }",
        NO_INTROSPECTION,
        in_dev=INTROSPECTION,
    ),
}

ID_TEXTS = [global_id("Call", f"call_{n}") for n in range(1000)]

VARIABLES: dict[str, Hostile] = {
    "5,001 ids": asking(NODES, VALUES, {"ids": ["x"] * 5001}),
    "1,001 ids": asking(NODES, INPUT, {"ids": ["x"] * 1001}),
    "1,000 ids that are none": asking(NODES, INPUT, {"ids": ["../x"] * 1000}),
    "1,000 objects that are ids": asking(NODES, INPUT, {"ids": [{"a": [1]}] * 1000}),
    "1,000 ids of nothing, in full": asking(
        NODES.replace("{ id }", "{ ... on Call { transcript } }"),
        None,
        {"ids": ID_TEXTS},
        upstream=True,
    ),
    "1,000 ids, twice": asking(
        "query ($ids: [ID!]!) { a: nodes(ids: $ids) { ... on Call { transcript } } "
        "b: nodes(ids: $ids) { ... on Call { transcript } } }",
        COST,
        {"ids": ID_TEXTS},
    ),
    "lists in lists": asking(NODES, INPUT, {"ids": [orjson.loads(b"[" * 240 + b"]" * 240)]}),
    "an object in objects": asking(
        KEPT, INPUT, {"m": orjson.loads(b'{"a":' * 240 + b"1" + b"}" * 240)}
    ),
    "filters in a filter that takes none": asking(
        FILTERED, INPUT, {"f": orjson.loads(b'{"metadata":' * 240 + b"1" + b"}" * 240)}
    ),
    "4,900 names that no filter has": asking(
        FILTERED, INPUT, {"f": {f"n{n}": 1 for n in range(4900)}}
    ),
    "1,001 values of a filter": asking(FILTERED, INPUT, {"f": {"callId": {"in": ["x"] * 1001}}}),
    "1,200 filters": asking(
        FILTERED,
        None,
        {"f": {"metadata": [{"key": "a", "value": {"boolean": True}}] * 1200}},
        upstream=True,
    ),
    "a time of 200,000 digits": asking(
        FILTERED, INPUT, {"f": {"startTimestamp": {"lt": "2" * 200_000}}}
    ),
    "a cursor of 200,000 letters": asking(
        "query ($a: String) { calls(after: $a) { totalCount } }", INPUT, {"a": "W" * 200_000}
    ),
    "a cursor of lists": asking(
        "query ($a: String) { calls(after: $a) { totalCount } }",
        INPUT,
        {"a": b64encode(b"[" * 90_000 + b"]" * 90_000).decode()},
    ),
    "an operation's name of 200,000 letters": asking(
        "query Q { __typename }", VALIDATION, name="Q" * 200_000
    ),
}

EMPTY = b'{"query": "{ __typename }", "variables": '

BODIES: dict[str, Hostile] = {
    "1,000 lists where an id is": Hostile(
        orjson.dumps({"query": NODES})[:-1]
        + b', "variables": {"ids": '
        + b"[" * 1000
        + b"]" * 1000
        + b"}}",
        INPUT,
    ),
    "100,000 lists": Hostile(EMPTY + b"[" * 100_000 + b"]" * 100_000 + b"}", BAD),
    "100,000 lists that end nowhere": Hostile(b"[" * 250_000, BAD),
    "1,000 operations": Hostile(
        b"[" + b",".join([EMPTY + b"null}"] * 1000) + b"]", "BATCH_LIMIT_EXCEEDED"
    ),
    "names that come twice": Hostile(EMPTY + b'null, "query": "{ nope }"}', VALIDATION),
    "60,000 names": Hostile(EMPTY + b"null" + b',"a":1' * 30_000 + b"}", None),
    "a number of 200,000 digits": Hostile(EMPTY + b'{"a": ' + b"9" * 200_000 + b"}}", BAD),
    "a number beyond all numbers": Hostile(EMPTY + b'{"a": 1e999}}', BAD),
    "half of a letter": Hostile(EMPTY + b'{"a": "\\ud800"}}', BAD),
    "no UTF-8": Hostile(b'{"query": "\xff\xfe"}', BAD),
    "a hash that is none": Hostile(
        b'{"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "../x"}}}', BAD
    ),
    "an id of a document with a path in it": Hostile(
        b'{"documentId": "../../etc/passwd"}', "PERSISTED_QUERY_NOT_SUPPORTED"
    ),
    "too much": Hostile(EMPTY + b'"' + b"x" * 300_000 + b'"}', "BODY_LIMIT_EXCEEDED"),
}

ALL: dict[str, Hostile] = DOCUMENTS | VARIABLES | BODIES
