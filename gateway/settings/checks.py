"""What must hold between sections; read from the tree, so that it is said beside the rest."""

from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from gateway.settings.faults import Fault
from gateway.settings.references import UNRESOLVED


def check_written(tree: dict[str, Any]) -> list[Fault]:
    """Answer the secrets that stand in the file itself; storefront keys are publishable."""
    faults = [
        Fault(f"keys[{i}].key", 'a secret stands in the file; write { env = "NAME" } or sha256')
        for i, key in _keys(tree)
        if isinstance(key.get("key"), str) and key.get("kind") != "storefront"
    ]
    for section, name in (("metrics", "key"), ("webhooks", "sealing_key")):
        if isinstance(_table(tree, section).get(name), str):
            told = 'a secret stands in the file; write { env = "NAME" }'
            faults.append(Fault(f"{section}.{name}", told))
    return faults


def check_names(tree: dict[str, Any]) -> list[Fault]:
    """Answer every name that names nothing, or two things."""
    return [
        *_unknown_sources(tree),
        *_unknown_authorities(tree),
        *_unknown_channels(tree),
        *_unknown_groups(tree),
        *_told_twice(tree),
        *_twins(tree),
    ]


def _unknown_sources(tree: dict[str, Any]) -> Iterator[Fault]:
    known = _table(tree, "sources")
    for code, channel in _table(tree, "channels").items():
        source = channel.get("source") if isinstance(channel, dict) else None
        if isinstance(source, str) and source not in known:
            yield Fault(f"channels.{code}.source", f"no such source; {_choice(known)}")


def _unknown_authorities(tree: dict[str, Any]) -> Iterator[Fault]:
    known = _table(tree, "sources")
    orders = _table(tree, "authority").get("orders")
    for name, named in orders.items() if isinstance(orders, dict) else ():
        for i, source in enumerate(named if isinstance(named, list | tuple) else ()):
            if isinstance(source, str) and source != "channel" and source not in known:
                path = f"authority.orders.{name}[{i}]"
                yield Fault(path, f"neither channel nor a source; {_choice(known)}")


def _unknown_channels(tree: dict[str, Any]) -> Iterator[Fault]:
    known = _table(tree, "channels")
    for i, key in _keys(tree):
        named = key.get("channels")
        for j, code in enumerate(named if isinstance(named, list | tuple) else ()):
            if isinstance(code, str) and code not in known:
                yield Fault(f"keys[{i}].channels[{j}]", f"no such channel; {_choice(known)}")


def _unknown_groups(tree: dict[str, Any]) -> Iterator[Fault]:
    known = _table(tree, "location_groups")
    for code, _, told in _availabilities(tree):
        group = told.get("group")
        if isinstance(group, str) and group not in known:
            yield Fault(f"channels.{code}.availability.group", f"no such group; {_choice(known)}")


def _told_twice(tree: dict[str, Any]) -> Iterator[Fault]:
    places = Counter((source, told.get("location")) for _, source, told in _availabilities(tree))
    for code, source, told in _availabilities(tree):
        if places[source, told.get("location")] > 1:
            path = f"channels.{code}.availability.location"
            yield Fault(path, "two channels are told at this location; give each its own")


def _availabilities(tree: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """Answer each channel that is told what it may sell: its code, its source and what it says."""
    channels = _table(tree, "channels")
    return [
        (code, str(channel.get("source")), told)
        for code, channel in channels.items()
        if isinstance(channel, dict) and isinstance(told := channel.get("availability"), dict)
    ]


def _twins(tree: dict[str, Any]) -> Iterator[Fault]:
    ids = Counter(str(key["id"]) for _, key in _keys(tree) if "id" in key)
    digests = Counter(filter(None, (_digest(key) for _, key in _keys(tree))))
    for i, key in _keys(tree):
        if ids[str(key.get("id"))] > 1:
            yield Fault(f"keys[{i}].id", "two keys have this id; give each its own")
        if digests[_digest(key)] > 1:
            yield Fault(f"keys[{i}]", "two keys are the same text; give each its own")


def _digest(key: dict[str, Any]) -> str:
    text = key.get("key")
    if isinstance(text, str) and text != UNRESOLVED:
        return sha256(text.encode("utf-8", "replace")).hexdigest()
    return str(key.get("sha256") or "")


def _keys(tree: dict[str, Any]) -> list[tuple[int, dict[str, Any]]]:
    keys = tree.get("keys")
    listed = keys if isinstance(keys, list | tuple) else ()
    return [(i, key) for i, key in enumerate(listed) if isinstance(key, dict)]


def _table(tree: dict[str, Any], section: str) -> dict[str, Any]:
    table = tree.get(section)
    return table if isinstance(table, dict) else {}


def _choice(known: dict[str, Any]) -> str:
    return f"there are: {', '.join(sorted(known))}" if known else "none is configured"
