"""The catalogue: a variation for every SKU."""

from collections.abc import Iterable

from connectors.square.sandbox.forms import Record, made_id
from connectors.square.sandbox.records import variation_record
from gateway.connect.testing.dataset import DataItem


class Catalogue:
    """A variation for every SKU, its id the same for the same SKU."""

    def __init__(self) -> None:
        self._items: dict[str, DataItem] = {}
        self._skus: dict[str, str] = {}

    def name(self, item: DataItem) -> None:
        """Add or change what an item is called and costs."""
        self._items[item.sku] = item
        self.add([item.sku])

    def add(self, skus: Iterable[str]) -> None:
        """Make the variation of each SKU."""
        self._skus |= {self.id_of(sku): sku for sku in skus}

    def id_of(self, sku: str) -> str:
        """Answer Square's id of a SKU."""
        return made_id("variation", sku)

    def has(self, object_id: str) -> bool:
        """Answer whether there is such a variation."""
        return object_id in self._skus

    def title_of(self, sku: str) -> str:
        """Answer what a SKU is called."""
        item = self._items.get(sku)
        return item.title if item else sku

    def records(self, ids: Iterable[str]) -> list[Record]:
        """Answer the variations that there are."""
        return [
            variation_record(each, sku, self._items.get(sku))
            for each in ids
            if (sku := self._skus.get(each)) is not None
        ]

    def find(self, skus: Iterable[str]) -> list[Record]:
        """Answer the variations of these SKUs, without regard to case."""
        wanted = {sku.casefold() for sku in skus}
        ids = (each for each, sku in self._skus.items() if sku.casefold() in wanted)
        return self.records(ids)
