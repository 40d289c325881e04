"""Structured logs for every process: JSON lines or lines for people, secrets masked."""

import logging
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from gateway.settings import LogSettings
from gateway.telemetry.spans import current_ids

MASK = "***"
_NEXT = r"\n\n(?:During handling of|The above exception was)"
_DETAIL = re.compile(rf"\nDETAIL:.*?(?={_NEXT}|\Z)", re.DOTALL)


def configure_logs(
    settings: LogSettings, *, secrets: Iterable[str] = (), stream: TextIO | None = None
) -> None:
    """Send structlog's and the standard library's logs to one stream (default: stderr).

    `secrets` are texts that no line shows, wherever they come from: an exception, a library.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(_formatter(settings, sorted(filter(None, secrets), key=len, reverse=True)))
    root = logging.getLogger()
    for old in root.handlers[:]:
        if isinstance(old.formatter, structlog.stdlib.ProcessorFormatter):
            root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(settings.level)
    # uvicorn tells its own comings and goings at INFO; ours say them better.
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        _with_trace,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
    ]


def _with_trace(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    ids = current_ids()
    if ids is not None:
        event["trace_id"], event["span_id"] = ids
    return event


def _formatter(settings: LogSettings, secrets: Sequence[str]) -> logging.Formatter:
    is_json = settings.format == "json"
    render: Processor = _json_line if is_json else structlog.dev.ConsoleRenderer(colors=False)
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_shared(),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _without_details,
            _masking(secrets),
            render,
        ],
    )


def _without_details(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """Leave out what Postgres adds to an error: it is the row, with a person's data in it."""
    told = event.get("exception")
    if isinstance(told, str):
        event["exception"] = _DETAIL.sub(f"\nDETAIL: {MASK}", told)
    return event


def _masking(secrets: Sequence[str]) -> Processor:
    """Answer a step that masks secrets in every value, the longest first, however deep they lie."""

    def mask(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
        return {key: _masked(value, secrets) for key, value in event.items()}

    return mask


def _masked(value: Any, secrets: Sequence[str]) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, dict):
        return {str(key): _masked(inner, secrets) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked(inner, secrets) for inner in value]
    text = value if isinstance(value, str) else str(value)
    for secret in secrets:
        text = text.replace(secret, MASK)
    return text


def _json_line(logger: WrappedLogger, name: str, event: EventDict) -> str:
    # Lone surrogates cannot be UTF-8; they are shown as escapes.
    return _encode(event, lambda text: text.encode("utf-8", "backslashreplace").decode())


def _encode(event: EventDict, mend: Callable[[str], str]) -> str:
    try:
        return orjson.dumps(event).decode()
    except (TypeError, orjson.JSONEncodeError):
        return orjson.dumps({key: mend(str(value)) for key, value in event.items()}).decode()
