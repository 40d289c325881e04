"""What resolvers are told: graphql-core's `GraphQLResolveInfo`, its path found only when read."""

from typing import TYPE_CHECKING, Any

from graphql import GraphQLResolveInfo
from graphql.pyutils import Path, is_awaitable

from gateway.engine.plain import Unusual
from gateway.engine.tree import Field

if TYPE_CHECKING:
    from gateway.engine.run import Run


def _path(info: Any) -> Path:
    if info.known_path is not None:
        found: Path = info.known_path
        return found
    if info.out is None:
        raise Unusual
    path: Path = info.run.path_of(info.field, info.out)
    return path


def _root_value(info: Any) -> Any:
    return info.run.root_value_for(info)


# A tuple like the one it is made of, but for the path; `operation_extensions` is Strawberry's.
FieldInfo: Any = type(
    "FieldInfo",
    (GraphQLResolveInfo,),
    {
        "path": property(_path),
        "root_value": property(_root_value),
        "known_path": None,
        "out": None,
        "index": None,
        "operation_extensions": None,
        "__doc__": "Information about the field that is being resolved.",
    },
)


def shared_info(run: "Run", field: Field) -> Any:
    """Answer what is the same for all parents of a field; without a path."""
    values = run.coerced if run.is_strawberry else run.variables
    info = FieldInfo(
        field.name,
        field.nodes,
        field.kind,
        field.parent,
        None,
        run.schema,
        run.plan.setting.operation.fragments,
        None,
        run.plan.setting.operation.node,
        values,
        run.context,
        is_awaitable,
        None,
        run.helpers,
    )
    info.run, info.field = run, field
    return info


def info_for(
    shared: Any, *, out: Any = None, path: Path | None = None, index: int | None = None
) -> Any:
    """Answer the information for one parent: by its object in the response, or by its path.

    With a path goes the number of the response that it is in.
    """
    info = tuple.__new__(FieldInfo, shared)
    info.run, info.field = shared.run, shared.field
    if path is not None:
        info.known_path, info.index = path, index
    else:
        info.out = out
    return info
