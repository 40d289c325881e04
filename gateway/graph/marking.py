"""`@cost` and `@listSize`, as the schema's text has them.

The GraphQL Cost Directives: https://ibm.github.io/graphql-specs/cost-spec.html (read 2026-11-25).
"""

from json import dumps

from graphql import (
    GraphQLArgument,
    GraphQLInputField,
    GraphQLObjectType,
    get_named_type,
    is_input_object_type,
)

from gateway.graph.weights import (
    FREE,
    ListSize,
    argument_weight,
    field_weight,
    list_size,
    type_weight,
)

COST_DIRECTIVES = '''
"""What an object, or giving an argument, adds to a price; by itself an object 1, all else 0."""
directive @cost(weight: String!) on
  ARGUMENT_DEFINITION | ENUM | FIELD_DEFINITION | INPUT_FIELD_DEFINITION | OBJECT | SCALAR
"""How long a list is at most: as its arguments say, a list by its length, or as is assumed."""
directive @listSize(
  assumedSize: Int, slicingArguments: [String!], sizedFields: [String!]
  requireOneSlicingArgument: Boolean = true
) on FIELD_DEFINITION
'''


def marks_of_type(kind: GraphQLObjectType) -> list[str]:
    """Answer a type's directives."""
    return _cost(type_weight(kind))


def marks_of_field(kind: GraphQLObjectType, name: str) -> list[str]:
    """Answer a field's directives."""
    told = list_size(kind, name)
    return [*_cost(field_weight(kind, name)), *([_size(told)] if told else [])]


def marks_of_argument(kind: GraphQLObjectType, name: str, argument: str) -> list[str]:
    """Answer an argument's directives: by itself an input object would weigh 1."""
    weight = argument_weight(kind, name, argument)
    return _input_cost(kind.fields[name].args[argument], weight)


def marks_of_input(field: GraphQLInputField) -> list[str]:
    """Answer the directives of a field within an argument."""
    return _input_cost(field, FREE)


def _input_cost(told: GraphQLArgument | GraphQLInputField, weight: str) -> list[str]:
    is_object = is_input_object_type(get_named_type(told.type))
    return _cost(weight) if is_object or weight != FREE else []


def _cost(weight: str | None) -> list[str]:
    return [] if weight is None else [f'@cost(weight: "{weight}")']


def _size(told: ListSize) -> str:
    words = [f"assumedSize: {told.assumed}"] if told.assumed is not None else []
    for name, named in (("slicingArguments", told.slicing), ("sizedFields", told.sized)):
        if named:
            words.append(f"{name}: {dumps(named)}")
    if told.slicing:
        words.append("requireOneSlicingArgument: false")
    return f"@listSize({', '.join(words)})"
