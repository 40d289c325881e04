"""The demo's data in its folder: made once, and the same at every start."""

import csv
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from gateway.bootstrap import StartFailed
from gateway.connect.testing.dataset import DataOrder, Dataset, write_dataset
from gateway.demo.olist import read_olist
from gateway.demo.sample import HERO_CUSTOMER_REF, HERO_ORDER_REF, HERO_SKUS, generate_sample

Say = Callable[[str], None]
SAMPLE = "sample"


@dataclass(frozen=True, slots=True)
class DemoData:
    """What the folder holds, and records worth asking for."""

    origin: str
    made_at: str
    orders: int
    locations: int
    skus: int
    notes: list[str]
    example_skus: list[str]
    example_order: str
    example_customer: str


@dataclass(frozen=True, slots=True)
class DataFiles:
    """Where the data is."""

    folder: Path

    @property
    def seed(self) -> Path:
        """What the sandboxes are seeded with."""
        return self.folder / "seed.jsonl"

    @property
    def coordinates(self) -> Path:
        """Where locations are, which no source of the demo tells."""
        return self.folder / "coordinates.csv"

    @property
    def about(self) -> Path:
        """What the folder holds."""
        return self.folder / "data.json"


def ensure_data(files: DataFiles, source: Path | None, now: datetime, say: Say) -> DemoData:
    """Answer the folder's data, made if it is not there; raises StartFailed for another's."""
    origin = SAMPLE if source is None else str(source.resolve())
    if files.about.is_file():
        known = DemoData(**json.loads(files.about.read_text("utf-8")))
        if known.origin != origin:
            raise StartFailed(
                [f"{files.folder} holds other data ({known.origin}): choose another DATA_DIR"]
            )
        return known
    say("Generating the sample..." if source is None else f"Reading {source}...")
    made = _sample(now) if source is None else _olist(source, now, say)
    dataset, data = made
    write_dataset(dataset.records(), files.seed)
    _write_coordinates(dataset, files.coordinates)
    files.about.write_text(json.dumps(asdict(data), indent=1), "utf-8")
    return data


def _sample(now: datetime) -> tuple[Dataset, DemoData]:
    dataset = generate_sample(now)
    data = _about(
        dataset, SAMPLE, now, list(HERO_SKUS), HERO_ORDER_REF, HERO_CUSTOMER_REF,
        ["A sample that Trama generates; no record of it is real."],
    )  # fmt: skip
    return dataset, data


def _olist(source: Path, now: datetime, say: Say) -> tuple[Dataset, DemoData]:
    load = read_olist(source, now, say)
    shown = next(filter(_is_worth_showing, load.dataset.orders))
    notes = [
        f"Real orders; every time is moved by {load.weeks} whole weeks.",
        "No real set has stock or names of customers: these are simulated.",
        f"{load.beyond_window} orders are older than the marketplace lists, and come by its feed.",
    ]
    skus = list(dict.fromkeys(line.sku for line in shown.lines))
    origin = str(source.resolve())
    data = _about(load.dataset, origin, now, skus, shown.ref, shown.customer.ref, notes)
    return load.dataset, data


def _about(
    dataset: Dataset,
    origin: str,
    now: datetime,
    skus: list[str],
    order: str,
    customer: str,
    notes: list[str],
) -> DemoData:
    return DemoData(
        origin=origin,
        made_at=now.isoformat(),
        orders=len(dataset.orders),
        locations=len(dataset.locations),
        skus=len(dataset.items),
        notes=notes,
        example_skus=skus,
        example_order=order,
        example_customer=customer,
    )


def _is_worth_showing(order: DataOrder) -> bool:
    sellers = {line.location for line in order.lines}
    return order.word in ("shipped", "delivered") and len(sellers) > 1


def _write_coordinates(dataset: Dataset, path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["code", "latitude", "longitude"])
        for place in dataset.locations:
            if place.latitude is not None and place.longitude is not None:
                writer.writerow([place.code, place.latitude, place.longitude])
