"""Every code that callers may see is in docs/errors.md."""

import re
from pathlib import Path

from gateway.graph.refusals import CODES

ROOT = Path(__file__).parents[2]
DOCS = (ROOT / "docs" / "errors.md").read_text("utf-8")
USED = re.compile(
    r'(?:Refusal|__init__|_bad|OperationRefused)\(\s*(?:\d{3}, )?"([A-Z_]+)"|"code": "([A-Z_]+)"'
)


def test_every_code_in_the_code_is_in_the_docs() -> None:
    texts = [path.read_text("utf-8") for path in sorted((ROOT / "gateway").rglob("*.py"))]
    used = {first or second for text in texts for first, second in USED.findall(text)}
    assert {"UNAUTHENTICATED", "FORBIDDEN", "PERSISTED_QUERY_NOT_SUPPORTED"} <= used
    listed = set(re.findall(r"^\| `([A-Z_]+)`", DOCS, re.MULTILINE))
    assert (used | set(CODES)) - listed == set()
