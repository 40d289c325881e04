"""The systems that the retailer sells and ships with, and how they are joined."""

from typing import Annotated, Any, Literal

from pydantic import Field, Secret, StringConstraints

from gateway.settings.shape import Code, ExistingFile, Section, SourceId, Text

RoleName = Literal["ERP", "WMS", "MARKETPLACE", "POS", "ECOMMERCE", "CARRIER"]
StreamName = Literal["locations", "stock", "orders", "fulfillments", "customers", "invoices"]


class LimitSettings(Section):
    """[sources.<id>.limits]: what is not given is the connector's own."""

    requests_per_second: float | None = Field(
        default=None, gt=0, description="Requests a second to this source."
    )
    burst: int | None = Field(default=None, ge=1, description="Requests that may go at once.")
    concurrency: int | None = Field(default=None, ge=1, description="Requests open at a time.")


class SourceSettings(Section):
    """[sources.<id>]: one account at one vendor."""

    connector: Text = Field(description="Name of an installed connector.")
    title: Text | None = Field(
        default=None, description="Name for people; default the connector's."
    )
    roles: tuple[RoleName, ...] | None = Field(
        default=None, min_length=1, description="What the source is; default as the connector says."
    )
    streams: tuple[StreamName, ...] | None = Field(
        default=None, description="What is read from it; default all that the connector can."
    )
    poll_seconds: float = Field(default=15, gt=0, description="Time between two reads of changes.")
    walk_seconds: float = Field(
        default=3600,
        gt=0,
        description="Time between two complete walks of a stream without changes.",
    )
    reconcile_seconds: float | None = Field(
        default=604_800,
        gt=0,
        description="Time between two complete comparisons with the source, which mend and report "
        "what had drifted; null for never.",
    )
    backfill: bool = Field(default=True, description="Read everything once at the start.")
    items: Literal["match", "create"] = Field(
        default="match", description="Whether its catalogue creates SKUs or only matches them."
    )
    item_map_file: ExistingFile | None = Field(
        default=None, description="CSV of external_id,sku,units_per."
    )
    verified_emails: bool = Field(
        default=False,
        description="Whether an e-mail there is proven to be its customer's: such link records.",
    )
    phone_region: Annotated[str, StringConstraints(pattern="^[A-Z]{2}$")] | None = Field(
        default=None,
        description="Country whose phone numbers are written there without a code, e.g. BR.",
    )
    timeout_seconds: float = Field(default=30, gt=0, description="Time one request may take.")
    limits: LimitSettings = LimitSettings()
    options: Secret[dict[str, Any]] = Field(
        default=Secret[dict[str, Any]]({}),
        description="The connector's own settings: endpoint, credentials (by reference), options.",
    )


class ChannelAvailabilitySettings(Section):
    """[channels.<code>.availability]: the channel is told what it may sell."""

    enabled: bool = Field(default=True, description="Whether the channel is told.")
    location: Text = Field(
        description="The channel's own location that is told, as its source calls it; Trama alone "
        "is to write its quantities."
    )
    group: Code | None = Field(
        default=None, description="Location group whose stock the channel sells; default the first."
    )
    threshold_units: int = Field(
        default=0, ge=0, description="Units of a SKU, beyond the group's, that are never offered."
    )
    debounce_seconds: float = Field(
        default=5,
        ge=0,
        description="Changes of a SKU within this time are told as one, the latest.",
    )
    zero_after_unknown_seconds: float | None = Field(
        default=None,
        gt=0,
        description="What has been unknown for so long is told as 0; null leaves what was told.",
    )
    compare_seconds: float | None = Field(
        default=86_400,
        gt=0,
        description="Time between two comparisons of all SKUs with what the channel was told.",
    )


class ChannelSettings(Section):
    """[channels.<code>]: where customers buy."""

    name: Text = Field(description="Name for people.")
    source: SourceId = Field(description="The source that has this channel's orders.")
    availability: ChannelAvailabilitySettings | None = None


class LocationGroupSettings(Section):
    """[location_groups.<code>]: locations that promise together."""

    name: Text = Field(description="Name for people.")
    threshold: int = Field(
        default=0, ge=0, description="Units of a SKU that the group never sells."
    )
    locations: tuple[Text, ...] = Field(
        min_length=1, description='Location codes, or ["*"] for all.'
    )


class LocationsSettings(Section):
    """[locations]"""

    coordinates_file: ExistingFile | None = Field(
        default=None, description="CSV of code,latitude,longitude."
    )
    low_stock_at_most: int = Field(
        default=5, ge=0, description="Units from which stock counts as low."
    )


Channels = dict[Code, ChannelSettings]
LocationGroups = dict[Code, LocationGroupSettings]
Sources = dict[SourceId, SourceSettings]
