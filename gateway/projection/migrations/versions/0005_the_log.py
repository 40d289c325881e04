"""The log has a key for its cursors, and knows how far it has forgotten."""

from collections.abc import Sequence

from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

# Both halves are of Postgres's strong random numbers.
KEY = "sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))"


def upgrade() -> None:
    op.execute(f"ALTER TABLE log ADD COLUMN key bytea NOT NULL DEFAULT {KEY}")
    op.execute("ALTER TABLE log ALTER COLUMN key DROP DEFAULT")
    op.execute("ALTER TABLE log ADD COLUMN forgotten_to bigint NOT NULL DEFAULT 0")


def downgrade() -> None:
    op.execute("ALTER TABLE log DROP COLUMN forgotten_to, DROP COLUMN key")
