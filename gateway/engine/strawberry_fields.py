"""What Strawberry puts between a field and its function, so that the function is called directly.

Strawberry wraps every resolver: it makes an `Info`, converts the arguments and passes through the
field's extensions, for each parent anew. Here arguments are converted once per request. What is not
recognised for certain (a field with extensions or exception handlers, a resolver wrapped by
somebody else) is called as it stands.
"""

from collections.abc import Callable
from typing import Any

from graphql import GraphQLField, GraphQLSchema
from strawberry.schema.config import StrawberryConfig
from strawberry.types.cast import TYPE_CAST_ATTRIBUTE
from strawberry.types.field import StrawberryField

from gateway.engine.access import (
    TOLD,
    Access,
    Arguments,
    Attribute,
    Batch,
    Conversion,
    Each,
    themselves,
)
from gateway.engine.strawberry_inputs import conversion_of

CAST = TYPE_CAST_ATTRIBUTE
DEFINITION = "strawberry-definition"
_MODULE = "strawberry.schema.schema_converter"
_MADE = "GraphQLCoreConverter.from_resolver.<locals>."
_BASIC = f"{_MADE}_get_basic_result"
_EVENT = "GraphQLCoreConverter.from_field.<locals>.<lambda>"
_RESOLVERS = (f"{_MADE}_resolver", f"{_MADE}_async_resolver")


class StrawberryReader:
    """Reads the fields of one Strawberry schema."""

    def __init__(self, schema: GraphQLSchema) -> None:
        made = getattr(schema, "_strawberry_schema")  # noqa: B009
        self._config: StrawberryConfig = made.config
        self._scalars: Any = made.schema_converter.scalar_registry

    def __call__(self, field: GraphQLField, resolve: Callable[..., Any]) -> Access | None:
        """Answer how a field is accessed if its resolver is Strawberry's own, else None."""
        definition = field.extensions.get(DEFINITION)
        if not isinstance(definition, StrawberryField) or resolve.__module__ != _MODULE:
            return None
        if resolve.__qualname__ == _BASIC:
            return _attribute(definition)
        if resolve.__qualname__ == _EVENT and definition.is_subscription:
            return Batch(themselves)
        if resolve.__qualname__ not in _RESOLVERS or not _is_bare(definition, resolve):
            return None
        return self._function(definition)

    def _function(self, definition: StrawberryField) -> Access | None:
        batch = definition.metadata.get("batch")
        told = {name: definition.metadata.get(name, default) for name, default in TOLD.items()}
        by = told.pop("by")
        convert = self._converter(definition)
        if batch is not None:
            return Batch(batch, convert, by=by, **told)
        base = definition.base_resolver
        if base is None:
            return None
        call = _caller(definition, self._config.info_class)
        takes_info = base.info_parameter is not None
        return Each(call, convert, takes_info, **told)

    def _converter(self, definition: StrawberryField) -> Conversion | None:
        if not definition.arguments:
            return None
        return conversion_of(definition.arguments, self._scalars, self._config)


def _attribute(definition: StrawberryField) -> Access | None:
    if definition.default_resolver is not getattr:
        return None
    in_columns = definition.metadata.get("in_columns", False)
    return Attribute(definition.python_name, is_mapped=False, in_columns=in_columns)


def _is_bare(definition: StrawberryField, resolve: Callable[..., Any]) -> bool:
    """Whether nothing stands between the field and its function."""
    code = resolve.__code__
    cells = dict(zip(code.co_freevars, resolve.__closure__ or (), strict=True))
    handlers = cells.get("field_exception_handlers")
    return not definition.extensions and handlers is not None and handlers.cell_contents == ()


def _caller(definition: StrawberryField, info_class: Any) -> Callable[[Any, Any, Arguments], Any]:
    """Answer a function that calls a resolver with what it asks for, by the names it gives them."""
    base = definition.base_resolver
    assert base is not None
    function = base.wrapped_func
    given = ["parent"] if base.self_parameter else []
    named = {each.name for each in (base.parent_parameter, base.root_parameter) if each}
    given += [f"{name}=parent" for name in sorted(named)]
    if base.info_parameter:
        given.append(f"{base.info_parameter.name}=info_class(_raw_info=info, _field=field)")
    source = f"lambda parent, info, arguments: function({', '.join([*given, '**arguments'])})"
    names = {"function": function, "info_class": info_class, "field": definition}
    made: Callable[[Any, Any, Arguments], Any] = eval(source, names)
    return made
