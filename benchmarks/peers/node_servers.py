"""The targets on Node that are programmed: Apollo Server and GraphQL Yoga."""

from __future__ import annotations

from functools import partial

from benchmarks.installs import npm, program, versions
from benchmarks.processes import Command
from benchmarks.targets import CACHE, Site, Target

_SHARED = ("resolvers.js", "schema.graphql")


def _install(name: str, *packages: str) -> str:
    npm(name, *_SHARED)
    return versions(name, *packages)


def _command(name: str, site: Site) -> Command:
    environment = {
        "NODE_ENV": "production",
        "PORT": str(site.port),
        "UPSTREAM": site.upstream,
        "TEMPERATURE": site.temperature,
    }
    return Command([program("node"), "server.js"], environment, CACHE / name)


APOLLO = Target(
    "apollo",
    "Apollo Server",
    partial(_install, "apollo", "@apollo/server", "@apollo/datasource-rest"),
    partial(_command, "apollo"),
    "with a DataLoader; warm: datasource-rest's cache in memory, its key mended to tell one list "
    "from another; hot: its response cache",
)
YOGA = Target(
    "yoga",
    "GraphQL Yoga",
    partial(_install, "yoga", "graphql-yoga", "@envelop/graphql-jit", "undici"),
    partial(_command, "yoga"),
    "with graphql-jit, undici and a DataLoader; warm: an LRU of decoded answers; hot: its "
    "response cache",
)
