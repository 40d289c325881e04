"""The log has a key for its cursors, knows how far it has forgotten, and says who lost an order."""

from collections.abc import Sequence

from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

READER = "trama_reader"
# Both halves are of Postgres's strong random numbers.
KEY = "sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()))"
# Whom the orders of today are for, as an event that was appended just now would say.
AUDIENCES = """
UPDATE sales_order o SET audience = jsonb_strip_nulls(jsonb_build_object(
    'channel', o.channel, 'buyer', o.buyer_id, 'locations', (
        SELECT jsonb_agg(DISTINCT f.location_id ORDER BY f.location_id) FROM fulfillment f
        WHERE f.order_id = o.id AND f.gone_at IS NULL)))
"""
HEARS = """
CREATE FUNCTION trama_hears(audience jsonb) RETURNS boolean LANGUAGE sql STABLE
    RETURN coalesce(audience ->> 'channel' = ANY(trama_reach('channels')), false)
        OR coalesce(audience -> 'locations' ?| trama_reach('locations'), false)
        OR coalesce(audience ->> 'buyer' = ANY(trama_reach('customers')), false)
"""
REACH = "trama_hears(audience) OR trama_hears(audience -> 'before')"
FORMER_REACH = """audience ->> 'channel' = ANY(trama_reach('channels'))
    OR EXISTS (SELECT FROM sales_order o WHERE o.id = aggregate_id)"""


def upgrade() -> None:
    op.execute(f"ALTER TABLE log ADD COLUMN key bytea NOT NULL DEFAULT {KEY}")
    op.execute("ALTER TABLE log ALTER COLUMN key DROP DEFAULT")
    op.execute("ALTER TABLE log ADD COLUMN forgotten_to bigint NOT NULL DEFAULT 0")
    op.execute("ALTER TABLE sales_order ADD COLUMN audience jsonb NOT NULL DEFAULT '{}'::jsonb")
    op.execute(AUDIENCES)
    op.execute(HEARS)
    _guard(REACH)


def downgrade() -> None:
    _guard(FORMER_REACH)
    op.execute("DROP FUNCTION trama_hears(jsonb)")
    op.execute("ALTER TABLE sales_order DROP COLUMN audience")
    op.execute("ALTER TABLE log DROP COLUMN forgotten_to, DROP COLUMN key")


def _guard(condition: str) -> None:
    """Let who does not see everything read the entries of which this holds."""
    op.execute("DROP POLICY reach ON event")
    op.execute(f"CREATE POLICY reach ON event FOR SELECT TO {READER} USING ({condition})")
