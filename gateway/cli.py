"""The command `retell-gateway`: serve, demo, sandbox, keys, doctor, schema, settings."""

from __future__ import annotations

import logging
import re
import sys
from datetime import UTC, datetime, timedelta
from difflib import unified_diff
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from pydantic import SecretStr

from gateway import servers
from gateway.app import create_app, find_scopes, schema
from gateway.auth import key_file
from gateway.doctor import Outside, findings
from gateway.http.connection import ConnectionLimits
from gateway.operation.trusted import ManifestUnusable
from gateway.sandbox.app import KEYS, create_sandbox
from gateway.settings import (
    AuthSettings,
    GatewaySettings,
    RetellSettings,
    SandboxSettings,
    Settings,
    clash,
    problems,
    settings_table,
)
from gateway.telemetry.audit import AuditUnusable
from gateway.telemetry.logs import set_up_logs
from gateway.upstream.connection import checked_base_url, is_loopback
from gateway.upstream.fetch import checked_url

log = logging.getLogger(__name__)

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="One GraphQL endpoint over the REST API of Retell AI. Settings are environment "
    "variables: see docs/configuration.md.",
)
keys = typer.Typer(
    no_args_is_help=True, help="The gateway's own keys, in the file GATEWAY_KEYS_FILE."
)
cli.add_typer(keys, name="keys")


@cli.command()
def serve() -> None:
    """Serve the gateway in front of Retell."""
    _check_environment()
    settings = Settings()
    _check_who_may_ask(settings)
    gateway = settings.gateway
    set_up_logs(gateway.log_format, gateway.log_level)
    app = create_app(settings, hosts=_hosts(settings))
    listener = servers.listen(gateway.host, gateway.port)
    log.info("listening", extra={"url": servers.url(listener), "auth": settings.auth_mode})
    if settings.auth_mode == "none" and not is_loopback(gateway.host):
        log.warning("whoever reaches this address reads with RETELL_API_KEY")
    limits = ConnectionLimits(
        gateway.connections,
        gateway.body_seconds,
        message_bytes=gateway.socket_message_bytes,
        ping_seconds=gateway.keepalive_seconds,
    )
    server = servers.gateway_server(app, app.state.drain, gateway.drain_seconds, limits)
    servers.run(server.serve([listener]), servers.new_fast_loop)


@cli.command()
def demo() -> None:
    """Serve the gateway over the sandbox, with GraphiQL; needs no key."""
    _check_environment()
    if wrong := clash(Settings(retell=RetellSettings(api_key=SecretStr(KEYS[0])))):
        _stop(wrong)
    set_up_logs("text", "warning")
    sandbox_listener = servers.listen_near(SandboxSettings().port)
    listener = servers.listen_near(GatewaySettings().port)
    retell = RetellSettings(
        api_key=SecretStr(KEYS[0]), api_keys={}, base_url=servers.url(sandbox_listener)
    )
    gateway = GatewaySettings(
        host=servers.LOOPBACK,
        debug=True,
        introspection=True,
        graphiql=True,
        drain_seconds=1,
        audit="off",
    )
    settings = Settings(gateway, retell, AuthSettings(auth="none"))
    app = create_app(settings, hosts=LOOPBACK_NAMES)
    sandbox_app = create_sandbox()
    _greet(servers.url(listener), retell.base_url)
    server = servers.gateway_server(app, app.state.drain, gateway.drain_seconds)
    servers.run(servers.serve_both(server, listener, sandbox_app, sandbox_listener))


@cli.command()
def doctor() -> None:
    """Say what is unsafe about the settings that `serve` would have; 1 where something is."""
    _check_environment()
    settings = Settings()
    _check_who_may_ask(settings)
    found = findings(settings, _outside(settings))
    for each in found:
        typer.echo(each.line)
    if any(each.weight == "unsafe" for each in found):
        sys.exit(1)
    typer.echo("Nothing is unsafe.")


@cli.command()
def sandbox() -> None:
    """Serve the stand-in Retell alone, on loopback."""
    _check_environment()
    set_up_logs("text", "warning")
    listener = servers.listen(servers.LOOPBACK, SandboxSettings().port)
    app = create_sandbox()
    typer.echo(f"Sandbox: {servers.url(listener)} with the keys {', '.join(KEYS)}")
    servers.run(servers.sandbox_server(app).serve([listener]))


@keys.command("create")
def create_key(
    name: Annotated[str, typer.Option(help="By which it is told in logs, and revoked.")],
    tenant: Annotated[str, typer.Option(help="Whose Retell key answers it.")] = "default",
    scope: Annotated[
        list[str] | None, typer.Option(help="What it may do; '*' is everything. Repeatable.")
    ] = None,
    expires: Annotated[
        str | None, typer.Option(help="How long it counts, such as 12h, 90d or 52w.")
    ] = None,
) -> None:
    """Make a key and print it; it is shown this once."""
    path = _keys_file()
    now = datetime.now(UTC)
    key, kept = key_file.new_key(name, tenant, scope or (), now, _life(expires))
    try:
        stored = key_file.read_keys(path) if path.exists() else ()
        key_file.write_keys(path, key_file.with_key(stored, kept, find_scopes()))
    except key_file.KeyFileError as error:
        _stop(f"{path}: {error}")
    if not scope:
        typer.echo("It has no scope, and may do what needs none: see --scope.", err=True)
    typer.echo(key)


@keys.command("list")
def list_keys() -> None:
    """What is kept of each key; the keys themselves nobody knows."""
    path = _keys_file()
    try:
        stored = key_file.read_keys(path)
    except key_file.KeyFileError as error:
        _stop(f"{path}: {error}")
    now = datetime.now(UTC)
    for key in stored:
        ends = "never expires"
        if key.expires is not None:
            ends = f"{'expired' if key.expires <= now else 'expires'} {key.expires:%Y-%m-%d %H:%M}Z"
        scopes = " ".join(key.scopes) or "no scope"
        typer.echo(f"{key.name}\t{key.tenant}\t{scopes}\tmade {key.created:%Y-%m-%d}\t{ends}")


@keys.command("revoke")
def revoke_key(name: Annotated[str, typer.Argument(help="Of the key.")]) -> None:
    """Forget a key: within a second nobody is answered with it any more."""
    path = _keys_file()
    try:
        key_file.write_keys(path, key_file.without_key(key_file.read_keys(path), name))
    except key_file.KeyFileError as error:
        _stop(f"{path}: {error}")


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
    except AuditUnusable as error:
        _stop(f"GATEWAY_AUDIT: {error}")


def _check_environment() -> None:
    wrong = problems()
    if not wrong:
        try:
            checked_base_url(RetellSettings().base_url)
        except ValueError as error:
            wrong = [f"RETELL_BASE_URL: {error}"]
    if wrong:
        _stop("\n".join(wrong))


def _check_who_may_ask(settings: Settings) -> None:
    """Nothing listens before it is certain who may ask."""
    auth, host = settings.auth, settings.gateway.host
    wrong = settings.contradictions()
    if settings.auth_mode == "none" and not (is_loopback(host) or auth.auth_none_everywhere):
        wrong.append(
            f"GATEWAY_AUTH: it is `none`, and GATEWAY_HOST {host} is not loopback: whoever reaches "
            "it would read and change what RETELL_API_KEY may. Set GATEWAY_AUTH to `api-key`, "
            "`jwt` or `passthrough`; or, where something in front tells callers apart, "
            "GATEWAY_AUTH_NONE_EVERYWHERE=true."
        )
    for variable, url in (
        ("GATEWAY_JWT_ISSUER", auth.jwt_issuer),
        ("GATEWAY_JWT_JWKS_URL", auth.jwt_jwks_url),
    ):
        try:
            _ = url and checked_url(url)
        except ValueError as error:
            wrong.append(f"{variable}: {error}")
    if settings.auth_mode == "api-key" and auth.keys_file:
        try:
            key_file.read_keys(Path(auth.keys_file))
        except key_file.KeyFileError as error:
            wrong.append(f"GATEWAY_KEYS_FILE: {error}; `retell-gateway keys create` makes one")
    if wrong:
        _stop("\n".join(wrong))


def _outside(settings: Settings) -> Outside:
    on_loopback = is_loopback(settings.gateway.host)
    if settings.auth_mode != "api-key":
        return Outside(on_loopback)
    path = Path(settings.auth.keys_file)
    others = bool(path.stat().st_mode & 0o077)
    return Outside(on_loopback, key_file.read_keys(path), readable_by_others=others)


def _keys_file() -> Path:
    _check_environment()
    given = AuthSettings().keys_file
    if not given:
        _stop("GATEWAY_KEYS_FILE: it names no file")
    return Path(given)


def _life(text: str | None) -> timedelta | None:
    if text is None:
        return None
    given = re.fullmatch(r"([1-9][0-9]{0,4})([hdw])", text)
    if given is None:
        _stop("--expires is a number of hours, days or weeks, such as 12h, 90d or 52w")
    return int(given[1]) * timedelta(**{{"h": "hours", "d": "days", "w": "weeks"}[given[2]]: 1})


def _hosts(settings: Settings) -> frozenset[str] | None:
    """The names to answer to: only where a page in a browser could use the gateway's key."""
    gateway = settings.gateway
    given = {name.strip().lower() for name in gateway.hosts.split(",") if name.strip()}
    if settings.auth_mode != "none" or "*" in given:
        return None
    if not given and not is_loopback(gateway.host):
        return None  # which names lead to it, nobody has said
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
