"""Whether two servers say the same, however each writes a time: pure."""

from datetime import datetime
from typing import Any


def difference(ours: Any, theirs: Any, path: str = "data") -> str | None:
    """Answer where two answers differ, None where they say the same."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        if set(ours) != set(theirs):
            return f"{path}: the fields differ"
        pairs = [(f"{path}.{name}", ours[name], theirs[name]) for name in ours]
    elif isinstance(ours, list) and isinstance(theirs, list):
        if len(ours) != len(theirs):
            return f"{path}: {len(ours)} and {len(theirs)} entries"
        pairs = [
            (f"{path}[{place}]", one, other)
            for place, (one, other) in enumerate(zip(ours, theirs, strict=True))
        ]
    else:
        return None if _plain(ours) == _plain(theirs) else f"{path}: {ours!r} and {theirs!r}"
    found = (difference(one, other, place) for place, one, other in pairs)
    return next((each for each in found if each is not None), None)


def _plain(value: Any) -> Any:
    if not isinstance(value, str) or "T" not in value:
        return value
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return value
