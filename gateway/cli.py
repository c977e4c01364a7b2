"""The command `retell-gateway`: serve, demo, sandbox, schema."""

from __future__ import annotations

import asyncio
import os
import socket
import sys
from contextlib import suppress
from difflib import unified_diff
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
import uvicorn
from pydantic import SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from gateway.app import create_app, schema
from gateway.http.server import DrainingServer
from gateway.sandbox.app import KEYS, create_sandbox
from gateway.settings import GatewaySettings, RetellSettings, Settings
from gateway.telemetry.logs import set_up_logs
from gateway.upstream.connection import is_loopback

if TYPE_CHECKING:
    from starlette.types import ASGIApp

LOOPBACK = "127.0.0.1"

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="One GraphQL endpoint over the REST API of Retell AI. Settings are environment "
    "variables: see docs/configuration.md.",
)


class SandboxSettings(BaseSettings):
    """Where the sandbox listens: always on loopback."""

    model_config = SettingsConfigDict(env_prefix="SANDBOX_", extra="ignore")

    port: int = 4010


@cli.command()
def serve() -> None:
    """Serve the gateway in front of Retell."""
    settings = _settings()
    gateway, retell = settings.gateway, settings.retell
    set_up_logs(gateway.log_format, gateway.log_level)
    try:
        app = create_app(settings)
    except ValueError as error:
        _stop(f"RETELL_BASE_URL: {error}")
    if retell.api_key is not None and not is_loopback(gateway.host):
        typer.echo(
            f"Careful: whoever reaches {gateway.host}:{gateway.port} reads with RETELL_API_KEY.",
            err=True,
        )
    listener = _listen(gateway.host, gateway.port)
    asyncio.run(_server(app, settings).serve([listener]))


@cli.command()
def demo() -> None:
    """Serve the gateway over the sandbox, with GraphiQL; needs no key."""
    set_up_logs("text", "warning")
    sandbox_listener = _listen_near(SandboxSettings().port)
    listener = _listen_near(_settings().gateway.port)
    base_url = f"http://{LOOPBACK}:{_port(sandbox_listener)}"
    settings = Settings(
        GatewaySettings(host=LOOPBACK, debug=True, graphiql=True, drain_seconds=1),
        RetellSettings(api_key=SecretStr(KEYS[0]), base_url=base_url),
    )
    _greet(f"http://{LOOPBACK}:{_port(listener)}", base_url)
    sandbox = _plain_server(create_sandbox())
    gateway = _server(create_app(settings), settings)
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve_both(gateway, listener, sandbox, sandbox_listener))


@cli.command()
def sandbox() -> None:
    """Serve the stand-in Retell alone, on loopback."""
    set_up_logs("text", "warning")
    listener = _listen(LOOPBACK, SandboxSettings().port)
    typer.echo(f"Sandbox: http://{LOOPBACK}:{_port(listener)} with the keys {', '.join(KEYS)}")
    with suppress(KeyboardInterrupt):
        asyncio.run(_plain_server(create_sandbox()).serve([listener]))


@cli.command("schema")
def print_schema(
    check: Annotated[
        bool, typer.Option("--check", help="Only compare; fail where it is out of date.")
    ] = False,
    path: Annotated[Path, typer.Argument(help="The file to write.")] = Path("schema.graphql"),
) -> None:
    """Write the schema as SDL."""
    sdl = schema().sdl
    if not check:
        path.write_text(sdl, "utf-8")
        return
    committed = path.read_text("utf-8") if path.exists() else ""
    if committed != sdl:
        lines = unified_diff(committed.splitlines(), sdl.splitlines(), str(path), "the code")
        typer.echo("\n".join(lines))
        _stop(f"{path} is out of date: run `make schema`.")


def main() -> None:
    """Entry point of the command."""
    cli()


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        lines = [f"{'_'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        _stop("A setting cannot be used.\n  " + "\n  ".join(lines))


def _stop(message: str) -> NoReturn:
    typer.echo(message, err=True)
    sys.exit(1)


def _listen(host: str, port: int) -> socket.socket:
    try:
        return _bound(host, port)
    except OSError as error:
        _stop(f"Cannot listen on {host}:{port}: {os.strerror(error.errno or 0)}.")


def _listen_near(port: int, tries: int = 50) -> socket.socket:
    """The port, or the next that is free."""
    for candidate in range(port, port + tries):
        with suppress(OSError):
            return _bound(LOOPBACK, candidate)
    _stop(f"No port from {port} to {port + tries - 1} is free.")


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    try:
        # Without it a restart would have to wait for connections of the last run to be forgotten.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(1024)
    except OSError:
        listener.close()
        raise
    return listener


def _port(listener: socket.socket) -> int:
    port: int = listener.getsockname()[1]
    return port


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(app, log_config=None, access_log=False, server_header=False, ws="none")


def _plain_server(app: ASGIApp) -> uvicorn.Server:
    config = _config(app)
    config.timeout_graceful_shutdown = 1
    return uvicorn.Server(config)


def _server(app: ASGIApp, settings: Settings) -> DrainingServer:
    config = _config(app)
    # The drain has its own time; what it cancelled needs a moment to say so.
    config.timeout_graceful_shutdown = 5
    drain = app.state.drain  # type: ignore[attr-defined]  # a FastAPI application's
    return DrainingServer(config, drain, grace=settings.gateway.drain_seconds)


async def _serve_both(
    gateway: uvicorn.Server,
    listener: socket.socket,
    sandbox: uvicorn.Server,
    sandbox_listener: socket.socket,
) -> None:
    """The sandbox lives as long as the gateway."""
    beside = asyncio.create_task(sandbox.serve([sandbox_listener]))
    try:
        await gateway.serve([listener])
    finally:
        sandbox.should_exit = True
        await beside


def _greet(url: str, sandbox_url: str) -> None:
    typer.echo(f"""
  GraphiQL  {url}/graphql
  Sandbox   {sandbox_url}   (stands in for Retell; nothing leaves this machine)

  Three things to try:
    1. Open {url}/graphql and run the first tab.
    2. curl -s {url}/graphql -H 'content-type: application/json' \\
         -d '{{"query": "{{ calls(first: 3) {{ nodes {{ callId callStatus durationMs }} }} }}"}}'
    3. Run the same query twice and look at `extensions.gateway`: the second makes no request.

  Ctrl-C ends it.
""")
