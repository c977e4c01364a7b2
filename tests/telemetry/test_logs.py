"""`gateway.telemetry.logs`: one line for each event, and nothing in it that is secret."""

from __future__ import annotations

import io
import logging
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from gateway.telemetry.logs import set_up_logs

if TYPE_CHECKING:
    from collections.abc import Iterator

QUIET = ("httpx", "httpcore", "uvicorn.access")


class Terminal(io.StringIO):
    """A stream that shows colours."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    loggers = [logging.getLogger(name) for name in (None, *QUIET)]
    before = [(logger, logger.handlers, logger.level) for logger in loggers]
    yield
    for logger, handlers, level in before:
        logger.handlers = handlers
        logger.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in stream.getvalue().splitlines()]


def fail(api_key: str) -> None:
    raise ValueError(f"a key of {len(api_key)} characters")


def log_a_failure() -> None:
    try:
        fail("key-that-is-secret")
    except ValueError:
        logging.getLogger("gateway.failing").exception("a resolver failed")


def test_a_line_of_json_has_time_level_logger_and_what_was_added() -> None:
    stream = io.StringIO()
    set_up_logs("json", "info", stream)
    logging.getLogger("gateway.room").info("operation %s", "ended", extra={"duration_ms": 1.5})
    (line,) = lines(stream)
    assert datetime.fromisoformat(line.pop("timestamp")).utcoffset() is not None
    assert line == {
        "event": "operation ended",
        "level": "info",
        "logger": "gateway.room",
        "duration_ms": 1.5,
    }


def test_a_line_of_text_has_the_same() -> None:
    stream = io.StringIO()
    set_up_logs("text", "info", stream)
    logging.getLogger("gateway.room").warning("a refresh failed", extra={"error": "NotFound"})
    (line,) = stream.getvalue().splitlines()
    assert all(part in line for part in ("warning", "a refresh failed", "gateway.room"))
    assert "error=NotFound" in line
    assert "\x1b" not in line


def test_text_has_colours_on_a_terminal_only() -> None:
    stream = Terminal()
    set_up_logs("text", "info", stream)
    logging.getLogger("gateway.room").info("operation")
    assert "\x1b" in stream.getvalue()


def test_what_is_below_the_level_is_not_written() -> None:
    stream = io.StringIO()
    set_up_logs("json", "warning", stream)
    logging.getLogger("gateway.room").info("operation")
    logging.getLogger("gateway.room").warning("trouble")
    assert [line["event"] for line in lines(stream)] == ["trouble"]


def test_setting_up_again_takes_the_place_of_what_was() -> None:
    before, after = io.StringIO(), io.StringIO()
    set_up_logs("json", "info", before)
    set_up_logs("json", "info", after)
    logging.getLogger("gateway.room").info("operation")
    assert (lines(before), len(lines(after))) == ([], 1)


@pytest.mark.parametrize("name", QUIET)
def test_loggers_that_name_urls_of_retell_are_quiet(name: str) -> None:
    stream = io.StringIO()
    set_up_logs("json", "debug", stream)
    logging.getLogger(name).info("HTTP Request: GET https://api.example/v2/get-call/call_1")
    logging.getLogger(name).warning("trouble")
    assert [line["event"] for line in lines(stream)] == ["trouble"]


def test_a_traceback_in_json_names_places_and_no_values() -> None:
    stream = io.StringIO()
    set_up_logs("json", "info", stream)
    log_a_failure()
    (line,) = lines(stream)
    (exception,) = line["exception"]
    assert exception["exc_type"] == "ValueError"
    assert [frame["name"] for frame in exception["frames"]] == ["log_a_failure", "fail"]
    assert not any("locals" in frame for frame in exception["frames"])
    assert "api_key" not in stream.getvalue()
    assert "18 characters" not in stream.getvalue()


def test_a_traceback_in_text_is_pythons_own_without_values() -> None:
    stream = io.StringIO()
    set_up_logs("text", "info", stream)
    log_a_failure()
    written = stream.getvalue()
    assert "Traceback (most recent call last):" in written
    assert written.rstrip().endswith(", in fail\nValueError")
    assert "locals" not in written
    assert "api_key =" not in written


def fail_on_the_way() -> None:
    try:
        fail("key-that-is-secret")
    except ValueError as error:
        raise ExceptionGroup("secret", [KeyError("secret"), error]) from error


@pytest.mark.parametrize("form", ["json", "text"])
def test_what_led_to_an_exception_is_told_without_its_words(form: str) -> None:
    stream = io.StringIO()
    set_up_logs(form, "debug", stream)
    try:
        fail_on_the_way()
    except ExceptionGroup as error:
        error.add_note("secret")
        logging.getLogger("gateway.failing").exception("a resolver failed")
    written = stream.getvalue()
    assert "ExceptionGroup" in written
    assert "ValueError" in written
    assert "secret" not in written
    assert "18 characters" not in written


def test_what_uvicorn_says_twice_is_said_once() -> None:
    stream = io.StringIO()
    set_up_logs("json", "info", stream)
    logging.getLogger("uvicorn").info("Started", extra={"color_message": "\x1b[36mStarted"})
    (line,) = lines(stream)
    assert line["event"] == "Started"
    assert "color_message" not in line
