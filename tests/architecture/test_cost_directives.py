"""`@cost` and `@listSize` stand where the GraphQL Cost Directives allow them, on every list."""

import pytest
from graphql import (
    ArgumentNode,
    ConstDirectiveNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    build_schema,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    value_from_ast_untyped,
)

from gateway.graph.schema import make_callers, schema_text
from gateway.graph.weights import check_weights

SCHEMA = build_schema(schema_text())
OBJECTS = [
    kind
    for name, kind in SCHEMA.type_map.items()
    if isinstance(kind, GraphQLObjectType) and not name.startswith("__")
]
FIELDS = [(kind, name) for kind in OBJECTS for name in kind.fields]


def told(kind: GraphQLObjectType, name: str, directive: str) -> dict[str, object] | None:
    """Answer a directive of a field."""
    node = kind.fields[name].ast_node
    assert node is not None
    found: list[ConstDirectiveNode] = [
        each for each in node.directives or () if each.name.value == directive
    ]
    if not found:
        return None
    arguments: tuple[ArgumentNode, ...] = found[0].arguments or ()
    return {each.name.value: value_from_ast_untyped(each.value) for each in arguments}


def test_each_list_of_objects_says_how_long_it_is() -> None:
    sized = {
        (get_named_type(kind.fields[name].type).name, inner)
        for kind, name in FIELDS
        if (size := told(kind, name, "listSize"))
        for inner in size.get("sizedFields") or ()  # type: ignore[attr-defined]
    }
    unsized = [
        f"{kind.name}.{name}"
        for kind, name in FIELDS
        if is_list_type(get_nullable_type(kind.fields[name].type))
        and not is_leaf_type(get_named_type(kind.fields[name].type))
        and (kind.name, name) not in sized
        and told(kind, name, "listSize") is None
    ]
    assert unsized == []


def test_sizes_name_arguments_and_lists_that_are_there() -> None:
    for kind, name in FIELDS:
        size, field = told(kind, name, "listSize"), kind.fields[name]
        if size is None:
            continue
        target = get_named_type(field.type)
        inner, slicing = size.get("sizedFields") or (), size.get("slicingArguments") or ()
        assert isinstance(inner, list | tuple)
        assert isinstance(slicing, list | tuple)
        assert inner or is_list_type(get_nullable_type(field.type)), (kind.name, name)
        for each in inner:
            assert isinstance(target, GraphQLObjectType)
            assert is_list_type(get_nullable_type(target.fields[each].type)), (kind.name, name)
        assert set(slicing) <= set(field.args), (kind.name, name)
        assert not slicing or size["requireOneSlicingArgument"] is False
        defaults = [field.args[each].default_value for each in slicing]
        has_default = any(isinstance(each, int) for each in defaults)
        assert not (has_default and "assumedSize" in size), (kind.name, name)


def test_what_may_be_of_several_types_weighs_what_they_do() -> None:
    for kind in SCHEMA.type_map.values():
        if isinstance(kind, GraphQLInterfaceType):
            assert kind.ast_node is not None
            marks = [*(kind.ast_node.directives or ())]
            for field in kind.ast_node.fields or ():
                marks += field.directives or ()
            assert [each.name.value for each in marks] == []


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ("extend type Query { extras: [Order!] }", "lists of which nothing says how long they are"),
        ("extend type Query { extras: [Node] }", "Query"),
    ],
)
def test_a_schema_with_a_list_that_nobody_sized_is_not_made(more: str, named: str) -> None:
    text = make_callers().as_str()
    check_weights(build_schema(text))
    with pytest.raises(LookupError, match=named):
        check_weights(build_schema(f"{text}\n{more}"))


def test_a_table_that_speaks_of_what_is_not_there_is_refused() -> None:
    text = make_callers().as_str()
    with pytest.raises(LookupError, match=r"there are no such fields or arguments.*totalCount"):
        check_weights(build_schema(text.replace("totalCount: Int", "count: Int")))
    with pytest.raises(LookupError, match=r"there are no such types.*GeoPoint"):
        check_weights(build_schema(text.replace("GeoPoint", "Point")))
