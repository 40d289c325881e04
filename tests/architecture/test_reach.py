"""Whoever reads orders, customers or events does so within a reach: no query forgets it."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECTION = ROOT / "gateway" / "projection"
GUARDED = re.compile(
    r"\b(?:FROM|JOIN)\s+(sales_order|order_line|external_ref|order_copy|invoice|fulfillment"
    r"|fulfillment_line|shipment|shipment_line|customer_record|customer_key|event)\b"
)
READERS = ("orders/read.py", "orders/parts.py", "customers/read.py", "events.py")
# They write what sources say, and answer nothing of it to a caller.
WRITERS = {
    "customers/deciding.py", "customers/linking.py", "customers/write.py", "drift.py", "gone.py",
    "log.py", "orders/confirming.py", "orders/entries.py", "orders/fulfillments.py",
    "orders/joining.py", "orders/known.py", "orders/observations.py", "orders/status.py",
    "orders/write.py", "quarantine.py",
}  # fmt: skip
# The conditions themselves, and what a caller's own claims are: they are what reach is made of.
MAKERS = {"audiences.py", "orders/reach.py"}
# They answer nothing to a caller: the tail's entries are matched in memory, to the same end.
KEEPERS = {"forgetting.py", "tail.py"}
CONDITIONS = {"events_within", "orders_within", "records_within", "_of_orders", "_of_work"}
OF_CLAIMS = {"find_records"}


def _functions(path: Path) -> dict[str, ast.AsyncFunctionDef | ast.FunctionDef]:
    tree = ast.parse(path.read_text("utf-8"))
    return {
        node.name: node
        for node in tree.body
        if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef)
    }


def _called(node: ast.AST) -> set[str]:
    return {
        each.func.id
        for each in ast.walk(node)
        if isinstance(each, ast.Call) and isinstance(each.func, ast.Name)
    }


def _reads(node: ast.AST) -> bool:
    """Answer whether a function sends a query by itself."""
    return any(
        isinstance(each, ast.Attribute) and each.attr in ("fetch", "fetchrow", "fetchval")
        for each in ast.walk(node)
    )


def test_every_reader_of_orders_and_customers_asks_for_the_reach() -> None:
    seen = 0
    for name in READERS:
        functions = _functions(PROJECTION / name)
        for function in functions.values():
            if not _reads(function) or function.name in OF_CLAIMS:
                continue
            seen += 1
            told = {ast.unparse(each.annotation) for each in function.args.args if each.annotation}
            assert told & {"Within", "RecordReach"}, f"{name}: {function.name} takes no reach"
            called = _called(function)
            through = called | {c for each in called & set(functions)
                                for c in _called(functions[each])}  # fmt: skip
            assert through & CONDITIONS, f"{name}: {function.name} adds no condition"
    assert seen >= 14


def test_nobody_else_reads_them() -> None:
    known = WRITERS | MAKERS | KEEPERS | set(READERS)
    for path in sorted(PROJECTION.rglob("*.py")):
        name = path.relative_to(PROJECTION).as_posix()
        if name.startswith(("migrations/", "tables/")) or name in known:
            continue
        assert not GUARDED.search(path.read_text("utf-8")), f"{name} reads what has a reach"
    for path in sorted((ROOT / "gateway").rglob("*.py")):
        if PROJECTION not in path.parents:
            assert not GUARDED.search(path.read_text("utf-8")), f"{path.name} speaks SQL"
