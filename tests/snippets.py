"""Code that the documentation shows, word for word, so that it is run as it is read.

A snippet is a fenced block under a line `<!-- snippet: NAME -->`.
"""

import re
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"
_SNIPPET = re.compile(
    r"<!-- snippet: (?P<name>[\w.-]+) -->\n+```\w*\n(?P<code>.*?)^```$", re.M | re.S
)


def snippets(document: str) -> dict[str, str]:
    """Answer a document's snippets by name."""
    text = (DOCS / document).read_text("utf-8")
    return {found["name"]: found["code"] for found in _SNIPPET.finditer(text)}
