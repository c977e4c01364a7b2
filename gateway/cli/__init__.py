"""The command `retell-gateway`: serve, demo, sandbox, keys, doctor, schema, scopes,
settings."""

from __future__ import annotations

import logging
import sys

import typer
from pydantic import SecretStr

from gateway import servers
from gateway.app import create_app
from gateway.cli.files import print_scopes, print_settings, schema_commands
from gateway.cli.keys import key_commands
from gateway.cli.stopping import check_environment, stop
from gateway.doctor import look
from gateway.http.connection import ConnectionLimits
from gateway.operation.trusted import ManifestUnusable
from gateway.sandbox.app import KEYS, create_sandbox
from gateway.settings import (
    AuthSettings,
    Finding,
    GatewaySettings,
    RetellSettings,
    SandboxSettings,
    Settings,
    findings,
    why_not_start,
)
from gateway.telemetry.audit import AuditUnusable
from gateway.telemetry.logs import set_up_logs
from gateway.upstream.connection import is_loopback

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
    check_environment()
    settings = Settings()
    found = findings(settings, look(settings))
    _stop_if_fatal(found)
    gateway = settings.gateway
    set_up_logs(gateway.log_format, gateway.log_level)
    app = create_app(settings, hosts=_hosts(settings))
    listener = servers.listen(gateway.host, gateway.port)
    log.info("listening", extra={"url": servers.url(listener), "auth": settings.auth_mode})
    for each in found:
        if each.weight == "unsafe":
            log.warning("unsafe settings", extra={"variable": each.variable, "why": each.message})
    limits = ConnectionLimits(
        gateway.connections,
        gateway.body_seconds,
        message_bytes=gateway.socket_message_bytes,
        ping_seconds=gateway.keepalive_seconds,
    )
    server = servers.gateway_server(app, app.state.drain, gateway.drain_seconds, limits, app.reply)
    servers.run(server.serve([listener]), servers.new_fast_loop)


@cli.command()
def demo() -> None:
    """Serve the gateway over the sandbox, with GraphiQL; needs no key."""
    check_environment()
    settings = _demo_settings()
    _stop_if_fatal(findings(settings))
    set_up_logs("text", "warning")
    sandbox_listener = servers.listen_near(SandboxSettings().port)
    listener = servers.listen_near(settings.gateway.port)
    settings.retell = settings.retell.model_copy(update={"base_url": servers.url(sandbox_listener)})
    app = create_app(settings, hosts=LOOPBACK_NAMES)
    sandbox_app = create_sandbox()
    _greet(servers.url(listener), settings.retell.base_url)
    server = servers.gateway_server(
        app, app.state.drain, settings.gateway.drain_seconds, reply=app.reply
    )
    servers.run(servers.serve_both(server, listener, sandbox_app, sandbox_listener))


@cli.command()
def doctor() -> None:
    """Say what is wrong with the settings that `serve` would have; 1 where that is unsafe."""
    check_environment()
    settings = Settings()
    found = findings(settings, look(settings, thorough=True))
    for each in found:
        typer.echo(each.line)
    if any(each.weight != "advice" for each in found):
        sys.exit(1)
    typer.echo("Nothing is unsafe.")


@cli.command()
def sandbox() -> None:
    """Serve the stand-in Retell alone, on loopback."""
    check_environment()
    set_up_logs("text", "warning")
    listener = servers.listen(servers.LOOPBACK, SandboxSettings().port)
    app = create_sandbox()
    typer.echo(f"Sandbox: {servers.url(listener)} with the keys {', '.join(KEYS)}")
    servers.run(servers.sandbox_server(app).serve([listener]))


cli.add_typer(key_commands, name="keys")
cli.add_typer(schema_commands, name="schema")
cli.command("settings")(print_settings)
cli.command("scopes")(print_scopes)


def main() -> None:
    """Entry point of the command."""
    try:
        cli()
    except servers.CannotListen as error:
        stop(str(error))
    except ManifestUnusable as error:
        stop(f"GATEWAY_TRUSTED_DOCUMENTS_FILE: {error}")
    except AuditUnusable as error:
        stop(f"GATEWAY_AUDIT: {error}")


def _stop_if_fatal(found: list[Finding]) -> None:
    """Nothing listens before it is certain who may ask."""
    if wrong := why_not_start(found):
        stop(wrong)


def _demo_settings() -> Settings:
    gateway = GatewaySettings(
        host=servers.LOOPBACK,
        debug=True,
        debug_header=True,
        introspection=True,
        graphiql=True,
        drain_seconds=1,
        audit="off",
    )
    retell = RetellSettings(api_key=SecretStr(KEYS[0]), api_keys={})
    return Settings(gateway, retell, AuthSettings(auth="none"))


def _hosts(settings: Settings) -> frozenset[str] | None:
    """The names to answer to: only where a page in a browser could use the gateway's key."""
    gateway = settings.gateway
    given = {name.strip().lower() for name in gateway.hosts.split(",") if name.strip()}
    if settings.auth_mode != "none" or "*" in given:
        return None
    if not given and not is_loopback(gateway.host):
        return None  # which names lead to it, nobody has said
    return LOOPBACK_NAMES | given


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
