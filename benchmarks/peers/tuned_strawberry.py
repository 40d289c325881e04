"""Strawberry as its documentation tunes it: ParserCache, ValidationCache, DataLoader over asyncpg.

The same tables and the same query as Trama's, without its callers, limits, metrics and freshness
policy. https://strawberry.rocks/docs/extensions, https://strawberry.rocks/docs/guides/dataloaders
(2026-11).
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, NewType
from uuid import UUID

import asyncpg
import strawberry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader
from strawberry.extensions import ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig

from benchmarks.peers.serving import serve

POSITIONS = """
SELECT p.sku, p.location_id, p.on_hand, p.committed, p.safety_stock, p.held, p.allocated,
    greatest(p.observed_at, s.watermark) AS as_of
FROM position p
JOIN location l ON l.id = p.location_id
JOIN location_group_member m ON m.location_id = p.location_id
JOIN location_group g ON g.id = m.group_id AND g.is_default
LEFT JOIN source_stream s ON s.source_id = p.source_id AND s.stream = 'stock'
WHERE p.sku = ANY($1::text[]) ORDER BY p.sku, l.code
"""
LOCATIONS = "SELECT id, code, name FROM location WHERE id = ANY($1::uuid[])"
MAX_AGE = timedelta(seconds=float(os.environ.get("MAX_AGE_SECONDS", "120")))
Sku = NewType("Sku", str)


@strawberry.enum
class AvailabilityStatus(Enum):
    IN_STOCK = "IN_STOCK"
    LOW_STOCK = "LOW_STOCK"
    OUT_OF_STOCK = "OUT_OF_STOCK"
    BACKORDER = "BACKORDER"
    UNKNOWN = "UNKNOWN"


@strawberry.enum
class ServedFrom(Enum):
    SOURCE = "SOURCE"
    PROJECTION = "PROJECTION"


@strawberry.type
class Freshness:
    as_of: datetime | None
    served_from: ServedFrom | None
    is_stale: bool

    @classmethod
    def of(cls, as_of: datetime, now: datetime) -> "Freshness":
        return cls(as_of=as_of, served_from=ServedFrom.PROJECTION, is_stale=now - as_of > MAX_AGE)


@strawberry.type
class Location:
    code: str
    name: str | None


@strawberry.type
class LocationAvailability:
    key: strawberry.Private[UUID]
    on_hand: int | None
    available_to_promise: int | None
    freshness: Freshness

    @strawberry.field
    async def location(self, info: strawberry.Info[Any, None]) -> Location | None:
        found: Location | None = await info.context["locations"].load(self.key)
        return found

    @classmethod
    def of(cls, row: Any, now: datetime) -> "LocationAvailability":
        taken = row["committed"] + row["safety_stock"] + row["held"] + row["allocated"]
        return cls(
            key=row["location_id"],
            on_hand=row["on_hand"],
            available_to_promise=max(0, row["on_hand"] - taken),
            freshness=Freshness.of(row["as_of"], now),
        )


@strawberry.type
class Availability:
    sku: Sku
    status: AvailabilityStatus
    available_to_sell: int | None
    is_complete: bool
    freshness: Freshness | None
    locations: list[LocationAvailability] | None

    @classmethod
    def of(cls, sku: str, rows: list[Any], now: datetime) -> "Availability":
        places = [LocationAvailability.of(row, now) for row in rows]
        units = sum(each.available_to_promise or 0 for each in places)
        complete = bool(places) and not any(each.freshness.is_stale for each in places)
        oldest = min((row["as_of"] for row in rows), default=None)
        return cls(
            sku=Sku(sku),
            status=_status(units, is_complete=complete),
            available_to_sell=units if places else None,
            is_complete=complete,
            freshness=None if oldest is None else Freshness.of(oldest, now),
            locations=places,
        )


def _status(units: int, *, is_complete: bool) -> AvailabilityStatus:
    if units == 0:
        return AvailabilityStatus.OUT_OF_STOCK if is_complete else AvailabilityStatus.UNKNOWN
    is_low = units <= 5 and is_complete
    return AvailabilityStatus.LOW_STOCK if is_low else AvailabilityStatus.IN_STOCK


@strawberry.type
class Query:
    @strawberry.field
    async def availability(
        self, info: strawberry.Info[Any, None], skus: list[Sku]
    ) -> list[Availability] | None:
        now = datetime.now(UTC)
        rows = await info.context["positions"].load_many(skus)
        return [Availability.of(sku, each, now) for sku, each in zip(skus, rows, strict=True)]


class Endpoint(GraphQL[Any, None]):
    """Answers GraphQL with loaders of the request's own."""

    pool: Any = None

    async def get_context(
        self, request: Request | WebSocket, response: Response | WebSocket
    ) -> dict[str, Any]:
        return {
            "positions": DataLoader(load_fn=self._positions),
            "locations": DataLoader(load_fn=self._locations),
        }

    async def _positions(self, skus: list[str]) -> list[list[Any]]:
        found: dict[str, list[Any]] = {sku: [] for sku in skus}
        for row in await self.pool.fetch(POSITIONS, skus):
            found[row["sku"]].append(row)
        return [found[sku] for sku in skus]

    async def _locations(self, keys: list[UUID]) -> list[Location | None]:
        rows = await self.pool.fetch(LOCATIONS, keys)
        found = {row["id"]: Location(code=row["code"], name=row["name"]) for row in rows}
        return [found.get(key) for key in keys]


def make_app() -> Starlette:
    """Answer the app; Postgres is found by DATABASE_URL."""
    scalars: dict[object, Any] = {Sku: strawberry.scalar(name="Sku", serialize=str)}
    schema = strawberry.Schema(
        Query,
        config=StrawberryConfig(scalar_map=scalars),
        extensions=[lambda: ParserCache(), lambda: ValidationCache()],
    )
    endpoint = Endpoint(schema)

    @asynccontextmanager
    async def pooled(app: Starlette) -> AsyncIterator[None]:
        async with asyncpg.create_pool(
            os.environ["DATABASE_URL"], min_size=1, max_size=10, server_settings={"jit": "off"}
        ) as endpoint.pool:
            yield

    return Starlette(routes=[Route("/graphql", endpoint)], lifespan=pooled)


if __name__ == "__main__":
    serve(make_app())
