"""Whatever a connector may say of itself, the schema has a word for."""

from enum import EnumMeta

import pytest

from gateway.connect import manifest
from gateway.federation import breaker, freshness
from gateway.graph.customers import LinkReason
from gateway.graph.freshness import OnStale, ServedFrom
from gateway.graph.health import HealthState
from gateway.graph.invoices import InvoiceStatus
from gateway.graph.sources import Capability
from gateway.graph.sync_runs import DriftKind
from gateway.model import identity, invoice
from gateway.projection import drift


@pytest.mark.parametrize(
    ("inside", "shown"),
    [
        (manifest.Capability, Capability),
        (breaker.HealthState, HealthState),
        (freshness.OnStale, OnStale),
        (freshness.ServedFrom, ServedFrom),
        (identity.LinkReason, LinkReason),
        (invoice.InvoiceStatus, InvoiceStatus),
        (drift.DriftKind, DriftKind),
    ],
)
def test_every_word_inside_is_a_word_of_the_schema(inside: EnumMeta, shown: EnumMeta) -> None:
    assert list(shown.__members__) == list(inside.__members__)
