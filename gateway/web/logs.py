"""Structured logs for every process: JSON lines or lines for people, secrets masked."""

import logging
import re
import sys
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from functools import cache, partial
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from gateway.settings import LogSettings
from gateway.telemetry.spans import current_ids
from gateway.web.request_lines import REQUESTS, request_lines, time_of_day

MASK = "***"
# Every other value is shown as its text.
_ONLY_JSON = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
_NEXT = r"\n\n(?:During handling of|The above exception was)"
_DETAIL = re.compile(rf"\nDETAIL:.*?(?={_NEXT}|\Z)", re.DOTALL)


def configure_logs(
    settings: LogSettings,
    *,
    secrets: Iterable[str] = (),
    stream: TextIO | None = None,
    worker: str | None = None,
) -> None:
    """Send structlog's and the standard library's logs to one stream (default: stderr).

    `secrets` are texts that no line shows, wherever they come from: an exception, a library.
    Ours go there directly, each written before what logged it goes on, those about requests at the
    end of the loop's turn. `worker` is which of several processes this is: every line says so.
    """
    steps = _steps(settings, sorted(filter(None, secrets), key=len, reverse=True))
    handler = logging.StreamHandler(stream or sys.stderr)
    shared = (_stamped,) if worker is None else (_of(worker), _stamped)
    handler.setFormatter(_formatter(shared, steps))
    root = logging.getLogger()
    for old in root.handlers[:]:
        if isinstance(old.formatter, structlog.stdlib.ProcessorFormatter):
            root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(settings.level)
    # uvicorn tells its own comings and goings at INFO; ours say them better.
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    lines = cache(partial(_Lines, handler))
    structlog.configure(
        processors=[*shared, *steps],
        wrapper_class=structlog.make_filtering_bound_logger(settings.level),
        logger_factory=lines,
    )
    written = steps[1:] if worker is None else (_of(worker), *steps[1:])
    request_lines.become(written, lines(REQUESTS), root.level)


def in_request(request_id: str) -> AbstractContextManager[None]:
    """Have every line tell meanwhile which request it is about."""
    return _InRequest(request_id)


class _InRequest(AbstractContextManager[None]):
    def __init__(self, request_id: str) -> None:
        self._request_id = request_id

    def __enter__(self) -> None:
        self._before = _REQUEST_ID.set(self._request_id)

    def __exit__(self, *ended: object) -> None:
        _REQUEST_ID.reset(self._before)


class _Lines:
    """Writes whole lines where the standard library's go."""

    def __init__(self, handler: "logging.StreamHandler[TextIO]", name: str = "") -> None:
        self.name = name
        self._stream = handler.stream
        self._lock = handler.lock or nullcontext()

    def write(self, line: str) -> None:
        request_lines.flush()  # what was told before stands before it
        with self._lock:
            self._stream.write(f"{line}\n")
            self._stream.flush()

    debug = info = warning = error = critical = exception = write


_REQUEST_ID: ContextVar[str | None] = ContextVar("trama.request_id", default=None)


def _stamped(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """Add what every line says beside what it tells."""
    request_id, ids = _REQUEST_ID.get(), current_ids()
    if request_id is not None:
        event.setdefault("request_id", request_id)
    if ids is not None:
        event["trace_id"], event["span_id"] = ids
    record = event.get("_record")
    event["level"], event["logger"] = name, logger.name if record is None else record.name
    event["timestamp"] = time_of_day()
    return event


def _of(worker: str) -> Processor:
    def tell(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
        event.setdefault("worker", worker)
        return event

    return tell


def _steps(settings: LogSettings, secrets: Sequence[str]) -> tuple[Processor, ...]:
    """Answer how a line is written: first what an exception is, then the rest, secrets masked."""
    mask = _masking(secrets)
    written: list[Processor] = [_json_lines(secrets, mask)]
    if settings.format != "json":
        written = [mask, structlog.dev.ConsoleRenderer(colors=False)]
    return (_with_exception, *written)


def _formatter(shared: Sequence[Processor], steps: Sequence[Processor]) -> logging.Formatter:
    """Answer the same for what comes by the standard library."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *steps],
    )


def _with_exception(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """Show an exception, less what Postgres adds to it: the row, with a person's data in it."""
    if "exc_info" in event:
        event = structlog.processors.format_exc_info(logger, name, event)
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


def _json_lines(secrets: Sequence[str], mask: Processor) -> Processor:
    """Answer a step that writes JSON; values are looked into only where a line has a secret."""
    written = [orjson.dumps(each)[1:-1].decode() for each in secrets if _is_unicode(each)]

    def render(logger: WrappedLogger, name: str, event: EventDict) -> str:
        try:
            line = orjson.dumps(event, option=_ONLY_JSON).decode()
        except (TypeError, orjson.JSONEncodeError):
            return _encode(mask(logger, name, event))
        for secret in written:
            if secret in line:
                return _encode(mask(logger, name, event))
        return line

    return render


def _is_unicode(text: str) -> bool:
    """Answer whether it has no lone surrogate: orjson writes no line with one."""
    return text.isascii() or text == text.encode("utf-8", "replace").decode()


def _encode(event: Any) -> str:
    try:
        return orjson.dumps(event).decode()
    except (TypeError, orjson.JSONEncodeError):
        return orjson.dumps({key: _mended(str(value)) for key, value in event.items()}).decode()


def _mended(text: str) -> str:
    """Answer a text with its lone surrogates, which cannot be UTF-8, as escapes."""
    return text.encode("utf-8", "backslashreplace").decode()
