"""Nothing in the graph is read one by one: what needs I/O is asked for once per level."""

import ast
from pathlib import Path

GRAPH = Path(__file__).parents[2] / "gateway" / "graph"


def _awaits_within_loops(path: Path) -> set[str]:
    """Answer the functions that wait for something again and again."""
    functions = [
        node for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.AsyncFunctionDef)
    ]  # fmt: skip
    return {
        f"{path.name}: {function.name}"
        for function in functions
        for node in ast.walk(function)
        for repeated in _repeated(node)
        if any(isinstance(each, ast.Await) for each in ast.walk(repeated))
    }


def _repeated(node: ast.AST) -> list[ast.AST]:
    """Answer what of a loop is done once per turn: not what it takes its turns from."""
    match node:
        case ast.For() | ast.While():
            return list(node.body)
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
            return [node.elt, *_later(node.generators)]
        case ast.DictComp():
            return [node.key, node.value, *_later(node.generators)]
    return []


def _later(generators: list[ast.comprehension]) -> list[ast.AST]:
    first, *others = generators
    return [*first.ifs, *others]


def test_no_field_asks_for_one_object_after_another() -> None:
    found = set().union(*(_awaits_within_loops(path) for path in sorted(GRAPH.glob("*.py"))))
    assert found == set()


def test_a_read_within_a_loop_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "one_by_one.py"
    path.write_text(
        "async def loops(keys):\n    for key in keys:\n        await load(key)\n"
        "async def comprehends(keys):\n    return [await load(key) for key in keys]\n"
        "async def batches(keys):\n    return [each.name for each in await load(keys)]\n"
    )
    assert _awaits_within_loops(path) == {"one_by_one.py: loops", "one_by_one.py: comprehends"}
