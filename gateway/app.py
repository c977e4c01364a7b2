"""Composition root: settings in, ASGI application out. The only file that sees every layer.

Longer than other modules, since here alone the parts are put together.
"""

from __future__ import annotations

import logging
import pkgutil
import time
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from fastapi import FastAPI
from starlette.responses import RedirectResponse
from starlette.routing import Mount, Route

from gateway import resources
from gateway.auth.api_keys import ApiKeys
from gateway.auth.identify import configured, passed_through
from gateway.auth.tenants import Tenants
from gateway.cache.memory import MemoryCache
from gateway.cache.read_through import ReadThrough
from gateway.cache.tier import NullStore
from gateway.changes import Changes
from gateway.context import RequestContext
from gateway.errors import RateLimited, UpstreamError, UpstreamUnauthenticated
from gateway.executor.compiled import Compiler
from gateway.executor.interpret import Interpreted
from gateway.http.always import adding, always
from gateway.http.body import HttpLimits
from gateway.http.cors import Cors
from gateway.http.drain import Drain
from gateway.http.endpoint import GraphQLEndpoint
from gateway.http.front import Front
from gateway.http.graphiql.page import GraphiQL
from gateway.http.health import health_routes
from gateway.http.session import SocketLimits
from gateway.http.socket import GraphQLSocket
from gateway.http.streams import Streams
from gateway.http.uploads import UploadLimits
from gateway.loaders import Loaders
from gateway.operation.allowance import Allowance
from gateway.operation.answers import Answers
from gateway.operation.at_once import AtOnce, AtOnceLimits
from gateway.operation.audited import Audited
from gateway.operation.documents import Documents
from gateway.operation.limits import DocumentLimits
from gateway.operation.persisted import AutomaticQueries, Persisted
from gateway.operation.pipeline import Pipeline
from gateway.operation.rates import Rates
from gateway.operation.trusted import TrustedDocuments, manifest_of, trusted_limits
from gateway.schema.build import GatewaySchema, build_schema
from gateway.schema.permissions import SCOPES
from gateway.settings import Settings, findings, names_in, why_not_start
from gateway.telemetry.audit import Audit, stream
from gateway.telemetry.trace import Trace
from gateway.upstream.client import ClientLimits, RetellClient
from gateway.upstream.connection import build_http_client
from gateway.upstream.deadline import Deadline
from gateway.upstream.fetch import fetch
from gateway.upstream.record import plain, typed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    import httpx
    from graphql import DocumentNode, GraphQLSchema
    from starlette.types import Receive, Scope, Send

    from gateway.auth.identify import Identify
    from gateway.cache.tier import Tier
    from gateway.executor.interpret import Prepared
    from gateway.http.problem import Header
    from gateway.http.reply import Reply
    from gateway.operation.request import OperationRequest
    from gateway.schema.resource import Resource
    from gateway.settings import AuthSettings, GatewaySettings
    from gateway.telemetry.audit import Write

    Prepare = Callable[[DocumentNode], Prepared]

log = logging.getLogger(__name__)


def find_resources() -> list[Resource]:
    """The `RESOURCE` of every module in `gateway.resources`."""
    names = [module.name for module in pkgutil.iter_modules(resources.__path__)]
    return [import_module(f"{resources.__name__}.{name}").RESOURCE for name in names]


def find_scopes() -> frozenset[str]:
    """What callers may have: the resources declare it."""
    find_resources()
    return frozenset(SCOPES)


@cache
def schema() -> GatewaySchema:
    """The schema of all resources; built once in a process, since it holds nothing of a request."""
    return build_schema(find_resources())


class Gateway:
    """What is open while the gateway runs, and the pipeline over it."""

    def __init__(
        self,
        settings: Settings,
        transport: httpx.AsyncBaseTransport | None,
        clock: Callable[[], float],
        compile_from_use: int,
        audit: Audit,
    ) -> None:
        self._settings = settings.gateway
        self._clock = clock
        self._http = build_http_client(settings.retell.base_url, transport=transport)
        self._client = RetellClient(
            self._http,
            limits=ClientLimits(at_once=settings.gateway.upstream_at_once),
            wall_clock=clock,
        )
        self._cache = ReadThrough(
            _store(settings.gateway, clock),
            clock,
            is_outage=_is_outage,
            on_refresh_error=_refresh_failed,
        )
        self._changes = Changes(time.monotonic)
        self.answers = Answers(
            self._cache.is_current,
            self._cache.changes,
            clock,
            # Without entries to stand on, none would be valid.
            most_bytes=0 if settings.gateway.cache == "off" else settings.gateway.answer_bytes,
        )
        executable = schema().executable
        told = settings.gateway.introspection
        limits = document_limits(settings)
        prepare, prepare_trusted = _preparations(settings.gateway, executable, compile_from_use)
        documents = Documents(executable, limits, prepare, explains=told)
        trusted = Documents(executable, trusted_limits(limits), prepare_trusted)
        persisted = _persisted(settings.gateway, documents, trusted)
        allowance = _allowance(settings, clock)
        audited = Audited(audit, _id_keys(find_resources()))
        self.pipeline = Pipeline(
            documents,
            self.answers,
            audited,
            self.open_context,
            allowance,
            persisted=persisted,
            explains=told,
        )

    def open_context(self, request: OperationRequest) -> RequestContext:
        """What one request carries; its loaders are to be closed."""
        trace = Trace(is_shown=request.explain)
        loaders = Loaders(
            cache=self._cache,
            client=self._client,
            changes=self._changes,
            caller=request.caller,
            deadline=Deadline.after(self._settings.operation_seconds),
            trace=trace,
            clock=self._clock,
        )
        return RequestContext(request.request_id, request.caller, loaders, trace)

    async def aclose(self) -> None:
        """End everything: changes are waited for, reads are given up.

        Each is closed even if the one before it failed, or the wait for it was cancelled.
        """
        async with AsyncExitStack() as closing:
            closing.push_async_callback(self._http.aclose)
            closing.push_async_callback(self._cache.aclose)
            closing.push_async_callback(self._changes.aclose)


class App(FastAPI):
    """The application, with a short way past its middleware for what is asked most."""

    front: Front | None = None
    socket: GraphQLSocket | None = None
    always: tuple[Header, ...] = ()
    """Headers of every answer."""

    @property
    def reply(self) -> Reply | None:
        """What a server may ask before it calls this application."""
        return None if self.front is None else self.front.reply

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI. What pages send to `/graphql` needs nothing of what stands before the routes."""
        if (
            self.front is not None
            and scope["type"] == "http"
            and scope["path"] == "/graphql"
            and scope["method"] in ("POST", "OPTIONS")
        ):
            await self.front(scope, receive, send)
        elif (
            self.socket is not None and scope["type"] == "websocket" and scope["path"] == "/graphql"
        ):
            await self.socket(scope, receive, send)
        else:
            await super().__call__(scope, receive, adding(self.always, send))


def create_app(
    settings: Settings | None = None,
    *,
    transport: httpx.AsyncBaseTransport | None = None,
    clock: Callable[[], float] = time.time,
    hosts: frozenset[str] | None = None,
    compile_from_use: int = 2,
    audited: Write | None = None,
    who: Identify | None = None,
    fetch_keys: Callable[[str], Awaitable[bytes]] = fetch,
) -> App:
    """The gateway as an ASGI application; settings come from the environment where not given.

    `transport` takes the place of the network towards Retell, `clock` (seconds since the epoch)
    that of the time by which answers age; `hosts` are the only names that it answers to. Documents
    are compiled when they are executed for the `compile_from_use`th time. `audited` takes the
    lines of the audit, and `who` tells who asks, in place of what the settings say. `fetch_keys`
    gets what the issuer of tokens has at an address.
    """
    settings = settings or Settings()
    if wrong := why_not_start(findings(settings)):
        raise ValueError(wrong)
    closing = AsyncExitStack()
    who = who or _identify(settings, clock, fetch_keys, closing)
    # Closed after the pipeline: the last operation may still have something to note.
    write = audited or closing.enter_context(stream(settings.audit))
    audit = Audit(write, clock)
    gateway = Gateway(settings, transport, clock, compile_from_use, audit)
    closing.push_async_callback(gateway.aclose)
    drain = Drain()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        drain.ready()
        try:
            yield
        finally:
            drain.begin()
            await closing.aclose()

    app = App(
        title="Retell Gateway", lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None
    )
    app.state.drain = drain
    app.always = always(settings.gateway.https_only_seconds)
    graphiql = GraphiQL("Retell Gateway") if settings.gateway.graphiql else None
    cors, streams = Cors(settings.gateway.allowed_origins), Streams(settings.gateway.streams)
    endpoint = GraphQLEndpoint(
        gateway.pipeline.answer,
        who,
        limits=HttpLimits(settings.gateway.body_bytes, settings.gateway.body_seconds),
        uploads=_upload_limits(settings.gateway),
        drain=drain,
        page=graphiql.page if graphiql else None,
        always_explain=settings.gateway.debug,
        debug_header=settings.gateway.debug_header,
        hosts=hosts,
        cors=cors,
        always=app.always,
        ambient=settings.auth_mode == "none",
        seconds=settings.gateway.operation_seconds + 1,
        streams=streams,
        heartbeat=settings.gateway.keepalive_seconds,
        clock=clock,
    )
    app.socket = GraphQLSocket(
        gateway.pipeline.answer,
        who,
        limits=SocketLimits(
            settings.gateway.socket_message_bytes,
            settings.gateway.socket_init_seconds,
            settings.gateway.socket_operations,
        ),
        streams=streams,
        drain=drain,
        always_explain=settings.gateway.debug,
        debug_header=settings.gateway.debug_header,
        hosts=hosts,
        cors=cors,
        always=app.always,
        seconds=settings.gateway.operation_seconds + 1,
        clock=clock,
    )
    app.front = Front(endpoint, gateway.answers, audit, who, most_bytes=settings.gateway.body_bytes)
    app.router.routes += [Route("/graphql", endpoint), *health_routes(drain)]
    if graphiql:
        app.router.routes += [
            Mount(graphiql.assets_path, graphiql.assets),
            Route("/", lambda _request: RedirectResponse("/graphql")),
        ]
    return app


def _store(settings: GatewaySettings, clock: Callable[[], float]) -> Tier:
    if settings.cache == "off":
        return NullStore()
    return MemoryCache(settings.cache_entries, settings.cache_bytes, clock)


def _upload_limits(settings: GatewaySettings) -> UploadLimits | None:
    """None where no files are taken."""
    if not settings.uploads:
        return None
    return UploadLimits(
        settings.upload_bytes,
        settings.upload_file_bytes,
        settings.upload_files,
        settings.upload_seconds,
        settings.body_bytes,
    )


def document_limits(settings: Settings) -> DocumentLimits:
    """As they are set."""
    limits = DocumentLimits(**settings.limits.model_dump())
    return limits if settings.gateway.introspection else replace(limits, introspections=0)


def _allowance(settings: Settings, clock: Callable[[], float]) -> Allowance:
    given, rates = settings.gateway, None
    if settings.rate_limit:
        rates = Rates(settings.rate_limit, given.rate_window_seconds, clock)
    at_once = AtOnceLimits(given.operations_at_once, given.all_operations_at_once)
    return Allowance(given.cost_limit, AtOnce(at_once), rates, most_items=given.item_limit)


def _preparations(
    settings: GatewaySettings, schema: GraphQLSchema, compile_from_use: int
) -> tuple[Prepare, Prepare]:
    """For documents that may never come again, and for those that will."""
    if settings.executor == "interpreted":
        interpreted = partial(Interpreted, schema)
        return interpreted, interpreted
    compiler = Compiler(schema, plain, from_use=compile_from_use, scopes_of=_scopes, typed=typed)
    return compiler.prepare, partial(compiler.prepare, from_use=1)


def _persisted(settings: GatewaySettings, documents: Documents, trusted: Documents) -> Persisted:
    """`ManifestUnusable` where the manifest cannot be read, or `trusted` cannot prepare all."""
    file = settings.trusted_documents_file
    manifest: dict[str, str] = {}
    if file is not None and settings.documents != "off":
        manifest = manifest_of(file)
    automatic = AutomaticQueries(most=settings.apq_documents, most_bytes=settings.apq_bytes)
    return Persisted(
        documents,
        TrustedDocuments(manifest, trusted.prepare),
        automatic if settings.apq else None,
        trusted_only=settings.documents == "only",
    )


def _id_keys(found: list[Resource]) -> dict[str, dict[str, str]]:
    return {
        name: {source.resource: each.id_key for source in each.sources}
        for each in found
        for name in (each.name, *(payload.__name__ for payload in each.payloads))
    }


def _scopes(context: RequestContext) -> frozenset[str] | None:
    return context.caller.scopes


def _identify(
    settings: Settings,
    clock: Callable[[], float],
    fetch_keys: Callable[[str], Awaitable[bytes]],
    closing: AsyncExitStack,
) -> Identify:
    tenants = Tenants(settings.retell.keys())
    match settings.auth_mode:
        case "passthrough":
            return passed_through
        case "none":
            return configured(tenants.key_of("default"))
        case "api-key":
            return ApiKeys(Path(settings.auth.keys_file), tenants, find_scopes(), clock)
        case "jwt":
            return _tokens(settings.auth, tenants, clock, fetch_keys, closing)
        case never:
            assert_never(never)


def _tokens(
    auth: AuthSettings,
    tenants: Tenants,
    clock: Callable[[], float],
    fetch_keys: Callable[[str], Awaitable[bytes]],
    closing: AsyncExitStack,
) -> Identify:
    # Not above: what reads tokens takes 10 MB, and most gateways read none.
    from gateway.auth.issuer import IssuerKeys  # noqa: PLC0415
    from gateway.auth.token import Rules  # noqa: PLC0415
    from gateway.auth.tokens import Claims, Tokens  # noqa: PLC0415

    keys = IssuerKeys(fetch_keys, clock, issuer=auth.jwt_issuer, jwks_url=auth.jwt_jwks_url)
    closing.push_async_callback(keys.aclose)
    algorithms = names_in(auth.jwt_algorithms)
    rules = Rules(auth.jwt_issuer, auth.jwt_audience, algorithms, auth.jwt_leeway_seconds)
    claims = Claims(auth.jwt_tenant_claim or None, auth.jwt_scopes_claim, find_scopes())
    return Tokens(rules, claims, keys, tenants, clock)


def _is_outage(error: BaseException) -> bool:
    """Old answers bridge what is Retell's trouble, but not a key that no longer counts."""
    return isinstance(error, UpstreamError | RateLimited) and not isinstance(
        error, UpstreamUnauthenticated
    )


def _refresh_failed(_key: str, error: BaseException) -> None:
    log.warning("a refresh failed", extra={"error": type(error).__name__})
