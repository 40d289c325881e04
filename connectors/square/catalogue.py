"""A variation's two names: Square's id and the retailer's SKU, asked for once in a while."""

from collections.abc import Iterable, Sequence

from connectors.square import wire
from connectors.square.client import OBJECTS, SKUS, SquareClient
from connectors.square.mapping import Items
from connectors.square.settings import SquareSettings
from gateway.connect.concurrency import concurrently
from gateway.connect.deadline import Deadline
from gateway.connect.errors import MalformedPayload, UpstreamFault
from gateway.model.time import Clock

KNOWN_SECONDS = 600.0
ABSENT_SECONDS = 60.0
_NAMES_KEPT = 200_000
_MOST_PAGES = 10


class Names:
    """What names were told to mean, None where there is no such name, for a while."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._told: dict[str, tuple[str | None, float]] = {}

    def known(self, names: Iterable[str]) -> dict[str, str | None]:
        """Answer those of the names that were told lately."""
        now = self._clock.monotonic()
        found = ((name, self._told.get(name)) for name in names)
        return {name: told[0] for name, told in found if told is not None and told[1] > now}

    def tell(self, name: str, meaning: str | None) -> None:
        """Keep what a name means; when too many are kept, all are asked anew."""
        if len(self._told) >= _NAMES_KEPT:
            self._told.clear()
        kept = KNOWN_SECONDS if meaning is not None else ABSENT_SECONDS
        self._told[name] = (meaning, self._clock.monotonic() + kept)


class Catalogue:
    """The catalogue of one account, as far as names go."""

    def __init__(self, client: SquareClient, settings: SquareSettings, clock: Clock) -> None:
        self._client = client
        self._by_id = settings.item_code == "id"
        self._custom = settings.custom_item
        self._skus = Names(clock)
        self._ids = Names(clock)
        self._shared: set[str] = set()

    async def items(self, object_ids: Iterable[str], deadline: Deadline) -> Items:
        """Answer what these variations are called here."""
        if self._by_id:
            return Items(lambda object_id: object_id, self._custom)
        skus = await self._skus_of(list(dict.fromkeys(object_ids)), deadline)
        return Items(skus.get, self._custom)

    def is_shared(self, item: str) -> bool:
        """Answer whether two variations were seen to have this SKU: neither's count is its own."""
        return item in self._shared

    async def objects_of(self, items: Iterable[str], deadline: Deadline) -> dict[str, str]:
        """Answer the variation of each item that there is; an item may be named by Square's id.

        A push names a variation by Square's id, whatever it is called here.
        """
        asked = list(dict.fromkeys(items))
        if self._by_id:
            return {item: item for item in asked}
        as_ids = self._skus.known(asked)
        ids = await self._ids_of([item for item in asked if not as_ids.get(item)], deadline)
        rest = [item for item in asked if not ids.get(item)]
        objects = await self._skus_of(rest, deadline)
        found = {item: object_id for item, object_id in ids.items() if object_id}
        return {item: item for item, sku in objects.items() if sku} | found

    async def _skus_of(self, ids: Sequence[str], deadline: Deadline) -> dict[str, str | None]:
        known = self._skus.known(ids)
        unknown = [each for each in ids if each not in known]
        lots = [unknown[i : i + OBJECTS] for i in range(0, len(unknown), OBJECTS)]
        told = await concurrently(self._client.objects(lot, deadline) for lot in lots)
        found = {each.id: _sku_of(each) for some in told for each in some.content.objects}
        for object_id in unknown:
            self._skus.tell(object_id, found.get(object_id))
        self._learn(each for some in told for each in some.content.objects)
        return known | {object_id: found.get(object_id) for object_id in unknown}

    async def _ids_of(self, skus: Sequence[str], deadline: Deadline) -> dict[str, str | None]:
        known = self._ids.known(skus)
        unknown = [each for each in skus if each not in known]
        lots = [unknown[i : i + SKUS] for i in range(0, len(unknown), SKUS)]
        told = await concurrently(self._searched(lot, deadline) for lot in lots)
        objects = [each for some in told for each in some]
        if None in map(_sku_of, objects):
            raise MalformedPayload("a variation has none of the SKUs asked for", "sku")
        found = {_sku_of(each): each.id for each in reversed(objects)}
        self._shared -= set(unknown)
        for sku in unknown:
            self._ids.tell(sku, found.get(sku))
        self._learn(objects)
        return known | {sku: found.get(sku) for sku in unknown}

    def _learn(self, objects: Iterable[wire.CatalogObject]) -> None:
        """Keep the id of each SKU that is used now, and the SKUs that two variations share."""
        for each in objects:
            sku = _sku_of(each)
            if sku is None or each.is_deleted:
                continue
            self._skus.tell(each.id, sku)
            known = self._ids.known([sku]).get(sku)
            if known is None:
                self._ids.tell(sku, each.id)
            elif known != each.id:
                self._shared.add(sku)

    async def _searched(self, skus: Sequence[str], deadline: Deadline) -> list[wire.CatalogObject]:
        found: list[wire.CatalogObject] = []
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            told = await self._client.variations(skus, cursor, deadline)
            found += told.content.objects
            cursor = told.content.cursor
            if not cursor:
                return found
        raise UpstreamFault(f"more than {_MOST_PAGES} pages of variations of {len(skus)} SKUs")


def _sku_of(told: wire.CatalogObject) -> str | None:
    data = told.item_variation_data
    return (data.sku or None) if data is not None else None
