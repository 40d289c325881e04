"""The retailer of the benchmarks: made of numbers, so that every process has the same one."""

from dataclasses import dataclass

LOCATIONS = 10


GROWTH = 10


@dataclass(frozen=True)
class Stock:
    """What is put into a projection: SKUs by their numbers, each at so many locations; orders."""

    skus: range
    locations: int = LOCATIONS
    orders: int = 0

    @property
    def positions(self) -> int:
        """How many positions there are."""
        return len(self.skus) * self.locations


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How much of everything there is."""

    name: str
    skus: int
    hot_skus: int
    stored_orders: int
    wide: Stock
    wide_page: int
    observations: int
    walked_skus: int
    vendor_skus: int
    orders: int
    pushes_per_second: int
    subscribers: tuple[int, int]
    events_per_second: int

    @property
    def stock(self) -> Stock:
        """What most rows ask for."""
        return Stock(range(self.skus), orders=self.stored_orders)

    @property
    def less(self) -> Stock:
        """What that has grown from: every tenth SKU of it, and a tenth of the orders."""
        return Stock(range(0, self.skus, GROWTH), orders=self.stored_orders // GROWTH)


SCALES = {
    each.name: each
    for each in (
        Scale(
            name="full", skus=100_000, hot_skus=1000, stored_orders=20_000,
            wide=Stock(range(1000), 400), wide_page=100,
            observations=1_000_000, walked_skus=10_000, vendor_skus=500, orders=200,
            pushes_per_second=200, subscribers=(500, 5000), events_per_second=2000,
        ),
        Scale(
            name="small", skus=2000, hot_skus=200, stored_orders=500,
            wide=Stock(range(100), 40), wide_page=20,
            observations=20_000, walked_skus=1000, vendor_skus=100, orders=50,
            pushes_per_second=50, subscribers=(50, 200), events_per_second=100,
        ),
    )
}  # fmt: skip


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
