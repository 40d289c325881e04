"""Values from the environment: TRAMA_<SECTION>__<KEY> replaces what the file says."""

import re
import tomllib
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from gateway.settings.faults import Fault

PREFIX = "TRAMA_"
# https://opentelemetry.io/docs/specs/otel/protocol/exporter/ (read 2026-11-24)
TELEMETRY = {
    "OTEL_EXPORTER_OTLP_ENDPOINT": "endpoint",
    "OTEL_EXPORTER_OTLP_HEADERS": "headers",
    "OTEL_SERVICE_NAME": "service_name",
}
_HEADER = re.compile(r"[\w!#$%&'*+.^`|~-]+[ \t]*=[^\x00-\x1f\x7f-\uffff\",;\\]*", re.ASCII)


def apply_overrides(values: dict[str, Any], environ: Mapping[str, str]) -> list[Fault]:
    """Write the environment's values into the tree; answer those that find no place."""
    faults: list[Fault] = []
    for name in sorted(environ):
        if name.startswith(PREFIX) and "__" in name:
            parts = name.removeprefix(PREFIX).split("__")
            if not _put(values, parts, _parsed(environ[name])):
                faults.append(Fault(name, "names no single setting; write TRAMA_<SECTION>__<KEY>"))
    return faults


def apply_telemetry(values: dict[str, Any], environ: Mapping[str, str]) -> list[Fault]:
    """Write what OpenTelemetry's own variables say where nothing else does; answer the faults."""
    tracing = values.setdefault("tracing", {})
    told = {key: environ.get(name, "").strip() for name, key in TELEMETRY.items()}
    pairs = [pair.strip() for pair in told["headers"].split(",") if pair.strip()]
    if not all(_HEADER.fullmatch(pair) for pair in pairs):
        return [Fault("OTEL_EXPORTER_OTLP_HEADERS", "write name=value,name=value")]
    if isinstance(tracing, dict):
        for key in ("endpoint", "service_name"):
            if told[key]:
                tracing.setdefault(key, told[key])
        if pairs:
            tracing.setdefault("headers", dict(_header(pair) for pair in pairs))
    return []


def _header(pair: str) -> tuple[str, str]:
    name, _, value = pair.partition("=")
    return unquote(name).strip().lower(), unquote(value).strip()


def _put(values: dict[str, Any], parts: list[str], value: Any) -> bool:
    node = values
    for part in parts[:-1]:
        child = node.setdefault(_key_in(node, part), {})
        if not isinstance(child, dict):
            return False
        node = child
    node[_key_in(node, parts[-1])] = value
    return all(parts)


def _key_in(node: dict[str, Any], part: str) -> str:
    """Answer the key that is there already, whose letters a variable's name may not have."""
    plain = part.lower()
    return next((key for key in node if key.lower().replace("-", "_") == plain), plain)


def _parsed(text: str) -> Any:
    if not text.startswith(("[", "{")):
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text
