"""A stock record in quarantine marks its SKU, listed or not, and draws a number when it does."""

from collections.abc import Sequence

from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: Sequence[str] | None = None
depends_on: Sequence[str] | None = None

# What Postgres refused was named as a position, and not as one that can be asked for again.
NAME_POSITIONS = """
UPDATE quarantine SET ask = jsonb_build_object(
    'item', regexp_replace(ref, '@[^@]*$', ''), 'location', regexp_replace(ref, '^.*@', ''))
WHERE stream = 'stock' AND resolved_at IS NULL AND code = 'UNSTORABLE' AND ref LIKE '%@%'
    AND ask ->> 'ref' = ref
"""
# A position that was marked, and whose record is in quarantine no more as another one of its item
# was read: it was undated, and stays so until its source is asked for it again.
KEEP_MARKED = """
INSERT INTO quarantine (id, source_id, stream, ref, raw, code, path, message, ask, first_seen_at,
    last_seen_at)
SELECT DISTINCT ON (p.source_id, i.external_id, l.external_id) gen_random_uuid(), p.source_id,
    'stock', i.external_id || '@' || l.external_id, ''::bytea, 'MALFORMED_PAYLOAD', '',
    'its record could not be read, and has not been read again since',
    jsonb_build_object('item', i.external_id, 'location', l.external_id),
    clock_timestamp(), clock_timestamp()
FROM position p
JOIN item_ref i ON i.source_id = p.source_id AND i.sku = p.sku
JOIN location_ref l ON l.source_id = p.source_id AND l.location_id = p.location_id
WHERE p.is_quarantined AND NOT EXISTS (
    SELECT FROM quarantine q WHERE q.source_id = p.source_id AND q.stream = 'stock'
        AND q.resolved_at IS NULL
        AND q.ref IN (i.external_id, i.external_id || '@' || l.external_id))
"""
NAME_SKUS = """
UPDATE quarantine q SET sequence = nextval('position_sequence'), sku = coalesce((
    SELECT r.sku FROM item_ref r WHERE r.source_id = q.source_id
        AND r.external_id = coalesce(q.ask ->> 'item', q.ask ->> 'ref')),
    q.ask ->> 'item', q.ask ->> 'ref')
WHERE q.stream = 'stock' AND q.resolved_at IS NULL AND q.ask ?| '{item,ref}'
"""


def upgrade() -> None:
    op.execute(
        """ALTER TABLE quarantine ADD COLUMN sku text COLLATE "C", ADD COLUMN sequence bigint"""
    )
    for statement in (NAME_POSITIONS, KEEP_MARKED, NAME_SKUS):
        op.execute(statement)
    op.execute(
        "CREATE INDEX quarantine_of_sku ON quarantine (sku, resolved_at) WHERE sku IS NOT NULL"
    )
    op.execute(
        "CREATE INDEX quarantine_by_sequence ON quarantine (sequence) WHERE sequence IS NOT NULL"
    )


def downgrade() -> None:
    op.execute(
        """UPDATE position p SET is_quarantined = true, sequence = nextval('position_sequence')
           FROM quarantine q LEFT JOIN location_ref l
             ON l.source_id = q.source_id AND l.external_id = q.ask ->> 'location'
           WHERE q.sku = p.sku AND q.source_id = p.source_id AND q.resolved_at IS NULL
             AND p.observed_at <= q.last_seen_at AND NOT p.is_quarantined
             AND (NOT q.ask ? 'location' OR l.location_id = p.location_id)"""
    )
    op.execute("ALTER TABLE quarantine DROP COLUMN sku, DROP COLUMN sequence")
