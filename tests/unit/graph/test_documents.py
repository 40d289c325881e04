"""A document is refused by its size before anybody validates it, and is made ready once."""

from typing import Any

import pytest
from graphql import GraphQLSyntaxError, get_introspection_query, parse

from gateway.graph.documents import MOST_CHARACTERS_KEPT, MOST_ERRORS, MOST_KEPT, Documents
from gateway.graph.refusals import OperationRefused
from gateway.graph.schema import make_schemas
from gateway.graph.shape import check_shape
from gateway.settings import DocumentLimits, LimitsSettings

SCHEMA = make_schemas().callers.executable
USUAL = LimitsSettings().document
LOOSE: dict[str, int] = dict.fromkeys(DocumentLimits.model_fields, 10_000)
ON_QUERY = "fragment {} on Query {{ {} }}"


def documents(*, introspection: bool = True, **limits: int) -> Documents:
    return Documents(SCHEMA, DocumentLimits(**{**LOOSE, **limits}), introspection=introspection)


@pytest.mark.parametrize(
    ("limit", "most", "within", "beyond"),
    [
        ("max_characters", 13, "{viewer{kind}}"[:13], "{viewer{kind}}"),
        ("max_tokens", 6, "{viewer{kind}}", "{viewer{kind name}}"),
        ("max_tokens", 6, "#\n" * 6 + "{viewer{kind}}", "#\n" * 7 + "{viewer{kind}}"),
        ("max_depth", 2, "{ viewer { kind } }", "{ viewer { customers { id } } }"),
        (
            "max_depth", 2,
            "{ ...A } fragment A on Query { ... on Query { viewer { kind } } }",
            "{ ...A } fragment A on Query { viewer { ...B } } fragment B on Viewer"
            " { customers { id } }",
        ),
        ("max_selections", 4, "{ viewer { kind name scopes } }",
         "{ viewer { kind name scopes channels } }"),
        ("max_selections", 4, "{ ...A ...A } fragment A on Query { __typename }",
         "{ ...A ...A ... { __typename } } fragment A on Query { __typename }"),
        ("max_root_fields", 2, "{ a: __typename b: __typename b: __typename }",
         "{ a: __typename b: __typename ...C } fragment C on Query { c: __typename }"),
        ("max_root_fields", 1, "query A { __typename } query B { __typename }",
         "query A { __typename } query B { __typename viewer { kind } }"),
        ("max_aliases", 2, "{ a: viewer { b: kind } }", "{ a: viewer { b: kind c: name } }"),
        ("max_aliases", 2, "{ ...A ...A } fragment A on Query { a: __typename }",
         "{ ...A ...A ...A } fragment A on Query { a: __typename }"),
        ("max_directives", 1, "{ viewer @skip(if: true) { kind } }",
         "{ viewer @skip(if: true) @skip(if: true) { kind } }"),
        ("max_directives", 0, "query { __typename }", "query @x { __typename }"),
        ("max_directives", 0, "query($n: Int) { __typename }", "query($n: Int @x) { __typename }"),
        ("max_directives", 0, "{ ...A } fragment A on Query { __typename }",
         "{ ...A } fragment A on Query @x { __typename }"),
        ("max_directives", 0, "{ ... { __typename } }", "{ ... @x { __typename } }"),
        ("max_overlaps", 3, "{ viewer { kind kind kind } }", "{ viewer { kind kind kind kind } }"),
        ("max_overlaps", 3, "{ viewer { kind } viewer { kind name } }",
         "{ viewer { kind name } viewer { kind name } viewer { id } }"),
        ("max_overlaps", 1, "{ ...A ...B }", "{ ...A ...B ...C }"),
        ("max_overlaps", 0, "{ a: viewer { kind } b: viewer { kind } }",
         "{ a: viewer { kind } a: viewer { name } }"),
    ],
)  # fmt: skip
def test_a_document_is_refused_just_beyond_each_limit(
    limit: str, most: int, within: str, beyond: str
) -> None:
    made = documents(**{limit: most})
    code, told = _refusal(made, within)
    assert code is None, told
    code, told = _refusal(made, beyond)
    assert (code, told) == ("DOCUMENT_TOO_COMPLEX", {"limit": limit, "most": most})


def _refusal(made: Documents, text: str) -> tuple[str | None, Any]:
    try:
        made.get(text)
    except OperationRefused as refused:
        return refused.code, {
            "limit": refused.extensions["limit"],
            "most": refused.extensions["most"],
        }
    except GraphQLSyntaxError:
        pass
    return None, None


@pytest.mark.parametrize(
    "text",
    [
        "{ ...A } " + ON_QUERY.format("A", "...A"),
        "{ ...A } " + ON_QUERY.format("A", "...B ...B") + ON_QUERY.format("B", "...A ...A"),
        "{ __typename } " + ON_QUERY.format("A", "viewer { ...A }"),
        "{ ...F0 } "
        + "".join(ON_QUERY.format(f"F{n}", f"...F{n + 1} ...F{n + 1}") for n in range(40))
        + ON_QUERY.format("F40", "__typename"),
        "".join(f"query Q{n} {{ ...A }}" for n in range(40))
        + ON_QUERY.format("A", " ".join(f"f{n}" for n in range(100))),
    ],
    ids=[
        "one circle",
        "two circles",
        "a circle that is not used",
        "doubled 40 times",
        "operations",
    ],
)
def test_fragments_cost_no_more_than_the_selections_that_are_allowed(text: str) -> None:
    """Were they followed to their end, this would never end."""
    limits = DocumentLimits(**{**LOOSE, "max_selections": 1_000, "max_overlaps": 10**9,
                               "max_depth": 10**9})  # fmt: skip
    with pytest.raises(OperationRefused) as refused:
        check_shape(parse(text), limits)
    assert refused.value.extensions["limit"] == "max_selections"


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("{" + "a{" * 5000 + "b" + "}" * 5001, "max_depth"),
        ("{ availability(skus: " + "[" * 5000 + "]" * 5000 + ") { sku } }", "max_depth"),
    ],
)
def test_what_is_nested_too_deeply_to_be_read_is_refused_alike(text: str, limit: str) -> None:
    with pytest.raises(OperationRefused) as refused:
        documents(max_tokens=100_000, max_characters=100_000).get(text)
    assert refused.value.extensions["limit"] == limit


def test_the_question_that_tools_ask_about_the_schema_is_within_the_limits() -> None:
    made = Documents(SCHEMA, USUAL, introspection=True)
    assert made.get(get_introspection_query()).errors == ()


def test_where_the_schema_is_not_shown_no_message_tells_of_it() -> None:
    for text in ("{ viewr { kind } }", "{ orders(frst: 1) { nodes { id } } }",
                 "{ orders(sort: PLACED_AT_DES) { nodes { id } } }",
                 "{ order(by: {nmber: \"1\"}) { id } }", "{ ... on Oder { id } }"):  # fmt: skip
        shown, hidden = (
            documents(introspection=each).get(text).errors[0].message for each in (True, False)
        )
        assert "Did you mean" in shown
        assert "Did you mean" not in hidden
    (error,) = documents(introspection=False).get('{ __type(name: "Order") { name } }').errors
    assert "introspection has been disabled" in error.message


def test_an_invalid_document_has_a_bounded_number_of_errors() -> None:
    text = "{ viewer { " + " ".join(f"f{n}" for n in range(500)) + " } }"
    assert len(documents().get(text).errors) == MOST_ERRORS + 1


def test_a_document_is_made_ready_once_and_its_operation_is_found_by_name() -> None:
    made = documents()
    text = "query A { viewer { kind } } query B { orders(first: 3) { nodes { id } } }"
    document = made.get(text)
    assert made.get(f"{text}") is document
    assert document.operation("B").kind == "query"
    for name in (None, "C"):
        with pytest.raises(OperationRefused) as refused:
            document.operation(name)
        assert refused.value.code == "BAD_REQUEST"


def test_no_more_documents_are_kept_than_memory_is_given() -> None:
    made = documents(max_characters=100_000)
    first = made.get("{ viewer { kind } }")
    for n in range(MOST_KEPT - 1):
        made.get(f"query Q{n} {{ viewer {{ kind }} }}")
    assert made.get("{ viewer { kind } }") is first
    made.get("query Last { viewer { kind } }")
    assert made.get("{ viewer { kind } }") is first, "the one that was used last is kept"
    large = " " * (MOST_CHARACTERS_KEPT // 3)
    for n in range(3):
        made.get(f"query Large{n} {{ viewer {{ kind }} }}{large}"[: MOST_CHARACTERS_KEPT // 3])
    assert made.get("{ viewer { kind } }") is not first


def test_documents_that_are_held_are_displaced_by_no_others() -> None:
    made = documents(max_characters=100_000)
    texts = [f"query Held{n} {{ viewer {{ kind }} }}" for n in range(MOST_KEPT + 1)]
    held = [made.hold(text) for text in texts]
    for n in range(MOST_KEPT + 1):
        made.get(f"query Q{n} {{ viewer {{ kind }} }}")
    assert [made.get(text) is each for text, each in zip(texts, held, strict=True)] == [
        *[True] * MOST_KEPT,
        False,
    ], "for one more there is no room"


def test_no_more_documents_are_held_than_memory_is_given() -> None:
    made = documents(max_characters=MOST_CHARACTERS_KEPT)
    half = " " * (MOST_CHARACTERS_KEPT // 2)
    texts = [f"query Held{n} {{ viewer {{ kind }} }}{half}" for n in range(3)]
    held = [made.hold(text[: MOST_CHARACTERS_KEPT // 2]) for text in texts]
    for n in range(MOST_KEPT + 1):
        made.get(f"query Q{n} {{ viewer {{ kind }} }}")
    kept = [made.get(text[: MOST_CHARACTERS_KEPT // 2]) for text in texts]
    assert [one is other for one, other in zip(kept, held, strict=True)] == [True, True, False]


def test_only_stock_and_locations_are_anybodys_to_keep() -> None:
    made = documents()
    public = '{ __typename availability(skus: ["a"]) { sku } locations { nodes { id } } }'
    assert made.get(public).operation(None).is_public
    for other in ("{ viewer { kind } }", "{ orders { nodes { id } } }",
                  "{ locations { nodes { id } } ...A } fragment A on Query { viewer { kind } }",
                  "mutation { replayQuarantined(input: {source: \"a\", idempotencyKey: \"k\"})"
                  " { __typename } }"):  # fmt: skip
        assert not made.get(other).operation(None).is_public, other
