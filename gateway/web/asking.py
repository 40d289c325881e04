"""Turns what arrived into a GraphQL request, or refuses it.

GraphQL over HTTP, https://graphql.github.io/graphql-over-http/draft/ (read 2026-08-06).
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import orjson
from graphql import GraphQLSyntaxError, OperationDefinitionNode, OperationType, parse

from gateway.web.parts import GraphQLRequest
from gateway.web.refusals import Refusal

DEEPEST_JSON = 64
LONGEST_URL_QUERY = 16_384
_NUL_ESCAPE = re.compile(r"\\u(?:0000|\{0+\})")


def check_content_type(values: list[str], encodings: list[str]) -> None:
    """Refuse a body that is not JSON in UTF-8, in one piece and not compressed."""
    media, *parameters = values[0].lower().split(";") if len(values) == 1 else [""]
    named = dict(pair.strip().partition("=")[::2] for pair in parameters)
    charset = named.get("charset", "utf-8").strip('"')
    if media.strip() != "application/json" or charset not in {"utf-8", "utf8"}:
        raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", "send Content-Type: application/json in UTF-8")
    if any(encoding.lower() != "identity" for encoding in encodings):
        raise Refusal(415, "UNSUPPORTED_MEDIA_TYPE", "send the body without Content-Encoding")


def request_of_body(body: bytes) -> GraphQLRequest:
    """Read a POST's body; raises Refusal."""
    fields = _json(body, "the body")
    if isinstance(fields, list):
        raise _bad("BATCHING_UNSUPPORTED", "send one operation in a request, not a list")
    if not isinstance(fields, dict):
        raise _bad("BAD_REQUEST", "the body must be a JSON object with a key `query`")
    return _request(fields, reads_only=False)


def request_of_url(query_string: bytes) -> GraphQLRequest:
    """Read a GET's parameters; raises Refusal, also for anything else than a query."""
    if len(query_string) > LONGEST_URL_QUERY:
        raise Refusal(414, "URL_TOO_LONG", "the address is too long; send it by POST")
    fields: dict[str, Any] = {}
    for name, text in _parameters(query_string):
        if name in fields:
            raise _bad("BAD_REQUEST", "each parameter may be given once")
        if text:
            is_json = name in {"variables", "extensions"}
            fields[name] = _json(text.encode(), f"`{name}`") if is_json else text
    request = _request(fields, reads_only=True)
    if request.query is not None:
        _refuse_writes(request.query, request.operation_name)
    return request


def _parameters(query_string: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query_string.decode("ascii"), max_num_fields=20)
    except ValueError:
        raise _bad("BAD_REQUEST", "the address has too many or unreadable parameters") from None


def _request(fields: Mapping[str, Any], *, reads_only: bool) -> GraphQLRequest:
    query = _typed(fields, "query", str) or None
    extensions = _typed(fields, "extensions", dict)
    if query is None and "persistedQuery" not in (extensions or {}):
        raise _bad("BAD_REQUEST", "`query` is missing; it must be a text")
    variables = _typed(fields, "variables", dict)
    _check_texts({"variables": variables, "extensions": extensions})
    if query and ("\x00" in query or ("\\u" in query and _NUL_ESCAPE.search(query))):
        raise _bad("BAD_REQUEST", "`query` holds a NUL character; leave it out")
    name = _typed(fields, "operationName", str)
    return GraphQLRequest(query, name, variables, extensions, reads_only)


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


def _check_texts(values: object) -> None:
    """Refuse what the layers below cannot hold: NUL characters, and deep nesting."""
    level: list[object] = [values]
    for _ in range(DEEPEST_JSON):
        for value in level:
            if isinstance(value, str) and "\x00" in value:
                raise _bad("BAD_REQUEST", "a text holds a NUL character; leave it out")
        level = [inner for value in level for inner in _within(value)]
        if not level:
            return
    raise _bad("TOO_DEEP", f"the JSON is nested deeper than {DEEPEST_JSON} levels")


def _within(value: object) -> list[object]:
    if isinstance(value, dict):
        return [*value.keys(), *value.values()]
    return value if isinstance(value, list) else []


def _refuse_writes(query: str, operation_name: str | None) -> None:
    try:
        document = parse(query, no_location=True)
    except GraphQLSyntaxError:
        return
    except RecursionError:
        raise _bad("TOO_DEEP", "the document is nested too deeply") from None
    operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    if operation_name is not None:
        operations = [o for o in operations if o.name and o.name.value == operation_name]
    if any(operation.operation is not OperationType.QUERY for operation in operations):
        message = "by GET only queries are answered; send this by POST"
        raise Refusal(405, "METHOD_NOT_ALLOWED", message, {"Allow": "POST"})


def _bad(code: str, message: str) -> Refusal:
    return Refusal(400, code, message)
