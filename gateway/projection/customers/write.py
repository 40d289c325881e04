"""Customers as sources know them. All of it is personal data."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from gateway.model.customer import CustomerRecord
from gateway.model.identity import LinkKey
from gateway.model.ids import uuid7

if TYPE_CHECKING:
    from gateway.projection.database import Connection

_UPSERT = """
INSERT INTO customer_record AS c (id, source_id, ref, name, emails, phones, tax_id, observed_at,
    customer_id, needs_linking)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $1, false)
ON CONFLICT (source_id, ref) DO UPDATE SET name = excluded.name, emails = excluded.emails,
    phones = excluded.phones, tax_id = excluded.tax_id, observed_at = excluded.observed_at,
    is_quarantined = false, gone_at = NULL
"""


class CustomerEntry(msgspec.Struct, frozen=True):
    """What a source says of a customer, and what it may be linked by."""

    record: CustomerRecord
    keys: frozenset[LinkKey] = frozenset()

    @property
    def says_nothing(self) -> bool:
        """Whether it only names the customer: a till's sale tells no more."""
        told = self.record
        return not (told.name or told.emails or told.phones or told.tax_id)


@dataclass(frozen=True, slots=True)
class KnownBuyer:
    """A record as it is known, and the version of its row."""

    id: UUID
    seen: int
    ref: str
    name: str | None
    emails: list[str]
    phones: list[str]
    tax_id: str | None
    observed_at: datetime
    keys: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, row: Sequence[Any]) -> "KnownBuyer":
        """Read a row of these columns."""
        key, seen, ref, name, emails, phones, tax_id, observed_at, keys = row
        return cls(
            key, seen, ref, name, emails, phones, tax_id, observed_at,
            frozenset((reason, value) for reason, value in keys),
        )  # fmt: skip

    def is_told_again(self, entry: CustomerEntry) -> bool:
        """Answer whether a source says of this record what is known of it, later or as late."""
        told = entry.record
        return (
            told.observed_at >= self.observed_at
            and (told.name, told.tax_id) == (self.name, self.tax_id)
            and _emails(told) == self.emails
            and list(told.phones) == self.phones
            and {(each.reason.value, each.value) for each in entry.keys} == self.keys
        )


async def apply_customers(
    connection: "Connection", source_id: str, entries: Sequence[CustomerEntry], now: datetime
) -> dict[str, UUID]:
    """Write what a source says of customers; answer our id of each record by its ref.

    The caller holds the refs' locks. Older never overwrites newer, nor does what says nothing.
    A record whose keys change is marked to be linked anew.
    """
    latest = {
        each.record.ref: each
        for each in sorted(entries, key=lambda e: (not e.says_nothing, e.record.observed_at))
    }
    known = await _load_known(connection, source_id, list(latest))
    ids = {ref: known[ref]["id"] if ref in known else uuid7(now) for ref in latest}
    fresh = {ref: each for ref, each in latest.items() if _is_fresh(each, known.get(ref))}
    await connection.executemany(
        _UPSERT, [_columns(ids[ref], source_id, each.record) for ref, each in fresh.items()]
    )
    await _write_keys(connection, {ids[ref]: each.keys for ref, each in fresh.items()})
    return ids


async def quarantine_customers(
    connection: "Connection", source_id: str, refs: Sequence[str]
) -> None:
    """Mark records whose latest form could not be read."""
    await connection.execute(
        """UPDATE customer_record SET is_quarantined = true
           WHERE source_id = $1 AND ref = ANY($2::text[])""",
        source_id, list(refs),
    )  # fmt: skip


def customer_locks(source_id: str, refs: Iterable[str]) -> list[str]:
    """Answer the names under which writers of these records wait for each other."""
    return [f"customer/{source_id}/{ref}" for ref in set(refs)]


async def _load_known(
    connection: "Connection", source_id: str, refs: Sequence[str]
) -> dict[str, Mapping[str, Any]]:
    rows = await connection.fetch(
        """SELECT id, ref, observed_at FROM customer_record
           WHERE source_id = $1 AND ref = ANY($2::text[])""",
        source_id, list(refs),
    )  # fmt: skip
    return {row["ref"]: dict(row) for row in rows}


def _is_fresh(entry: CustomerEntry, known: Mapping[str, Any] | None) -> bool:
    if known is None:
        return True
    return not entry.says_nothing and bool(entry.record.observed_at >= known["observed_at"])


def _columns(key: UUID, source_id: str, told: CustomerRecord) -> tuple[Any, ...]:
    return (
        key, source_id, told.ref, told.name, _emails(told), list(told.phones), told.tax_id,
        told.observed_at,
    )  # fmt: skip


def _emails(told: CustomerRecord) -> list[str]:
    return [email.strip().casefold() for email in told.emails]


async def _write_keys(connection: "Connection", keys: Mapping[UUID, frozenset[LinkKey]]) -> None:
    rows = await connection.fetch(
        "SELECT record_id, reason, value FROM customer_key WHERE record_id = ANY($1::uuid[])",
        list(keys),
    )
    known: dict[UUID, set[tuple[str, str]]] = {each: set() for each in keys}
    for row in rows:
        known[row["record_id"]].add((row["reason"], row["value"]))
    told = {each: {(k.reason.value, k.value) for k in keys[each]} for each in keys}
    changed = [each for each in keys if told[each] != known[each]]
    await connection.execute("DELETE FROM customer_key WHERE record_id = ANY($1::uuid[])", changed)
    await connection.executemany(
        "INSERT INTO customer_key (record_id, reason, value) VALUES ($1, $2, $3)",
        [(each, reason, value) for each in changed for reason, value in sorted(told[each])],
    )
    await connection.execute(
        "UPDATE customer_record SET needs_linking = true WHERE id = ANY($1::uuid[])", changed
    )
