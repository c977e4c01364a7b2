"""The command: served and asked over real sockets, ended by signals; what is wrong has its line."""

from __future__ import annotations

import json
import logging
import os
import re
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from typer.testing import CliRunner
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from gateway.app import schema
from gateway.cli import cli, main
from gateway.cli.files import markers, scopes_table, with_part
from gateway.servers import listen
from gateway.settings import GROUPS, settings_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from typer.testing import Result

EVERYWHERE = "0.0.0.0"  # noqa: S104 - what the gateway warns of
CALLS = "{ calls(first: 1) { nodes { callId } } }"
FREE = {"GATEWAY_PORT": "0", "SANDBOX_PORT": "0"}


@pytest.fixture(autouse=True)
def _loggers_as_they_were() -> Iterator[None]:
    """The commands set them up for good, and uvicorn its own."""
    root, access = logging.getLogger(), logging.getLogger("uvicorn.access")
    handlers, level, propagate = root.handlers[:], root.level, access.propagate
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    access.propagate = propagate


def invoke(*arguments: str, **variables: str) -> Result:
    return CliRunner().invoke(cli, list(arguments), env=variables)


# In this process, for what coverage must see.


def free_port() -> int:
    with listen("127.0.0.1", 0) as listener:
        return int(listener.getsockname()[1])


def served(
    command: str, ask: Callable[[], httpx.Response], number: signal.Signals, **variables: str
) -> tuple[Result, httpx.Response]:
    """Run a command, ask it once it answers, then send it a signal."""
    answers: list[httpx.Response] = []
    ended = threading.Event()

    def client() -> None:
        try:
            answers.append(until_answered(ask))
        finally:
            if not ended.is_set():  # else the signal would be for the tests
                os.kill(os.getpid(), number)

    thread = threading.Thread(target=client)
    thread.start()
    result = invoke(command, **variables)
    ended.set()
    thread.join()
    return result, answers[0]


def until_answered(ask: Callable[[], httpx.Response], seconds: float = 30) -> httpx.Response:
    """The first answer; a refused connection means that nobody listens yet."""
    wait = threading.Event()
    for _ in range(int(seconds / 0.05)):
        try:
            return ask()
        except httpx.ConnectError:
            wait.wait(0.05)
    raise AssertionError("nobody listens")


def test_the_gateway_serves_until_a_signal_comes() -> None:
    port = free_port()
    result, answer = served(
        "serve",
        lambda: httpx.get(f"http://127.0.0.1:{port}/readyz"),
        signal.SIGTERM,
        GATEWAY_PORT=str(port),
        RETELL_API_KEY="key_a",
    )
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})
    assert (result.exit_code, result.stdout) == (0, "")


def test_a_gateway_for_the_network_answers_on_loopback_too() -> None:
    port = free_port()
    result, answer = served(
        "serve",
        lambda: httpx.post(f"http://127.0.0.1:{port}/graphql", json={"query": "{ __typename }"}),
        signal.SIGINT,
        GATEWAY_HOST=EVERYWHERE,
        GATEWAY_PORT=str(port),
        RETELL_API_KEY="key_a",
        GATEWAY_AUTH_NONE_EVERYWHERE="true",
    )
    assert (answer.json(), result.exit_code) == ({"data": {"__typename": "Query"}}, 0)


INTROSPECTION = {"query": "{ __schema { queryType { name } } }"}
TOLD = {"GATEWAY_INTROSPECTION": "true", "GATEWAY_GRAPHIQL": "true"}


@pytest.mark.parametrize(
    ("variables", "codes", "page"), [({}, ["INTROSPECTION_DISABLED"], 406), (TOLD, [], 200)]
)
def test_the_schema_is_told_and_there_is_a_page_only_where_that_is_set(
    variables: dict[str, str], codes: list[str], page: int
) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/graphql"
    pages: list[int] = []

    def ask() -> httpx.Response:
        pages.append(httpx.get(url, headers={"accept": "text/html"}).status_code)
        return httpx.post(url, json=INTROSPECTION)

    own = {"GATEWAY_PORT": str(port), "RETELL_API_KEY": "key_a"}
    _, answer = served("serve", ask, signal.SIGTERM, **own, **variables)
    found = [error["extensions"]["code"] for error in answer.json().get("errors", [])]
    assert (found, pages) == (codes, [page])


def test_the_demo_tells_its_schema() -> None:
    port = free_port()
    _, answer = served(
        "demo",
        lambda: httpx.post(f"http://127.0.0.1:{port}/graphql", json=INTROSPECTION),
        signal.SIGINT,
        GATEWAY_PORT=str(port),
        SANDBOX_PORT="0",
    )
    assert answer.json()["data"] == {"__schema": {"queryType": {"name": "Query"}}}


@pytest.mark.parametrize(
    ("manifest", "why"),
    [
        ('{"abc": "{ xyzzyx }"}', "the document abc: Cannot query field 'xyzzyx' on type 'Query'."),
        ("{", "it is not JSON: unexpected end of data"),
        (None, "it cannot be read: No such file or directory"),
    ],
)
def test_a_manifest_that_cannot_be_used_ends_the_start(
    manifest: str | None,
    why: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "documents.json"
    if manifest is not None:
        file.write_text(manifest)
    monkeypatch.setenv("GATEWAY_PORT", "0")
    monkeypatch.setenv("GATEWAY_DOCUMENTS", "only")
    monkeypatch.setenv("GATEWAY_TRUSTED_DOCUMENTS_FILE", str(file))
    monkeypatch.setattr(sys, "argv", ["retell-gateway", "serve"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert capsys.readouterr().err.splitlines()[-1] == f"GATEWAY_TRUSTED_DOCUMENTS_FILE: {why}"


@pytest.mark.parametrize(
    ("file", "why"), [("no-such-folder/audit", "No such file or directory"), ("", "Is a directory")]
)
def test_an_audit_that_cannot_be_written_ends_the_start(
    file: str,
    why: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GATEWAY_PORT", "0")
    monkeypatch.setenv("RETELL_API_KEY", "key_a")
    monkeypatch.setenv("GATEWAY_AUDIT", str(tmp_path / file))
    monkeypatch.setattr(sys, "argv", ["retell-gateway", "serve"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 1
    assert capsys.readouterr().err == f"GATEWAY_AUDIT: it cannot be opened: {why}\n"


def test_without_a_key_of_its_own_it_serves_everywhere() -> None:
    """As the image does."""
    port = free_port()
    result, answer = served(
        "serve",
        lambda: httpx.post(f"http://127.0.0.1:{port}/graphql", json={"query": "{ __typename }"}),
        signal.SIGTERM,
        GATEWAY_HOST=EVERYWHERE,
        GATEWAY_PORT=str(port),
    )
    assert (answer.status_code, result.exit_code) == (401, 0)


def test_the_demo_answers_from_the_sandbox_beside_it() -> None:
    port = free_port()
    result, answer = served(
        "demo",
        lambda: httpx.post(f"http://127.0.0.1:{port}/graphql", json={"query": CALLS}),
        signal.SIGINT,
        GATEWAY_PORT=str(port),
        SANDBOX_PORT="0",
    )
    body = answer.json()
    assert len(body["data"]["calls"]["nodes"]) == 1
    assert body["extensions"]["gateway"]["upstreamRequests"] == 1
    assert result.exit_code == 0
    assert f"GraphiQL  http://127.0.0.1:{port}/graphql\n" in result.stdout


@pytest.mark.parametrize(
    ("command", "variables"), [("demo", {}), ("serve", {"RETELL_API_KEY": "key_a"})]
)
def test_no_page_may_read_with_the_gateways_key_because_any_may(
    command: str, variables: dict[str, str]
) -> None:
    result = invoke(command, GATEWAY_CORS_ORIGINS="*", **variables)
    assert (result.exit_code, result.stderr.partition(":")[0]) == (1, "GATEWAY_CORS_ORIGINS")


def test_the_sandbox_serves_alone() -> None:
    port = free_port()
    headers = {"authorization": "Bearer sandbox-key-b"}
    result, answer = served(
        "sandbox",
        lambda: httpx.get(f"http://127.0.0.1:{port}/get-concurrency", headers=headers),
        signal.SIGTERM,
        SANDBOX_PORT=str(port),
    )
    assert answer.status_code == 200
    assert result.exit_code == 0
    assert result.stdout == (
        f"Sandbox: http://127.0.0.1:{port} with the keys sandbox-key-a, sandbox-key-b\n"
    )


# What is wrong.


@pytest.mark.parametrize("command", ["serve", "demo", "sandbox"])
def test_every_setting_that_cannot_be_used_has_its_line(command: str) -> None:
    variables = {"GATEWAY_PORT": "x", "RETELL_API_KEY": "key with spaces", "SANDBOX_PORT": "-1"}
    result = invoke(command, **variables)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        "RETELL_API_KEY: a key is 1 to 512 printable ASCII characters without spaces\n"
        "GATEWAY_PORT: Input should be a valid integer, unable to parse string as an integer\n"
        "SANDBOX_PORT: Input should be greater than or equal to 0\n"
    )


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (
            "http://api.example",
            "The base URL must be https, except on loopback: API keys are sent to it.",
        ),
        ("nonsense", "The base URL must begin with https:// and a host."),
    ],
)
def test_a_base_url_that_cannot_be_used_has_its_line(url: str, message: str) -> None:
    result = invoke("serve", RETELL_BASE_URL=url)
    assert (result.exit_code, result.stderr) == (1, f"RETELL_BASE_URL: {message}\n")


@pytest.mark.parametrize("command", ["serve", "sandbox"])
def test_a_port_that_is_taken_is_told(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        monkeypatch.setenv("GATEWAY_PORT", str(port))
        monkeypatch.setenv("SANDBOX_PORT", str(port))
        monkeypatch.setattr(sys, "argv", ["retell-gateway", command])
        with pytest.raises(SystemExit) as caught:
            main()
    assert caught.value.code == 1
    assert capsys.readouterr().err == (
        f"Cannot listen on 127.0.0.1:{port}: Address already in use.\n"
    )


# Who may ask.


def refusal(**variables: str) -> list[str]:
    """What `serve` says and ends with, before anything listens."""
    result = invoke("serve", GATEWAY_PORT=str(free_port()), **variables)
    assert (result.exit_code, result.stdout) == (1, "")
    return result.stderr.splitlines()


@pytest.mark.parametrize("host", [EVERYWHERE, "::", "192.0.2.1", "gateway.example"])
@pytest.mark.parametrize("mode", ["", "none"])
def test_the_gateways_key_answers_nobody_from_elsewhere(host: str, mode: str) -> None:
    (line,) = refusal(GATEWAY_HOST=host, GATEWAY_AUTH=mode, RETELL_API_KEY="key_a")
    assert line == (
        f"GATEWAY_AUTH: it is `none`, and GATEWAY_HOST {host} is not loopback: whoever reaches it "
        "would read and change what RETELL_API_KEY may. Set GATEWAY_AUTH to `api-key`, `jwt` or "
        "`passthrough`; or, where something in front tells callers apart, "
        "GATEWAY_AUTH_NONE_EVERYWHERE=true."
    )


JWT = {
    "GATEWAY_AUTH": "jwt",
    "GATEWAY_JWT_ISSUER": "https://issuer.test/",
    "GATEWAY_JWT_AUDIENCE": "gateway",
    "RETELL_API_KEY": "key_a",
}


@pytest.mark.parametrize(
    ("variables", "line"),
    [
        ({"GATEWAY_AUTH": "none"}, "RETELL_API_KEY: it is needed where GATEWAY_AUTH is `none`"),
        ({"GATEWAY_AUTH": "api-key", "RETELL_API_KEY": "a"}, "GATEWAY_KEYS_FILE: it is needed "),
        (
            {"GATEWAY_AUTH": "api-key", "RETELL_API_KEY": "a", "GATEWAY_KEYS_FILE": "/no/file"},
            "GATEWAY_KEYS_FILE: it cannot be read: No such file or directory; "
            "`retell-gateway keys create` makes one",
        ),
        (JWT | {"RETELL_API_KEY": ""}, "RETELL_API_KEY: it is needed where GATEWAY_AUTH is `jwt`"),
        (JWT | {"GATEWAY_JWT_ISSUER": ""}, "GATEWAY_JWT_ISSUER: it is needed where "),
        (JWT | {"GATEWAY_JWT_AUDIENCE": ""}, "GATEWAY_JWT_AUDIENCE: it is needed where "),
        (
            JWT | {"GATEWAY_JWT_ISSUER": "http://issuer.test/"},
            "GATEWAY_JWT_ISSUER: it must be https, except on loopback",
        ),
        (
            JWT | {"GATEWAY_JWT_JWKS_URL": "keys.json"},
            "GATEWAY_JWT_JWKS_URL: it must begin with https:// and a host, and have no user or ",
        ),
        (JWT | {"GATEWAY_JWT_ALGORITHMS": "RS256,HS256"}, "GATEWAY_JWT_ALGORITHMS: each must be "),
    ],
)
def test_what_is_lacking_to_know_who_asks_is_told(variables: dict[str, str], line: str) -> None:
    (told,) = refusal(**variables)
    assert told.startswith(line)


def test_keys_are_made_listed_and_revoked(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    given = {"GATEWAY_KEYS_FILE": str(path)}

    def create(name: str, *more: str) -> Result:
        return invoke("keys", "create", "--name", name, *more, **given)

    first = create("board", "--tenant", "b", "--scope", "calls:read", "--scope", "*")
    assert (first.exit_code, first.stderr) == (0, "")
    assert re.fullmatch(r"rgw_[A-Za-z0-9_-]{43}\n", first.stdout)
    second = create("nurse", "--expires", "90d")
    assert second.exit_code == 0
    assert second.stderr == "It has no scope, and may do what needs none: see --scope.\n"
    written = path.read_text("utf-8").replace('"expires": "20', '"expires": "19', 1)
    ends = re.findall(r'"expires": "([-0-9]{10})T([0-9]{2}:[0-9]{2})', written)
    for state, text in (("expires", path.read_text("utf-8")), ("expired", written)):
        path.write_text(text, "utf-8")
        listed = invoke("keys", "list", **given)
        lines = [line.split("\t") for line in listed.stdout.splitlines()]
        assert [line[:3] for line in lines] == [
            ["board", "b", "calls:read *"],
            ["nurse", "default", "no scope"],
        ]
        assert lines[0][4] == "never expires"
        assert lines[1][4].startswith(f"{state} ")
        for key in (first.stdout, second.stdout):
            assert key.strip() not in listed.output
    assert lines[1][4] == f"expired {ends[0][0]} {ends[0][1]}Z"
    assert invoke("keys", "revoke", "board", **given).output == ""
    assert invoke("keys", "list", **given).stdout.startswith("nurse\t")
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["create", "--name", "a b"], "not in order"),
        (
            ["create", "--name", "a", "--scope", "calls"],
            "there is no scope 'calls'; there are account:read, ",
        ),
        (
            ["create", "--name", "a", "--expires", "soon"],
            "--expires is a number of hours, days or ",
        ),
        (["create", "--name", "a", "--expires", "0d"], "--expires is a number of hours, days or "),
        (["revoke", "a"], "it cannot be read"),
        (["list"], "it cannot be read"),
    ],
)
def test_what_cannot_be_done_with_keys_is_told(
    arguments: list[str], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "keys.json"
    result = invoke("keys", *arguments, GATEWAY_KEYS_FILE=str(path))
    assert (result.exit_code, result.stdout, path.exists()) == (1, "", False)
    assert message in result.stderr
    result = invoke("keys", "list")
    assert (result.exit_code, result.stderr) == (1, "GATEWAY_KEYS_FILE: it names no file\n")


def test_a_key_that_was_made_is_answered_and_asks_for_nothing_else(tmp_path: Path) -> None:
    given = {"GATEWAY_KEYS_FILE": str(tmp_path / "keys.json")}
    key = invoke("keys", "create", "--name", "board", **given).stdout.strip()
    port = free_port()
    result, answer = served(
        "serve",
        lambda: httpx.post(
            f"http://127.0.0.1:{port}/graphql",
            json={"query": "{ __typename }"},
            headers={"x-api-key": key},
        ),
        signal.SIGTERM,
        GATEWAY_HOST=EVERYWHERE,
        GATEWAY_PORT=str(port),
        GATEWAY_AUTH="api-key",
        RETELL_API_KEY="key_a",
        **given,
    )
    assert (answer.json(), result.exit_code) == ({"data": {"__typename": "Query"}}, 0)


def test_the_demo_asks_nobody_who_they_are() -> None:
    port = free_port()
    result, answer = served(
        "demo",
        lambda: httpx.post(f"http://127.0.0.1:{port}/graphql", json={"query": CALLS}),
        signal.SIGINT,
        GATEWAY_PORT=str(port),
        SANDBOX_PORT="0",
        GATEWAY_AUTH="jwt",
        RETELL_API_KEYS='{"b": "key_b"}',
    )
    assert (answer.status_code, result.exit_code) == (200, 0)


def test_without_a_command_the_commands_are_listed() -> None:
    result = invoke()
    assert result.exit_code == 2
    for command in ("serve", "demo", "sandbox", "keys", "schema", "scopes", "settings"):
        assert re.search(rf"^. {command} ", result.output, re.MULTILINE)


# The schema and the settings, as files.


def test_the_schema_is_written_and_found_to_be_current(tmp_path: Path) -> None:
    path = tmp_path / "schema.graphql"
    assert invoke("schema", "--path", str(path)).exit_code == 0
    assert path.read_text("utf-8") == schema().sdl
    result = invoke("schema", "--check", "--path", str(path))
    assert (result.exit_code, result.output) == (0, "")


def test_a_change_of_the_schema_is_shown_and_fails(tmp_path: Path) -> None:
    path = tmp_path / "schema.graphql"
    changed = schema().sdl.replace("interface Call ", "interface Talk ", 1)
    path.write_text(changed, "utf-8")
    result = invoke("schema", "--check", "--path", str(path))
    assert result.exit_code == 1
    assert result.stdout.splitlines()[:2] == [f"--- {path}", "+++ the code"]
    marked = [line for line in result.stdout.splitlines()[2:] if line[0] in "+-"]
    assert [line.split(" implements")[0].split(" {")[0] for line in marked] == [
        "-interface Talk",
        "+interface Call",
    ]
    assert result.stderr == f"{path} is out of date: run `make schema`.\n"
    assert path.read_text("utf-8") == changed


def test_a_schema_that_was_never_written_is_out_of_date(tmp_path: Path) -> None:
    path = tmp_path / "schema.graphql"
    assert invoke("schema", "--check", "--path", str(path)).exit_code == 1
    assert not path.exists()


def test_settings_are_printed_as_a_table() -> None:
    assert invoke("settings").stdout == settings_table()


def test_settings_are_written_between_their_markers(tmp_path: Path) -> None:
    begin, end = markers("settings")
    path = tmp_path / "page.md"
    path.write_text(f"# Title\n{begin}\nold\n{end}\nmore\n", "utf-8")
    assert invoke("settings", str(path)).exit_code == 0
    expected = f"# Title\n{begin}\n\n{settings_table()}\n{end}\nmore\n"
    assert path.read_text("utf-8") == expected
    assert with_part(expected, "settings", settings_table()) == expected


@pytest.mark.parametrize("text", ["# Title\n", f"# Title\n{markers('settings')[0]}\n"])
def test_a_file_without_a_place_for_the_settings_is_left_alone(text: str, tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(text, "utf-8")
    result = invoke("settings", str(path))
    place = " ... ".join(markers("settings"))
    message = f"{path} has no place for the settings: {place}\n"
    assert (result.exit_code, result.stderr, path.read_text("utf-8")) == (1, message, text)


# The command itself, as a process of its own.


@contextmanager
def process(command: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """The command, with no variable of ours but these; killed if it does not end."""
    prefixes = tuple(str(group.model_config["env_prefix"]) for group in GROUPS)
    environment = {n: v for n, v in os.environ.items() if not n.startswith(prefixes)}
    with subprocess.Popen(
        [Path(sys.executable).with_name("retell-gateway"), command],
        env=environment | FREE | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            yield running
        finally:
            running.kill()


def url_of(stream: Any) -> str:
    """The first address that the process names."""
    for line in stream:
        if found := re.search(r"http://127\.0\.0\.1:\d+", line):
            return found[0]
    raise AssertionError("it named no address")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_served_process_ends_with_zero_at_a_signal(number: signal.Signals) -> None:
    with process("serve") as gateway:
        url = url_of(gateway.stderr)
        answer = until_answered(lambda: httpx.post(f"{url}/graphql", json={"query": CALLS}))
        assert answer.status_code == 401
        gateway.send_signal(number)
        _, log = gateway.communicate(timeout=30)
    assert (gateway.returncode, "Traceback" in log) == (0, False)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_demo_process_ends_with_zero_at_a_signal(number: signal.Signals) -> None:
    with process("demo") as gateway:
        url = url_of(gateway.stdout)
        answer = until_answered(lambda: httpx.post(f"{url}/graphql", json={"query": CALLS}))
        assert len(answer.json()["data"]["calls"]["nodes"]) == 1
        gateway.send_signal(number)
        _, log = gateway.communicate(timeout=30)
    assert (gateway.returncode, log) == (0, "")


def test_a_demo_takes_the_next_port_where_its_own_is_taken() -> None:
    with listen("127.0.0.1", 0) as listener:
        taken = str(listener.getsockname()[1])
        with process("demo", GATEWAY_PORT=taken, SANDBOX_PORT=taken) as gateway:
            url = url_of(gateway.stdout)
            sandbox = url_of(gateway.stdout)
            assert len({taken, url.split(":")[2], sandbox.split(":")[2]}) == 3
            answer = until_answered(lambda: httpx.get(f"{url}/readyz"))
            assert answer.status_code == 200
            gateway.send_signal(signal.SIGINT)
            gateway.communicate(timeout=30)
        assert gateway.returncode == 0


SOCKETS: dict[str, Any] = {"subprotocols": ["graphql-transport-ws"], "close_timeout": 10}


def test_sockets_are_served_within_their_limits_until_a_signal_comes() -> None:
    variables = {"GATEWAY_SOCKET_MESSAGE_BYTES": "1000"}
    token = {"authorization": "Bearer canary-token"}
    with process("serve", GATEWAY_LOG_LEVEL="debug", **variables) as gateway:
        url = f"{url_of(gateway.stderr)}/graphql".replace("http", "ws")
        with (
            connect(f"{url}?token=canary-token", **SOCKETS) as idle,
            connect(url, additional_headers=token, **SOCKETS) as greedy,
        ):
            for socket, payload in ((idle, token), (greedy, {})):
                socket.send(json.dumps({"type": "connection_init", "payload": payload}))
                assert socket.recv(30) == '{"type":"connection_ack"}'
            asked = {"id": "1", "type": "subscribe", "payload": {"query": "{ __typename }"}}
            idle.send(json.dumps(asked))
            answered = json.loads(idle.recv(30))
            assert answered["payload"] == {"data": {"__typename": "Query"}}
            assert json.loads(idle.recv(30)) == {"id": "1", "type": "complete"}
            greedy.send(" " * 1001)
            gateway.send_signal(signal.SIGTERM)
            closed = []
            for socket in (idle, greedy):
                with pytest.raises(ConnectionClosed) as caught:
                    socket.recv(30)
                assert caught.value.rcvd is not None
                closed.append((caught.value.rcvd.code, caught.value.rcvd.reason))
        _, log = gateway.communicate(timeout=30)
    assert closed[0] == (1001, "The gateway is shutting down.")
    assert closed[1][0] == 1009
    assert (gateway.returncode, "Traceback" in log, "canary" in log) == (0, False, False)


def test_an_operation_that_does_not_end_holds_the_process_no_longer_than_its_grace() -> None:
    # A Retell that takes the connection and says nothing.
    with (
        listen("127.0.0.1", 0) as retell,
        process(
            "serve",
            RETELL_API_KEY="key_a",
            RETELL_BASE_URL=f"http://127.0.0.1:{retell.getsockname()[1]}",
            GATEWAY_DRAIN_SECONDS="0.1",
        ) as gateway,
    ):
        url = url_of(gateway.stderr)
        answers: list[httpx.Response] = []
        asking = threading.Thread(
            target=lambda: answers.append(
                until_answered(
                    lambda: httpx.post(f"{url}/graphql", json={"query": CALLS}, timeout=60)
                )
            )
        )
        asking.start()
        retell.settimeout(30)
        connection, _ = retell.accept()
        with connection:
            assert connection.recv(16) == b"POST /v3/list-ca"
            gateway.send_signal(signal.SIGTERM)
            _, log = gateway.communicate(timeout=30)
        asking.join()
    assert (gateway.returncode, "Traceback" in log) == (0, False)
    assert answers[0].status_code == 503
    assert answers[0].json()["errors"][0]["message"] == "The gateway is shutting down."


def test_a_setting_that_cannot_be_used_ends_the_process_with_one() -> None:
    with process("serve", RETELL_API_KEY="key\udcff", GATEWAY_PORT="x") as gateway:
        output, log = gateway.communicate(timeout=30)
    assert (gateway.returncode, output) == (1, "")
    assert [line.split(":")[0] for line in log.splitlines()] == ["RETELL_API_KEY", "GATEWAY_PORT"]


def test_a_process_says_where_it_listens_and_who_may_ask() -> None:
    with process(
        "serve",
        GATEWAY_LOG_FORMAT="text",
        GATEWAY_HOST=EVERYWHERE,
        GATEWAY_AUTH_NONE_EVERYWHERE="true",
        RETELL_API_KEY="key_a",
    ) as gateway:
        assert gateway.stderr is not None
        first, *warnings = [gateway.stderr.readline() for _ in range(4)]
        gateway.send_signal(signal.SIGTERM)
        gateway.communicate(timeout=30)
    assert re.search(r"listening .* auth=none url=http://0\.0\.0\.0:\d+", first)
    for variable, line in zip(("AUTH_NONE_EVERYWHERE", "HOSTS", "AUDIT"), warnings, strict=True):
        assert re.search(rf"warning .*unsafe settings .*variable=GATEWAY_{variable} why=", line)
    assert "whoever reaches the address reads and changes what RETELL_API_KEY may" in warnings[0]
    assert "key_a" not in "".join((first, *warnings))


def test_the_doctor_says_what_is_unsafe_and_fails() -> None:
    given = {"RETELL_API_KEY": "key_a", "GATEWAY_HOST": EVERYWHERE}
    unsafe = invoke("doctor", **given, GATEWAY_AUTH_NONE_EVERYWHERE="true")
    assert unsafe.exit_code == 1
    assert "unsafe: GATEWAY_AUTH_NONE_EVERYWHERE: whoever reaches" in unsafe.output
    sound = invoke("doctor", RETELL_API_KEY="key_a")
    assert (sound.exit_code, sound.output) == (0, "Nothing is unsafe.\n")


def test_the_doctor_looks_at_who_may_read_the_keys(tmp_path: Path) -> None:
    file = tmp_path / "keys.json"
    given = {"RETELL_API_KEY": "key_a", "GATEWAY_AUTH": "api-key", "GATEWAY_KEYS_FILE": str(file)}
    invoke("keys", "create", "--name", "desk", **given)
    assert "advice: GATEWAY_KEYS_FILE: never expire: desk." in invoke("doctor", **given).output
    file.chmod(0o644)
    unsafe = invoke("doctor", **given)
    assert unsafe.exit_code == 1
    assert "unsafe: GATEWAY_KEYS_FILE: other users may read it" in unsafe.output


def test_the_doctor_tells_everything_at_once(tmp_path: Path) -> None:
    nowhere = str(tmp_path / "no-such-folder" / "file")
    found = invoke(
        "doctor",
        RETELL_API_KEY="key_a",
        GATEWAY_AUTH="api-key",
        GATEWAY_KEYS_FILE=nowhere,
        GATEWAY_DOCUMENTS="only",
        GATEWAY_TRUSTED_DOCUMENTS_FILE=nowhere,
        GATEWAY_AUDIT=nowhere,
        GATEWAY_DRAIN_SECONDS="1",
    )
    assert found.exit_code == 1
    assert found.stdout.splitlines() == [
        "fatal: GATEWAY_KEYS_FILE: it cannot be read: No such file or directory; "
        "`retell-gateway keys create` makes one",
        "fatal: GATEWAY_TRUSTED_DOCUMENTS_FILE: it cannot be read: No such file or directory",
        "fatal: GATEWAY_AUDIT: it cannot be opened: No such file or directory",
        "advice: GATEWAY_DRAIN_SECONDS: is less than GATEWAY_OPERATION_SECONDS: a stop cancels "
        "operations that are in time.",
    ]


def test_scopes_are_printed_and_written(tmp_path: Path) -> None:
    assert invoke("scopes").stdout == scopes_table()
    path = tmp_path / "page.md"
    begin, end = markers("scopes")
    path.write_text(f"{begin}\n{end}\n", "utf-8")
    assert invoke("scopes", str(path)).exit_code == 0
    assert path.read_text("utf-8") == f"{begin}\n\n{scopes_table()}\n{end}\n"


def test_what_the_schema_reaches_is_printed_and_written(tmp_path: Path) -> None:
    printed = invoke("schema", "coverage")
    assert printed.stdout.startswith("- Endpoints: ")
    path = tmp_path / "page.md"
    begin, end = markers("coverage")
    path.write_text(f"{begin}\n{end}\n", "utf-8")
    assert invoke("schema", "coverage", str(path)).exit_code == printed.exit_code
    assert path.read_text("utf-8") == f"{begin}\n\n{printed.stdout}\n{end}\n"


def test_without_the_sdk_nothing_can_be_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "retell", None)
    result = invoke("schema", "coverage")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "The official SDK is not installed here: pip install retell-sdk\n"


NEWER = """
class MoonResource:
    def retrieve(self, moon_id: str) -> None:
        return self._get(f"/get-moon/{moon_id}")

    def close(self) -> None:
        self.client.close()
"""


def test_what_a_newer_sdk_has_is_named_and_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "retell" / "resources"
    package.mkdir(parents=True)
    for place in (package.parent, package):
        (place / "__init__.py").touch()
    (package / "moon.py").write_text(NEWER, "utf-8")
    for name in [each for each in sys.modules if each.partition(".")[0] == "retell"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(tmp_path)
    result = invoke("schema", "coverage")
    assert result.exit_code == 1
    assert "| `GET /get-moon/` | *missing* |" in result.stdout
    assert result.stderr == "Missing: GET /get-moon/\n"
    for name in [each for each in sys.modules if each.partition(".")[0] == "retell"]:
        monkeypatch.delitem(sys.modules, name)
