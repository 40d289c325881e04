"""Writes how scalars and enums are completed: as they are where a test says so, else by a call."""

from graphql import GraphQLOutputType, get_nullable_type, is_leaf_type, is_non_null_type

from gateway.engine.leaves import Leaf
from gateway.engine.types_of_values import Types
from gateway.engine.writing import Writer


def write_leaf(
    writer: Writer, types: Types, kind: GraphQLOutputType, given: str, done: str
) -> None:
    """Write how a value is completed, from one variable to another or in the same."""
    leaf = _leaf(types, kind)
    if done != given:
        writer.line(f"{done} = {given}")
    call = f"{done} = {writer.constant('write', leaf.write)}({done})"
    test = [] if leaf.test is None else [f"not ({leaf.test.format(done)})"]
    null = [] if is_non_null_type(kind) else [f"{done} is not None"]
    if not test and not null:
        writer.line(call)
        return
    with writer.block(f"if {' and '.join([*test, *null])}:"):
        writer.line(call)


def leaf_item(writer: Writer, types: Types, kind: GraphQLOutputType, item: str) -> str:
    """Answer how an item of a list is completed, as an expression."""
    leaf = _leaf(types, kind)
    written = f"{writer.constant('write', leaf.write)}({item})"
    kept = [] if leaf.test is None else [leaf.test.format(item)]
    kept += [] if is_non_null_type(kind) else [f"{item} is None"]
    return f"{item} if {' or '.join(kept)} else {written}" if kept else written


def _leaf(types: Types, kind: GraphQLOutputType) -> Leaf:
    inner = get_nullable_type(kind)
    assert is_leaf_type(inner)
    return types.leaf(inner)
