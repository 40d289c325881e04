"""Values from the environment: TRAMA_<SECTION>__<KEY> replaces what the file says."""

import tomllib
from collections.abc import Mapping
from typing import Any

from gateway.settings.faults import Fault

PREFIX = "TRAMA_"


def apply_overrides(values: dict[str, Any], environ: Mapping[str, str]) -> list[Fault]:
    """Write the environment's values into the tree; answer those that find no place."""
    faults: list[Fault] = []
    for name in sorted(environ):
        if name.startswith(PREFIX) and "__" in name:
            parts = name.removeprefix(PREFIX).split("__")
            if not _put(values, parts, _parsed(environ[name])):
                faults.append(Fault(name, "names no single setting; write TRAMA_<SECTION>__<KEY>"))
    return faults


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
