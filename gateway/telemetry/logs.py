"""Log lines on standard error, as JSON or as text for people."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from typing import Any, TextIO

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


# Both say of an exception what it is and where it came from, and no more: local variables hold
# keys, and the messages of Python's own exceptions repeat values, which may be what somebody said.


def _as_json() -> list[structlog.typing.Processor]:
    return [
        structlog.processors.ExceptionRenderer(_told),
        structlog.processors.JSONRenderer(),
    ]


def _as_text(*, colors: bool) -> list[structlog.typing.Processor]:
    return [structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=_written)]


def _told(exc_info: structlog.typing.ExcInfo) -> list[dict[str, Any]]:
    """An exception, and those that led to it: `cause` says how the one before became of it."""
    return [
        {
            "exc_type": stack.exc_type,
            "cause": stack.is_cause,
            "frames": [
                {"filename": frame.filename, "lineno": frame.lineno, "name": frame.name}
                for frame in stack.frames
            ],
        }
        for stack in _stacks(exc_info)
    ]


def _written(out: TextIO, exc_info: structlog.typing.ExcInfo) -> None:
    """The same as Python writes it, the last one last."""
    for stack in reversed(_stacks(exc_info)):
        out.write("Traceback (most recent call last):\n")
        out.writelines(
            f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}\n'
            for frame in stack.frames
        )
        out.write(f"{stack.exc_type}\n")


def _stacks(exc_info: structlog.typing.ExcInfo) -> list[structlog.tracebacks.Stack]:
    return _flat(structlog.tracebacks.extract(*exc_info, show_locals=False))


def _flat(trace: structlog.tracebacks.Trace) -> list[structlog.tracebacks.Stack]:
    """The exception, those that led to it, and those of a group, each behind its group."""
    found: list[structlog.tracebacks.Stack] = []
    for stack in trace.stacks:
        found.append(stack)
        for each in stack.exceptions:
            found.extend(_flat(each))
    return found
