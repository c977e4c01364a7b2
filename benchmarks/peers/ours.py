"""The targets in Python: the gateway itself, the floor, and plain Strawberry."""

from __future__ import annotations

import sys
from importlib.metadata import version

from benchmarks.processes import Command
from benchmarks.targets import CACHE, ROOT, Site, Target

ANSWERS = CACHE / "answers.json"
"""What the floor sends: written once the gateway's answers are verified."""

_CACHE_OF = {
    "cold": {"GATEWAY_CACHE": "off"},
    "warm": {"GATEWAY_ANSWER_BYTES": "0"},
    "hot": {},
}


def _gateway(site: Site) -> Command:
    environment = {
        "RETELL_API_KEY": "key_bench",
        "RETELL_BASE_URL": site.upstream,
        "GATEWAY_PORT": str(site.port),
        "GATEWAY_LOG_LEVEL": "warning",
    }
    start = "from gateway.cli import main; main()"
    arguments = [sys.executable, "-c", start, "serve"]
    return Command(arguments, environment | _CACHE_OF[site.temperature], ROOT)


def _interpreted(site: Site) -> Command:
    command = _gateway(site)
    environment = command.environment | {"GATEWAY_EXECUTOR": "interpreted"}
    return Command(command.arguments, environment, command.folder)


def _floor(site: Site) -> Command:
    module = [sys.executable, "-m", "benchmarks.peers.asgi", str(site.port), str(ANSWERS)]
    return Command(module, {}, ROOT)


def _plain(site: Site) -> Command:
    module = [sys.executable, "-m", "benchmarks.peers.strawberry_plain"]
    return Command([*module, str(site.port), site.upstream, site.temperature], {}, ROOT)


def _versions(*packages: str) -> str:
    return ", ".join(f"{each} {version(each)}" for each in packages)


def _python() -> str:
    return f"Python {sys.version.split()[0]}, {_versions('uvicorn')}"


GATEWAY = Target(
    "gateway",
    "Retell Gateway",
    lambda: f"this checkout, {_python()}, {_versions('strawberry-graphql', 'graphql-core')}",
    _gateway,
    "cold: `GATEWAY_CACHE=off`; warm: `GATEWAY_ANSWER_BYTES=0`; hot: as it comes",
)
INTERPRETED = Target(
    "interpreted",
    "Retell Gateway, interpreted",
    _python,
    _interpreted,
    "the gateway with graphql-core in the place of its compiled executor",
    only_if_named=True,
)
ASGI = Target(
    "asgi",
    "raw ASGI (the floor)",
    _python,
    _floor,
    "uvicorn with uvloop and httptools; reads the body and sends the same bytes from a dict",
    temperatures=("hot",),
)
STRAWBERRY = Target(
    "strawberry",
    "Strawberry + FastAPI",
    lambda: _versions("strawberry-graphql", "fastapi", "httpx", "aiocache"),
    _plain,
    "with its parser and validation caches and a DataLoader; warm: aiocache in memory, decoded; "
    "it has no cache of answers, so hot is warm",
    same_as={"hot": "warm"},
)
