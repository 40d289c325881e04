"""Writes the beginning of a connector: a package that runs, on a vendor that does not exist."""

import keyword
import re
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from gateway.model.time import Clock

SUFFIX = ".txt"
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", re.ASCII)


class NameRefused(ValueError):
    """No connector can be called so, or there is one; the message says why."""


def words_for(name: str, clock: Clock) -> dict[str, str]:
    """Answer what stands for the marks of the skeleton; raises NameRefused."""
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise NameRefused(f"{name!r} is no name: small letters, digits and single underscores")
    parts = [part.capitalize() for part in name.split("_")]
    return {
        "__NAME__": name,
        "__PACKAGE__": f"trama_{name}",
        "__CLASS__": "".join(parts),
        "__TITLE__": " ".join(parts),
        "__TODAY__": clock.now().date().isoformat(),
    }


def write_skeleton(folder: Path, words: Mapping[str, str]) -> list[Path]:
    """Write the skeleton into a new folder and answer its files; raises FileExistsError."""
    folder.mkdir(parents=True)
    written = []
    for place, text in _texts(files("gateway.cli").joinpath("skeleton"), Path()):
        parts = [words["__PACKAGE__"] if part == "package" else part for part in place.parts]
        path = folder.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_filled(text, words), "utf-8")
        written.append(path)
    return sorted(written)


def _texts(node: Traversable, at: Path) -> list[tuple[Path, str]]:
    found = []
    for each in node.iterdir():
        if each.is_dir():
            found += _texts(each, at / each.name)
        elif each.name.endswith(SUFFIX):
            found.append((at / each.name.removesuffix(SUFFIX), each.read_text("utf-8")))
    return found


def _filled(text: str, words: Mapping[str, str]) -> str:
    for mark, word in words.items():
        text = text.replace(mark, word)
    return text
