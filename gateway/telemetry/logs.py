"""Log lines on standard error, as JSON or as text for people."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from typing import TextIO

# Loggers that would repeat what the gateway says in a line of its own, or name Retell's URLs or
# the keys of entries, which hold what was asked for.
_QUIET = dict.fromkeys(("aiocache", "httpx", "httpcore", "uvicorn.access"), logging.WARNING)


def set_up_logs(form: str, level: str, stream: TextIO = sys.stderr) -> None:
    """Send the lines of every logger to `stream`, each with its time, level and `extra`."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        _without_color_message,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last = _as_json() if form == "json" else _as_text(colors=stream.isatty())
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name, quiet in _QUIET.items():
        logging.getLogger(name).setLevel(quiet)


def _without_color_message(
    _logger: object, _name: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """uvicorn adds its message once more, with escape codes in it."""
    event.pop("color_message", None)
    return event


# Both without the local variables of a traceback's frames, which structlog shows by itself where
# it can: a key is among them.


def _as_json() -> list[structlog.typing.Processor]:
    tracebacks = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    return [
        structlog.processors.ExceptionRenderer(tracebacks),
        structlog.processors.JSONRenderer(),
    ]


def _as_text(*, colors: bool) -> list[structlog.typing.Processor]:
    plain = structlog.dev.plain_traceback
    return [structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=plain)]
