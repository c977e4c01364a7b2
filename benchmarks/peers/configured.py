"""The targets that are configured, not programmed: Hive Gateway and Tailcall."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from graphql import FieldNode, NameNode, Visitor, parse, print_ast, visit

from benchmarks.expected import snake_case
from benchmarks.installs import npm, program, run, versions
from benchmarks.peers import debian_libc
from benchmarks.processes import Command
from benchmarks.targets import CACHE, Site, Target

if TYPE_CHECKING:
    from pathlib import Path

_NOWHERE = "http://127.0.0.1:9"
"""Stands for the upstream where Hive's supergraph is composed."""


def _install_hive() -> str:
    folder = npm("hive", "schema.graphql")
    composer = str(folder / "node_modules" / ".bin" / "mesh-compose")
    environment = ["env", f"UPSTREAM={_NOWHERE}"]
    run([*environment, composer, "-o", "composed.graphql"], folder)
    return versions("hive", "@graphql-hive/gateway")


def _hive(site: Site) -> Command:
    folder = CACHE / "hive"
    _fill(folder, "composed.graphql", "supergraph.graphql", {_NOWHERE: site.upstream})
    environment = {
        "NODE_ENV": "production",
        "PORT": str(site.port),
        "TEMPERATURE": site.temperature,
    }
    gateway = str(folder / "node_modules" / "@graphql-hive" / "gateway" / "dist" / "bin.js")
    return Command([program("node"), gateway, "supergraph"], environment, folder)


def _install_tailcall() -> str:
    npm("tailcall")
    debian_libc.provide()
    return versions("tailcall", "@tailcallhq/core-linux-x64-gnu").replace("core-linux-x64-gnu ", "")


def _tailcall(site: Site) -> Command:
    folder = CACHE / "tailcall"
    remember = "" if site.temperature == "cold" else " @cache(maxAge: 300000)"
    values = {"@PORT@": str(site.port), "@UPSTREAM@": site.upstream, " @REMEMBER@": remember}
    _fill(folder, "gateway.graphql", "started.graphql", values)
    package = folder / "node_modules" / "@tailcallhq" / "core-linux-x64-gnu"
    arguments = [*debian_libc.loader(), str(package / "bin" / "tailcall"), "start"]
    environment = {"TAILCALL_TRACKER": "false", "TAILCALL_LOG_LEVEL": "error"}
    return Command([*arguments, "started.graphql"], environment, folder)


def _fill(folder: Path, template: str, name: str, values: dict[str, str]) -> None:
    text = (folder / template).read_text("utf-8")
    for place, value in values.items():
        text = text.replace(place, value)
    (folder / name).write_text(text, "utf-8")


class _Aliases(Visitor):
    """Retell's names, with the gateway's as aliases."""

    def enter_field(self, node: FieldNode, *_: object) -> FieldNode | None:
        name = "items" if node.name.value == "nodes" else snake_case(node.name.value)
        if name == node.name.value:
            return None
        alias = node.alias or node.name
        return FieldNode(
            alias=alias,
            name=NameNode(value=name),
            arguments=node.arguments,
            directives=node.directives,
            selection_set=node.selection_set,
        )


_LIST = re.compile(
    r"calls\(\s*first: (\d+),\s*filter: \{\s*fromNumber: \{\s*eq: (\$\w+)\s*\}\s*\}\s*\)"
)
_INPUT = (
    r'calls(input: {limit: \1, sort_order: "descending", '
    r'filter_criteria: {from_number: {type: "string", op: "eq", value: \2}}})'
)


@cache
def _in_retells_names(query: str) -> str:
    printed = print_ast(visit(parse(query), _Aliases()))
    return _LIST.sub(_INPUT, printed.replace("ID!", "String!"))


HIVE = Target(
    "hive",
    "Hive Gateway",
    _install_hive,
    _hive,
    "with JIT and its request deduplication, over a supergraph that Mesh composed; documents alias "
    "Retell's names; it has no cache for an upstream that sends no `cache-control`, so there is no "
    "warm; hot: its response cache",
    temperatures=("cold", "hot"),
    translate=_in_retells_names,
)
TAILCALL = Target(
    "tailcall",
    "Tailcall",
    _install_tailcall,
    _tailcall,
    "one worker, reads shared in flight; warm: its `@cache` on every endpoint; it has no cache of "
    "answers, so hot is warm",
    same_as={"hot": "warm"},
)
