"""Turns what the validator says into faults that say what to do."""

from difflib import get_close_matches
from typing import TYPE_CHECKING

from gateway.settings.faults import Fault
from gateway.settings.table import describe_settings

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


def fault_of(detail: "ErrorDetails") -> Fault:
    """Answer one fault; the value that was found is never repeated."""
    location = [part for part in detail["loc"] if part != "[key]"]
    path = _path(location)
    if detail["type"] == "extra_forbidden":
        return Fault(path, f"unknown key; {_suggestion(location)}")
    if detail["type"] == "missing":
        return Fault(path, "required; add it")
    message = detail["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return Fault(path or "trama.toml", message)


def _path(location: list[int | str]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return text.removeprefix(".")


def _suggestion(location: list[int | str]) -> str:
    siblings = _siblings(location)
    near = get_close_matches(str(location[-1]), siblings, n=1)
    if near:
        return f"did you mean {near[0]}?"
    return f"remove it; there are: {', '.join(siblings)}"


def _siblings(location: list[int | str]) -> list[str]:
    """Answer the keys that may stand where the unknown one does."""
    depth = len(location) - 1
    rows = [row.parts for row in describe_settings()]
    fitting = [parts for parts in rows if len(parts) > depth and _fits(parts, location[:depth])]
    return list(dict.fromkeys(parts[depth] for parts in fitting))


def _fits(parts: tuple[str, ...], location: list[int | str]) -> bool:
    return all(
        part.startswith("<") or part == asked for part, asked in zip(parts, location, strict=False)
    )
