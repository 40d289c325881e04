"""A connector's manifest: what it can do and what its vendor allows, as data."""

import tomllib
from enum import StrEnum
from importlib.resources import files
from typing import Literal

import msgspec


class Role(StrEnum):
    """What a source is to the retailer."""

    ERP = "ERP"
    WMS = "WMS"
    MARKETPLACE = "MARKETPLACE"
    POS = "POS"
    ECOMMERCE = "ECOMMERCE"
    CARRIER = "CARRIER"


class Capability(StrEnum):
    """The protocols of `connect.protocols`, by name."""

    LOCATION_SOURCE = "LocationSource"
    STOCK_SOURCE = "StockSource"
    ORDER_SOURCE = "OrderSource"
    FULFILLMENT_SOURCE = "FulfillmentSource"
    CUSTOMER_SOURCE = "CustomerSource"
    INVOICE_SOURCE = "InvoiceSource"
    ACKNOWLEDGED_STREAM = "AcknowledgedStream"
    WEBHOOK_SOURCE = "WebhookSource"
    STOCK_SINK = "StockSink"


class Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the manifest: a key that is not known is a fault."""


class Stream(Strict, frozen=True):
    """One kind of record that is read.

    `change_filter`: `cursor` (a delta by cursor), `queue` (a delta that is acknowledged), `none`
    (only complete walks). `fields_covered`: the model's fields whose changes the delta shows; only
    these are dated by its watermark. `lag_seconds` and `skew_seconds` are what the vendor may be
    late and what its clock may be off. `walk_seconds_per_thousand`: a full walk at the limits.
    """

    change_filter: Literal["cursor", "queue", "none"]
    fields_covered: tuple[str, ...]
    lag_seconds: float
    skew_seconds: float
    version: Literal["monotonic", "none"]
    walk_seconds_per_thousand: float
    deletes: Literal["event", "walk", "none"]
    page_size: int
    batch_size: int


class Sink(Strict, frozen=True):
    """One kind of fact that the vendor is told, at most `batch_size` of them in one request.

    `repeat` is why telling one again has no second effect: `absolute` (the same again leaves no
    trace), `key` (the vendor knows it by a key that follows from what is told), `find` (the
    connector looks first, at `find_batch_size` in one request, and tells only what differs).
    """

    batch_size: int
    repeat: Literal["absolute", "key", "find"]
    find_batch_size: int | None = None


class Limits(Strict, frozen=True):
    """What the vendor allows one account."""

    requests_per_second: float
    burst: int
    concurrency: int
    max_body_bytes: int = 16 * 1024 * 1024


class Delivery(Strict, frozen=True):
    """How changes arrive, and what proves that a push is the vendor's."""

    mode: Literal["webhook", "poll", "both"]
    signature: Literal["signed-with-time", "signed", "shared-secret", "unsigned", "none"]
    acknowledge_within_seconds: float | None = None


class Tokens(Strict, frozen=True):
    """Access tokens that the vendor renews for a refresh token, and how long each lives.

    A `single-use` refresh token is spent by its use: the next one comes with the answer.
    """

    refresh: Literal["single-use", "reusable"]
    access_seconds: float
    refresh_seconds: float | None = None


class Verified(Strict, frozen=True):
    """What the connector was last proven against."""

    against: Literal["simulated", "recorded", "real-server", "live"]
    on: str


class Manifest(Strict, frozen=True):
    """All of it; `settle_lag_seconds` is how late a stock effect shows in reads.

    `tokens` where the credentials are renewed: only then K26 applies. `sinks` are named `stock`.
    """

    id: str
    title: str
    roles: tuple[Role, ...]
    capabilities: tuple[Capability, ...]
    streams: dict[str, Stream]
    delivery: Delivery
    limits: Limits
    stock_effect: Literal["committed_on_accept", "on_hand_on_ship", "on_hand_on_import", "none"]
    settle_lag_seconds: float
    docs: tuple[str, ...]
    verified: Verified
    tokens: Tokens | None = None
    sinks: dict[str, Sink] = {}


class ManifestInvalid(ValueError):
    """The manifest cannot be used; the message says where and why."""


def parse_manifest(text: str) -> Manifest:
    """Read a manifest's TOML; raises ManifestInvalid."""
    try:
        return msgspec.convert(tomllib.loads(text), Manifest)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ManifestInvalid(str(error)) from error


def manifest_of(package: str) -> Manifest:
    """Read `manifest.toml` of a connector's package; raises ManifestInvalid."""
    return parse_manifest(files(package).joinpath("manifest.toml").read_text("utf-8"))
