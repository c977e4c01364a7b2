"""The command `retell-gateway`: serve, demo, sandbox, schema, settings."""

from __future__ import annotations

import logging
import sys
from difflib import unified_diff
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from pydantic import SecretStr

from gateway import servers
from gateway.app import create_app, schema
from gateway.operation.trusted import ManifestUnusable
from gateway.sandbox.app import KEYS, create_sandbox
from gateway.settings import (
    GatewaySettings,
    RetellSettings,
    SandboxSettings,
    Settings,
    problems,
    settings_table,
)
from gateway.telemetry.logs import set_up_logs
from gateway.upstream.connection import checked_base_url, is_loopback

log = logging.getLogger(__name__)

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="One GraphQL endpoint over the REST API of Retell AI. Settings are environment "
    "variables: see docs/configuration.md.",
)


@cli.command()
def serve() -> None:
    """Serve the gateway in front of Retell."""
    _check_environment()
    settings = Settings()
    gateway, retell = settings.gateway, settings.retell
    set_up_logs(gateway.log_format, gateway.log_level)
    app = create_app(settings, hosts=_hosts(settings))
    listener = servers.listen(gateway.host, gateway.port)
    keys = "callers' own" if retell.api_key is None else "RETELL_API_KEY"
    log.info("listening", extra={"url": servers.url(listener), "keys": keys})
    if retell.api_key is not None and not is_loopback(gateway.host):
        log.warning("whoever reaches this address reads with RETELL_API_KEY")
    server = servers.gateway_server(app, app.state.drain, gateway.drain_seconds)
    servers.run(server.serve([listener]), servers.new_fast_loop)


@cli.command()
def demo() -> None:
    """Serve the gateway over the sandbox, with GraphiQL; needs no key."""
    _check_environment()
    set_up_logs("text", "warning")
    sandbox_listener = servers.listen_near(SandboxSettings().port)
    listener = servers.listen_near(GatewaySettings().port)
    retell = RetellSettings(api_key=SecretStr(KEYS[0]), base_url=servers.url(sandbox_listener))
    gateway = GatewaySettings(
        host=servers.LOOPBACK,
        debug=True,
        introspection=True,
        graphiql=True,
        drain_seconds=1,
        audit="off",
    )
    app = create_app(Settings(gateway, retell), hosts=LOOPBACK_NAMES)
    sandbox_app = create_sandbox()
    _greet(servers.url(listener), retell.base_url)
    server = servers.gateway_server(app, app.state.drain, gateway.drain_seconds)
    servers.run(servers.serve_both(server, listener, sandbox_app, sandbox_listener))


@cli.command()
def sandbox() -> None:
    """Serve the stand-in Retell alone, on loopback."""
    _check_environment()
    set_up_logs("text", "warning")
    listener = servers.listen(servers.LOOPBACK, SandboxSettings().port)
    app = create_sandbox()
    typer.echo(f"Sandbox: {servers.url(listener)} with the keys {', '.join(KEYS)}")
    servers.run(servers.sandbox_server(app).serve([listener]))


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
        lines = unified_diff(
            committed.splitlines(), sdl.splitlines(), str(path), "the code", lineterm=""
        )
        typer.echo("\n".join(lines))
        _stop(f"{path} is out of date: run `make schema`.")


@cli.command("settings")
def print_settings(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Markdown files that show the table.")
    ] = None,
) -> None:
    """Print the table of settings, or write it into files, between its two markers."""
    if not paths:
        typer.echo(settings_table(), nl=False)
    for path in paths or ():
        written = with_settings(path.read_text("utf-8"))
        if written is None:
            _stop(f"{path} has no place for the settings: {' ... '.join(MARKERS)}")
        path.write_text(written, "utf-8")


MARKERS = "<!-- settings: written by `make docs` -->", "<!-- end of settings -->"


def with_settings(text: str) -> str | None:
    """A document with the settings as they are now between the markers, if it has them."""
    before, begin, rest = text.partition(MARKERS[0])
    _, end, after = rest.partition(MARKERS[1])
    return f"{before}{begin}\n\n{settings_table()}\n{end}{after}" if end else None


def main() -> None:
    """Entry point of the command."""
    try:
        cli()
    except servers.CannotListen as error:
        _stop(str(error))
    except ManifestUnusable as error:
        _stop(f"GATEWAY_TRUSTED_DOCUMENTS_FILE: {error}")


def _check_environment() -> None:
    wrong = problems()
    if not wrong:
        try:
            checked_base_url(RetellSettings().base_url)
        except ValueError as error:
            wrong = [f"RETELL_BASE_URL: {error}"]
    if wrong:
        _stop("\n".join(wrong))


def _hosts(settings: Settings) -> frozenset[str] | None:
    """The names to answer to: only where a page in a browser here could use the gateway's key."""
    gateway = settings.gateway
    given = {name.strip().lower() for name in gateway.hosts.split(",") if name.strip()}
    if settings.retell.api_key is None or not is_loopback(gateway.host) or "*" in given:
        return None
    return LOOPBACK_NAMES | given


def _stop(message: str) -> NoReturn:
    typer.echo(message, err=True)
    sys.exit(1)


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
