"""The retailer of the benchmarks: made of numbers, so that every process has the same one."""

from dataclasses import dataclass

LOCATIONS = 10


@dataclass(frozen=True)
class Scale:
    """How much of everything there is."""

    name: str
    skus: int
    hot_skus: int
    observations: int
    walked_skus: int
    vendor_skus: int
    orders: int
    pushes_per_second: int
    subscribers: tuple[int, int]
    events_per_second: int

    @property
    def positions(self) -> int:
        """How many positions are in the projection."""
        return self.skus * LOCATIONS


SCALES = {
    each.name: each
    for each in (
        Scale("full", 100_000, 1000, 1_000_000, 10_000, 500, 200, 200, (500, 5000), 2000),
        Scale("small", 2000, 200, 20_000, 1000, 100, 50, 50, (50, 200), 100),
    )
}


def sku_of(number: int) -> str:
    """Answer the SKU of a number."""
    return f"SKU-{number:06d}"


def location_of(number: int) -> str:
    """Answer the code of a location, which is also what every source calls it."""
    return f"location-{number}"


def on_hand_of(sku: int, location: int) -> int:
    """Answer the units of a SKU at a location: 0 to 49, the same for every process."""
    return (sku * 7 + location * 13) % 50


def order_of(number: int) -> str:
    """Answer a channel's order id."""
    return f"order-{number:05d}"
