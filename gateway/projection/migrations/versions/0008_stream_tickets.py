"""Tickets of event streams that cannot send a credential."""

from collections.abc import Sequence

from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None


def upgrade() -> None:
    op.execute(
        """CREATE TABLE stream_ticket (
               digest bytea PRIMARY KEY,
               content bytea NOT NULL,
               valid_until timestamptz NOT NULL,
               resumable_until timestamptz NOT NULL,
               used_at timestamptz
           )"""
    )
    op.execute("CREATE INDEX stream_ticket_valid_until ON stream_ticket (valid_until)")


def downgrade() -> None:
    op.execute("DROP TABLE stream_ticket")
