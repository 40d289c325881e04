"""Builds the page's assets once, with the Node and npm that the demo installs."""

import re
import shutil
import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from gateway.web.graphiql.node import NodeFailed, run_node, run_npm

BUNDLE = Path(__file__).parent / "bundle"
MANIFEST = "manifest.json"
_CI = (
    "ci",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--no-update-notifier",
    "--loglevel=error",
    "--prefer-offline",
    "--fetch-retries=1",
    "--fetch-retry-mintimeout=1000",
    "--fetch-timeout=60000",
)

Say = Callable[[str], None]


class AssetsUnavailable(Exception):
    """GraphiQL could not be built; `reason` is a sentence for people, `output` what npm wrote."""

    def __init__(self, reason: str, output: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.output = output


def ensure_assets(cache_dir: Path, say: Say = print, deadline_seconds: float = 300) -> Path:
    """Answer the folder of built assets, building them first if need be.

    Blocks; `say` is told before it takes long. The deadline is for fetching and for bundling
    each. Raises AssetsUnavailable.
    """
    target = cache_dir.absolute() / f"graphiql-{_fingerprint()}"
    if (target / MANIFEST).is_file():
        return target
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        say("Fetching and bundling GraphiQL (once; half a minute or so)...")
        _build(target, deadline_seconds)
    except NodeFailed as failed:
        raise AssetsUnavailable(_reason_of(failed), failed.output) from failed
    except OSError as error:
        reason = f"GraphiQL could not be written to disk ({error.strerror})"
        raise AssetsUnavailable(reason) from error
    return target


def _build(target: Path, deadline_seconds: float) -> None:
    """Build in a folder of our own and put the result in place in one step."""
    with tempfile.TemporaryDirectory(prefix="trama-graphiql-") as folder:
        work = Path(folder) / "bundle"
        shutil.copytree(BUNDLE, work, ignore=shutil.ignore_patterns("node_modules", "assets"))
        run_npm(_CI, work, deadline_seconds)
        run_node(("build.mjs",), work, deadline_seconds)
        _put(work / "assets", target)


def _put(built: Path, target: Path) -> None:
    beside = target.with_name(f".{target.name}.{uuid4().hex}")
    try:
        shutil.copytree(built, beside)
        beside.rename(target)
    except OSError:
        if not (target / MANIFEST).is_file():
            raise
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _fingerprint() -> str:
    """Answer a hash of everything that the assets are made from."""
    digest = sha256()
    for path in sorted(path for path in BUNDLE.iterdir() if path.is_file()):
        content = path.read_bytes()
        digest.update(f"{path.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()[:16]


def _reason_of(failed: NodeFailed) -> str:
    code = re.search(r"npm error code (\w+)", failed.output)
    detail = f"{failed}; {code[1]}" if code else str(failed)
    return f"GraphiQL could not be fetched and bundled ({detail})"
