"""Records of one customer are linked; an ERP's copies of orders and its invoices join them."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    _make_records_of_customers()
    _create_links()
    _create_copies()
    _create_invoices()
    _create_idempotency_keys()
    _create_drift()


def _ref(name: str, *, nullable: bool = False) -> "sa.Column[Any]":
    return sa.Column(name, sa.Text(collation="C"), nullable=nullable)


def _time(name: str, *, nullable: bool = True) -> "sa.Column[Any]":
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _flag(name: str, default: str) -> "sa.Column[Any]":
    return sa.Column(name, sa.Boolean(), server_default=sa.text(default), nullable=False)


def _make_records_of_customers() -> None:
    op.rename_table("customer", "customer_record")
    op.execute("ALTER INDEX customer_pkey RENAME TO customer_record_pkey")
    op.add_column("customer_record", _ref("source_id", nullable=True))
    op.add_column("customer_record", _ref("ref", nullable=True))
    op.add_column("customer_record", sa.Column("customer_id", sa.Uuid(), nullable=True))
    op.execute(
        """UPDATE customer_record c SET source_id = r.source_id, ref = r.external_id,
               customer_id = c.id, emails = lower(c.emails::text)::text[]
           FROM customer_ref r WHERE r.customer_id = c.id"""
    )
    for name in ("source_id", "ref", "customer_id"):
        op.alter_column("customer_record", name, nullable=False)
    op.create_foreign_key(None, "customer_record", "source", ["source_id"], ["id"])
    op.create_unique_constraint("customer_record_ref", "customer_record", ["source_id", "ref"])
    op.add_column("customer_record", _flag("is_quarantined", "false"))
    for table in ("customer_record", "fulfillment"):
        op.add_column(table, _time("gone_at"))
    op.add_column("customer_record", sa.Column("link_reason", sa.Text(), nullable=True))
    op.add_column("customer_record", _time("linked_at"))
    op.add_column("customer_record", sa.Column("linked_by", sa.Text(), nullable=True))
    op.add_column("customer_record", _flag("needs_linking", "true"))
    op.create_index("ix_customer_record_customer_id", "customer_record", ["customer_id"])
    op.create_index(
        "customer_record_to_link", "customer_record", ["id"],
        postgresql_where=sa.text("needs_linking"),
    )  # fmt: skip
    op.create_index(
        "customer_record_by_name", "customer_record", [sa.text("lower(name) text_pattern_ops")]
    )
    op.create_index(
        "customer_record_by_email", "customer_record", ["emails"], postgresql_using="gin"
    )
    op.drop_table("customer_ref")
    op.alter_column("sales_order", "customer_id", new_column_name="buyer_id")
    op.execute("ALTER INDEX sales_order_by_customer RENAME TO sales_order_by_buyer")


def _create_links() -> None:
    op.create_table(
        "customer_key",
        sa.Column("record_id", sa.Uuid(), nullable=False),
        _ref("reason"),
        _ref("value"),
        sa.ForeignKeyConstraint(["record_id"], ["customer_record.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("record_id", "reason", "value"),
    )
    op.create_index("customer_key_by_value", "customer_key", ["value", "reason"])
    op.create_table(
        "customer_decision",
        sa.Column("first_id", sa.Uuid(), nullable=False),
        sa.Column("second_id", sa.Uuid(), nullable=False),
        sa.Column("are_one", sa.Boolean(), nullable=False),
        sa.Column("decided_by", sa.Text(), nullable=False),
        _time("decided_at", nullable=False),
        sa.ForeignKeyConstraint(["first_id"], ["customer_record.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["second_id"], ["customer_record.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("first_id", "second_id"),
    )
    op.create_index("ix_customer_decision_second_id", "customer_decision", ["second_id"])


def _of_an_order() -> "list[sa.Column[Any]]":
    """What an observation of an order by a system beside its channel has."""
    return [
        sa.Column("id", sa.Uuid(), nullable=False),
        _ref("source_id"),
        _ref("ref"),
        _ref("order_ref"),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("native_status", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=True),
        _time("updated_at"),
        _time("observed_at", nullable=False),
        _flag("is_quarantined", "false"),
        _time("gone_at"),
    ]


def _join(table: str) -> None:
    op.create_index(f"ix_{table}_order_id", table, ["order_id"])
    op.create_index(
        f"{table}_waiting", table, ["order_ref"], postgresql_where=sa.text("order_id IS NULL")
    )


def _constraints(table: str) -> list[sa.Constraint]:
    return [
        sa.ForeignKeyConstraint(["source_id"], ["source.id"]),
        sa.ForeignKeyConstraint(["order_id"], ["sales_order.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("source_id", "ref", name=f"{table}_ref"),
    ]


def _create_copies() -> None:
    op.create_table(
        "order_copy",
        *_of_an_order(),
        _ref("number"),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        *_constraints("order_copy"),
    )
    _join("order_copy")


def _create_invoices() -> None:
    op.create_table(
        "invoice",
        *_of_an_order(),
        sa.Column("status", sa.Text(), nullable=False),
        _ref("number", nullable=True),
        _ref("series", nullable=True),
        _ref("key", nullable=True),
        _time("issued_at"),
        sa.Column("total", sa.Numeric(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        *_constraints("invoice"),
    )
    _join("invoice")


def _create_idempotency_keys() -> None:
    op.create_table(
        "idempotency_key",
        _ref("principal"),
        _ref("mutation"),
        _ref("key"),
        sa.Column("request_hash", sa.LargeBinary(), nullable=False),
        _time("used_at", nullable=False),
        sa.PrimaryKeyConstraint("principal", "mutation", "key"),
    )


def _create_drift() -> None:
    op.create_table(
        "drift",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        _ref("ref"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("fields", postgresql.ARRAY(sa.Text()), nullable=False),
        _time("found_at", nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["sync_run.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "ref"),
    )


def downgrade() -> None:
    raise NotImplementedError("links of customers cannot be taken back: restore a backup")
