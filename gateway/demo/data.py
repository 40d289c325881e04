"""The demo's data in its folder: made once, and the same at every start."""

import csv
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from gateway.bootstrap import StartFailed
from gateway.connect.testing.dataset import DataOrder, Dataset, write_dataset
from gateway.demo.catalogue import HERO_SKUS
from gateway.demo.olist import read_olist
from gateway.demo.sample import (
    HERO_ORDER_REF,
    HERO_SALE_REF,
    MISTYPED_REF,
    generate_sample,
    mistyped,
)
from gateway.demo.systems import LEDGER, MARKETPLACE, SYSTEMS, share_out

Say = Callable[[str], None]
SAMPLE = "sample"


@dataclass(frozen=True, slots=True)
class Shown:
    """Records worth asking for; orders and sales by their channel's id.

    `disputed` is the order on which systems disagree, `customer` the marketplace's id of a person
    and `email` that person's address.
    """

    skus: list[str]
    order: str
    sale: str
    disputed: str
    customer: str
    email: str


@dataclass(frozen=True, slots=True)
class DemoData:
    """What the folder holds; a whole ledger keeps stock, and has orders as it was told them."""

    origin: str
    made_at: str
    orders: int
    locations: int
    skus: int
    notes: list[str]
    shown: Shown
    is_ledger_whole: bool


@dataclass(frozen=True, slots=True)
class DataFiles:
    """Where the data is."""

    folder: Path

    @property
    def seeds(self) -> dict[str, Path]:
        """What each sandbox is seeded with, by its connector."""
        return {system: self.folder / f"{system}.jsonl" for system in SYSTEMS}

    @property
    def coordinates(self) -> Path:
        """Where locations are, which not every source of the demo tells."""
        return self.folder / "coordinates.csv"

    @property
    def about(self) -> Path:
        """What the folder holds."""
        return self.folder / "data.json"


def ensure_data(files: DataFiles, source: Path | None, now: datetime, say: Say) -> DemoData:
    """Answer the folder's data, made if it is not there; raises StartFailed for another's."""
    origin = SAMPLE if source is None else str(source.resolve())
    if files.about.is_file():
        return _known(files, origin)
    say("Generating the sample..." if source is None else f"Reading {source}...")
    shares, data = _sample(now) if source is None else _olist(source, now, say)
    for system, share in shares.items():
        write_dataset(share.records(), files.seeds[system])
    _write_coordinates(shares[MARKETPLACE], files.coordinates)
    files.about.write_bytes(msgspec.json.format(msgspec.json.encode(data), indent=1))
    return data


def _known(files: DataFiles, origin: str) -> DemoData:
    try:
        known = msgspec.json.decode(files.about.read_bytes(), type=DemoData)
    except msgspec.DecodeError:
        raise StartFailed(
            [f"{files.folder} was made by another version: remove it, or choose another DATA_DIR"]
        ) from None
    if known.origin != origin:
        raise StartFailed(
            [f"{files.folder} holds other data ({known.origin}): choose another DATA_DIR"]
        )
    return known


def _sample(now: datetime) -> tuple[dict[str, Dataset], DemoData]:
    dataset = generate_sample(now)
    shares = share_out(dataset)
    shares[LEDGER].orders = mistyped(shares[LEDGER].orders)
    hero = next(order.customer for order in dataset.orders if order.ref == HERO_ORDER_REF)
    shown = Shown(
        list(HERO_SKUS), HERO_ORDER_REF, HERO_SALE_REF, MISTYPED_REF, hero.ref, hero.email
    )
    notes = ["A sample that Trama generates; no record of it is real."]
    return shares, _about(dataset, SAMPLE, now, notes, shown)


def _olist(source: Path, now: datetime, say: Say) -> tuple[dict[str, Dataset], DemoData]:
    load = read_olist(source, now, say)
    dataset = load.dataset
    notes = [
        f"Real orders; every time is moved by {load.weeks} whole weeks.",
        "No real set has stock, invoices or names of customers: these are simulated.",
        f"{load.beyond_window} orders are older than the marketplace lists, and come by its feed.",
    ]
    return share_out(dataset), _about(
        dataset, str(source.resolve()), now, notes, _worth_showing(dataset.orders)
    )


def _about(
    dataset: Dataset, origin: str, now: datetime, notes: list[str], shown: Shown
) -> DemoData:
    return DemoData(
        origin=origin,
        made_at=now.isoformat(),
        orders=len(dataset.orders),
        locations=len(dataset.locations),
        skus=len(dataset.items),
        notes=notes,
        shown=shown,
        is_ledger_whole=origin == SAMPLE,
    )


def _worth_showing(orders: Sequence[DataOrder]) -> Shown:
    """Answer an order of two sellers, and a person who bought both at a till and online."""
    order = next(filter(_is_split, orders))
    online = {each.customer.ref: each for each in orders if each.sold_at is None}
    sales = [each for each in orders if each.sold_at is not None]
    sale = next((each for each in sales if each.customer.ref in online), sales[0])
    who = sale.customer if sale.customer.ref in online else order.customer
    skus = list(dict.fromkeys(line.sku for line in order.lines))
    return Shown(skus, order.ref, sale.ref, order.ref, who.ref, who.email)


def _is_split(order: DataOrder) -> bool:
    sellers = {line.location for line in order.lines}
    return order.word in ("shipped", "delivered") and len(sellers) > 1


def _write_coordinates(dataset: Dataset, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["code", "latitude", "longitude"])
        for place in dataset.locations:
            if place.latitude is not None and place.longitude is not None:
                writer.writerow([place.code, place.latitude, place.longitude])
