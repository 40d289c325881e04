"""Every setting as a row, for the reference in docs/configuration.md."""

import types
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, Secret, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from gateway.settings.root import Settings

_PLACEHOLDERS = {"sources": "<id>", "channels": "<code>", "location_groups": "<code>"}
_INTRODUCTION = """# Configuration

Trama reads one `trama.toml` and the environment; an unknown key is refused, and every fault is
reported at once. `TRAMA_<SECTION>__<KEY>` replaces a key of the file, e.g. `TRAMA_SERVER__PORT`.
A secret is a reference: `{ env = "NAME" }`, or `{ file = "path" }` relative to `trama.toml`;
references may stand anywhere, also within a source's `options`.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One setting; `parts` is its path, `<...>` where the reader chooses a name."""

    parts: tuple[str, ...]
    type: str
    default: str
    meaning: str

    @property
    def key(self) -> str:
        """The path as text."""
        return ".".join(self.parts)


@cache
def describe_settings() -> tuple[Row, ...]:
    """Answer every setting there is, in the order of the sections."""
    return tuple(_rows_of(Settings, ()))


def render_settings() -> str:
    """Answer the text of docs/configuration.md."""
    lines = [_INTRODUCTION]
    section = ""
    for row in describe_settings():
        if row.parts[0] != section:
            section = row.parts[0]
            lines += [
                f"\n## {section}\n",
                "| key | type | default | meaning |",
                "|---|---|---|---|",
            ]
        lines.append(f"| `{row.key}` | {row.type} | {row.default} | {row.meaning} |")
    return "\n".join(lines) + "\n"


def _rows_of(model: type[BaseModel], path: tuple[str, ...]) -> Iterator[Row]:
    for name, info in model.model_fields.items():
        inner, steps = _model_within(name, info.annotation)
        if inner is None:
            yield Row((*path, name), _type_name(info.annotation), _default(info), _meaning(info))
        else:
            yield from _rows_of(inner, (*path, name, *steps))


def _model_within(name: str, annotation: Any) -> tuple[type[BaseModel] | None, tuple[str, ...]]:
    """Answer the section that a field holds, and the names that stand between."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, ()
    models = [a for a in get_args(annotation) if isinstance(a, type) and issubclass(a, BaseModel)]
    origin = get_origin(annotation)
    if not models or origin is Secret:
        return None, ()
    steps = {dict: (_PLACEHOLDERS.get(name, "<name>"),), tuple: ("<n>",)}.get(origin, ())
    return models[0], steps


def _type_name(annotation: Any) -> str:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type_name(args[0])
    if origin is Literal:
        return ", ".join(f"`{word}`" for word in args)
    if origin in (Union, types.UnionType):
        return _union_name([arg for arg in args if arg is not type(None)])
    if origin is tuple:
        return f"list of {_type_name(args[0])}"
    return _plain_name(annotation)


def _union_name(members: list[Any]) -> str:
    return " or ".join(dict.fromkeys(_type_name(member) for member in members))


def _plain_name(annotation: Any) -> str:
    names: dict[Any, str] = {
        str: "text",
        int: "integer",
        float: "number",
        bool: "true or false",
        SecretStr: "secret",
        Secret[dict[str, Any]]: "table",
    }
    if annotation in names:
        return names[annotation]
    name = typing.cast(str, getattr(annotation, "__name__", str(annotation)))
    return {"IPv4Network": "network", "IPv6Network": "network"}.get(name, name.lower())


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "required"
    value = info.get_default(call_default_factory=True, validated_data={})
    if value is None or value is PydanticUndefined or isinstance(value, Secret):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{list(value)}`" if isinstance(value, tuple) else f"`{value}`"


def _meaning(info: FieldInfo) -> str:
    return (info.description or "").replace("|", "\\|")
