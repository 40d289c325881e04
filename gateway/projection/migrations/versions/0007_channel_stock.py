"""What channels were told of their stock."""

from collections.abc import Sequence

from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.execute(
        """CREATE TABLE channel_stock (
               source_id text COLLATE "C" NOT NULL REFERENCES source (id),
               location text COLLATE "C" NOT NULL,
               item text COLLATE "C" NOT NULL,
               sku text COLLATE "C" NOT NULL REFERENCES item (sku),
               units_per integer NOT NULL DEFAULT 1,
               quantity integer,
               as_of timestamptz,
               told_at timestamptz,
               is_unconfirmed boolean NOT NULL DEFAULT false,
               waiting_since timestamptz,
               due_at timestamptz,
               attempts integer NOT NULL DEFAULT 0,
               failure text,
               failed_at timestamptz,
               unknown_since timestamptz,
               PRIMARY KEY (source_id, location, item))"""
    )
    op.execute("CREATE INDEX channel_stock_due ON channel_stock (source_id, location, due_at)")
    op.execute("CREATE INDEX channel_stock_of_sku ON channel_stock (sku)")


def downgrade() -> None:
    op.execute("DROP TABLE channel_stock")
