"""The page without GraphiQL: why it is missing, and the examples as commands."""

from collections.abc import Sequence
from html import escape
from pathlib import Path
from shlex import quote
from string import Template
from textwrap import dedent

import orjson

from gateway.web.graphiql.examples import DemoKey, Example

_PAGE = Path(__file__).parent / "templates" / "plain.html"


def plain_page(
    url: str, examples: Sequence[Example], keys: Sequence[DemoKey], unavailable: str
) -> str:
    """Answer the page's HTML; the commands ask as the operator, else as the first key."""
    operators = [key for key in keys if key.kind == "operator"]
    key = next(iter([*operators, *keys]), None)
    return Template(_PAGE.read_text("utf-8")).substitute(
        reason=escape(unavailable),
        url=escape(url),
        keys="\n".join(map(_key_row, keys)),
        examples="\n".join(_section(url, example, key) for example in examples),
    )


def curl_command(url: str, example: Example, key: DemoKey | None) -> str:
    """Answer a shell command that asks the example."""
    asked = {"query": dedent(example.query).strip(), "variables": example.variables}
    headers = ["Content-Type: application/json"]
    if key is not None:
        headers.append(f"{key.header_name}: {key.header_value}")
    told = [f"  -H {quote(header)}" for header in headers]
    body = f"  --data {quote(orjson.dumps(asked).decode())}"
    return " \\\n".join([f"curl -sS {quote(url)}", *told, body])


def _key_row(key: DemoKey) -> str:
    header = f"{key.header_name}: {key.header_value}"
    return f"<tr><th>{escape(key.kind)}</th><td><code>{escape(header)}</code></td></tr>"


def _section(url: str, example: Example, key: DemoKey | None) -> str:
    return "\n".join(
        (
            f"<section><h3>{escape(example.title)}</h3>",
            f"<p>{escape(example.description)}</p>",
            f"<pre>{escape(dedent(example.query).strip())}</pre>",
            f"<pre>{escape(curl_command(url, example, key))}</pre></section>",
        )
    )
