"""Turns what arrived into a GraphQL request, or refuses it.

GraphQL over HTTP, https://graphql.github.io/graphql-over-http/draft/ (read 2026-08-06).
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

import msgspec
import orjson

from gateway.settings import VariableLimits
from gateway.web.refusals import Refusal
from gateway.web.remembering import remembered

LONGEST_URL_QUERY = 16_384
COST_HEADER = b"graphql-cost"
_COSTS = frozenset({"report", "validate"})
_NUL_ESCAPE = re.compile(r"\\u(?:0000|\{0+\})")


class Asked(msgspec.Struct, frozen=True):
    """A well-formed request: a document, or the id of one that is known here, or both."""

    query: str | None
    document_id: str | None
    operation_name: str | None
    variables: dict[str, Any] | None
    cost: str | None = None


def check_content_type(values: Sequence[str], encodings: Sequence[str]) -> None:
    """Refuse a body that is not JSON in UTF-8, in one piece and not compressed."""
    if len(values) != 1 or not _is_json(values[0]):
        raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", "send Content-Type: application/json in UTF-8")
    if any(encoding.lower() != "identity" for encoding in encodings):
        raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", "send the body without Content-Encoding")


@remembered
def _is_json(content_type: str) -> bool:
    """Answer whether a body of this type is JSON in UTF-8."""
    media, *parameters = content_type.lower().split(";")
    named = dict(pair.strip().partition("=")[::2] for pair in parameters)
    charset = named.get("charset", "utf-8").strip('"')
    return media.strip() == "application/json" and charset in {"utf-8", "utf8"}


def request_of_body(body: bytes, limits: VariableLimits) -> Asked:
    """Read a POST's body; raises Refusal."""
    fields = _json(body, "the body")
    if isinstance(fields, list):
        raise _bad("BATCHING_UNSUPPORTED", "send one operation in a request, not a list")
    if not isinstance(fields, dict):
        raise _bad("BAD_REQUEST", "the body must be a JSON object with a key `query`")
    return request_of_fields(fields, limits, is_harmless=is_harmless(body, limits))


def request_of_url(query_string: bytes, limits: VariableLimits) -> Asked:
    """Read a GET's parameters; raises Refusal."""
    if len(query_string) > LONGEST_URL_QUERY:
        raise Refusal(414, "URL_TOO_LONG", "the address is too long; send it by POST")
    fields: dict[str, Any] = {}
    for name, text in _parameters(query_string):
        if name in fields:
            raise _bad("BAD_REQUEST", "each parameter may be given once")
        if text:
            is_json = name in {"variables", "extensions"}
            fields[name] = _json(text.encode(), f"`{name}`") if is_json else text
    return request_of_fields(fields, limits)


def _parameters(query_string: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query_string.decode("ascii"), max_num_fields=20)
    except ValueError:
        raise _bad("BAD_REQUEST", "the address has too many or unreadable parameters") from None


def request_of_fields(
    fields: Mapping[str, Any], limits: VariableLimits, *, is_harmless: bool = False
) -> Asked:
    """Read what is asked alike on every transport; raises Refusal.

    What `is_harmless` by its text need not be looked through.
    """
    return (_plain(fields) if is_harmless else None) or _any(fields, limits, is_harmless)


def _plain(fields: Mapping[str, Any]) -> Asked | None:
    """Answer what is asked by a text of its own and nothing unusual."""
    query, name, variables = (
        fields.get("query"),
        fields.get("operationName"),
        fields.get("variables"),
    )
    is_plain = (
        isinstance(query, str)
        and query
        and "\\u" not in query
        and (variables is None or isinstance(variables, dict))
        and (name is None or isinstance(name, str))
        and "extensions" not in fields
        and "documentId" not in fields
    )
    return Asked(query, None, name, variables) if is_plain else None


def _any(fields: Mapping[str, Any], limits: VariableLimits, is_harmless: bool) -> Asked:
    query = _typed(fields, "query", str) or None
    extensions = _typed(fields, "extensions", dict) or {}
    document_id = _document_id(fields, extensions)
    if query is None and document_id is None:
        raise _bad("BAD_REQUEST", "`query` is missing; it must be a text")
    variables = _typed(fields, "variables", dict)
    if not is_harmless:
        check_values({"variables": variables, "extensions": extensions}, limits)
    if query and ("\x00" in query or ("\\u" in query and _NUL_ESCAPE.search(query))):
        raise _bad("BAD_REQUEST", "`query` holds a NUL character; leave it out")
    cost = cost_wanted(extensions.get("cost"))
    return Asked(query, document_id, _typed(fields, "operationName", str), variables, cost)


def cost_wanted(told: object) -> str | None:
    """Answer whether the price is wanted, beside the answer or instead of it; raises Refusal."""
    if told is None:
        return None
    if isinstance(told, str) and told in _COSTS:
        return told
    raise _bad("BAD_REQUEST", "`GraphQL-Cost` and `extensions.cost` are `report` or `validate`")


def _document_id(fields: Mapping[str, Any], extensions: Mapping[str, Any]) -> str | None:
    """Answer `documentId`, or the hash where Apollo's clients put it."""
    told: str | None = _typed(fields, "documentId", str)
    if told is None and extensions:
        told = _typed(_typed(extensions, "persistedQuery", dict) or {}, "sha256Hash", str)
    return None if told is None else told.removeprefix("sha256:")


def _typed(fields: Mapping[str, Any], name: str, kind: type) -> Any:
    value = fields.get(name)
    if value is not None and not isinstance(value, kind):
        word = "a text" if kind is str else "a map"
        raise _bad("BAD_REQUEST", f"`{name}` must be {word}")
    return value


def _json(text: bytes, what: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise _bad("BAD_JSON", f"{what} is not valid JSON in UTF-8") from None


def is_harmless(text: bytes, limits: VariableLimits) -> bool:
    """Answer whether JSON has too few marks to hold what `check_values` refuses.

    Each level takes a bracket, each further entry of a list a comma, NUL its escape.
    """
    return (
        b"\\u0000" not in text
        and text.count(b"[") + text.count(b"{") <= limits.max_depth
        and (len(text) < limits.max_list_items or text.count(b",") < limits.max_list_items)
    )


def check_values(values: object, limits: VariableLimits) -> None:
    """Refuse what the layers below cannot hold: NUL characters, deep nesting, and long lists."""
    level: list[object] = [values]
    for _ in range(limits.max_depth + 1):
        for value in level:
            if isinstance(value, str) and "\x00" in value:
                raise _bad("BAD_REQUEST", "a text holds a NUL character; leave it out")
            if isinstance(value, list) and len(value) > limits.max_list_items:
                message = f"a list has more than {limits.max_list_items} entries; send fewer"
                raise _bad("LIST_TOO_LONG", message)
        level = [inner for value in level for inner in _within(value)]
        if not level:
            return
    raise _bad("TOO_DEEP", f"the JSON is nested deeper than {limits.max_depth} levels")


def _within(value: object) -> list[object]:
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    return value if isinstance(value, list) else []


def _bad(code: str, message: str) -> Refusal:
    return Refusal(400, code, message)
