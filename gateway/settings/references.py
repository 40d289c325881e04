"""Secrets by reference: `{ env = "NAME" }` or `{ file = "path" }` instead of a value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.settings.faults import Fault

LARGEST_SECRET_BYTES = 65_536
UNRESOLVED = "postgresql://unresolved-reference"


@dataclass(slots=True)
class References:
    """Resolves references in a tree of settings; keeps what it read and what was missing."""

    environ: Mapping[str, str]
    folder: Path
    faults: list[Fault] = field(default_factory=list)
    texts: set[str] = field(default_factory=set)

    def resolve(self, node: Any, path: str = "") -> Any:
        """Answer the tree with every reference replaced by the text that it names."""
        if isinstance(node, dict):
            if _is_reference(node):
                return self._text_of(node, path)
            return {key: self.resolve(value, _join(path, key)) for key, value in node.items()}
        if isinstance(node, list):
            return [self.resolve(value, f"{path}[{i}]") for i, value in enumerate(node)]
        return node

    def _text_of(self, node: dict[str, str], path: str) -> str:
        text = self._from_env(node["env"], path) if "env" in node else self._from_file(node, path)
        if text is None:
            return UNRESOLVED
        if not text or "\x00" in text:
            self.faults.append(
                Fault(path, "the referenced text is empty or binary; put text there")
            )
            return UNRESOLVED
        self.texts.add(text)
        return text

    def _from_env(self, name: str, path: str) -> str | None:
        if name not in self.environ:
            self.faults.append(Fault(path, f"set the environment variable {name}"))
        return self.environ.get(name)

    def _from_file(self, node: dict[str, str], path: str) -> str | None:
        place = (self.folder / Path(node["file"]).expanduser()).resolve()
        try:
            with place.open("rb") as file:
                return file.read(LARGEST_SECRET_BYTES).decode().rstrip("\r\n")
        except (OSError, ValueError):
            self.faults.append(
                Fault(path, f"cannot read {node['file']} as text; put the secret there")
            )
            return None


def _is_reference(node: dict[str, Any]) -> bool:
    return len(node) == 1 and any(isinstance(node.get(kind), str) for kind in ("env", "file"))


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
