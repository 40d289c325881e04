"""Who does not see everything reads in a role of its own, under row-level security."""

from collections.abc import Sequence

from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

READER = "trama_reader"

# The role belongs to the whole cluster: another database may have made it, or make it just now.
ROLE = (
    f"""
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{READER}') THEN
        CREATE ROLE {READER} NOLOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$
""",
    f"""
DO $$ BEGIN
    IF NOT pg_has_role(current_user, '{READER}', 'MEMBER') THEN
        EXECUTE format('GRANT {READER} TO %I', current_user);
    END IF;
END $$
""",
)
FUNCTIONS = (
    """
CREATE FUNCTION trama_reach(name text) RETURNS text[] LANGUAGE sql STABLE
    RETURN coalesce(nullif(current_setting('trama.' || name, true), ''), '{}')::text[]
""",
    """
CREATE FUNCTION trama_works_for(wanted uuid) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path FROM CURRENT
    RETURN EXISTS (SELECT FROM fulfillment w WHERE w.order_id = wanted
        AND w.gone_at IS NULL AND w.location_id = ANY(trama_reach('locations')::uuid[]))
""",
)
SEES_ORDER = "EXISTS (SELECT FROM sales_order o WHERE o.id = order_id)"
POLICIES = {
    "sales_order": """channel = ANY(trama_reach('channels'))
        OR buyer_id = ANY(trama_reach('customers')::uuid[])
        OR (trama_reach('locations') <> '{}' AND trama_works_for(id))""",
    "order_line": SEES_ORDER,
    "external_ref": SEES_ORDER,
    "order_copy": SEES_ORDER,
    "invoice": SEES_ORDER,
    "fulfillment": SEES_ORDER,
    "fulfillment_line": "EXISTS (SELECT FROM fulfillment f WHERE f.id = fulfillment_id)",
    "shipment": "EXISTS (SELECT FROM fulfillment f WHERE f.id = fulfillment_id)",
    "shipment_line": "EXISTS (SELECT FROM shipment s WHERE s.id = shipment_id)",
    "customer_record": """id = ANY(trama_reach('customers')::uuid[])
        OR EXISTS (SELECT FROM sales_order o WHERE o.buyer_id = customer_record.id)""",
    "customer_key": "EXISTS (SELECT FROM customer_record c WHERE c.id = record_id)",
    "event": """audience ->> 'channel' = ANY(trama_reach('channels'))
        OR EXISTS (SELECT FROM sales_order o WHERE o.id = aggregate_id)""",
}
WITHOUT_PERSONS = ("source_stream",)


def upgrade() -> None:
    for statement in (*ROLE, *FUNCTIONS):
        op.execute(statement)
    for table, condition in POLICIES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"""CREATE POLICY gateway ON {table}
                USING (current_user <> '{READER}') WITH CHECK (current_user <> '{READER}')"""
        )
        op.execute(f"CREATE POLICY reach ON {table} FOR SELECT TO {READER} USING ({condition})")
    op.execute(f"GRANT SELECT ON {', '.join((*POLICIES, *WITHOUT_PERSONS))} TO {READER}")


def downgrade() -> None:
    for table in POLICIES:
        op.execute(f"DROP POLICY reach ON {table}")
        op.execute(f"DROP POLICY gateway ON {table}")
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        op.execute(f"REVOKE ALL ON {table} FROM {READER}")
    op.execute("DROP FUNCTION trama_works_for(uuid), trama_reach(text)")
