"""What the page offers: operations to start from, and callers to ask as."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Example:
    """An operation to start from; opened as a tab, or shown as a command."""

    title: str
    description: str
    query: str
    variables: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DemoKey:
    """A credential that the page offers, e.g. kind `operator`, header `X-Api-Key`."""

    kind: str
    header_name: str
    header_value: str = field(repr=False)
