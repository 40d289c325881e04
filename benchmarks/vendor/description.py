"""What the vendor's batches take and answer, as OpenAPI: for peers that read such.

https://spec.openapis.org/oas/v3.0.3.html (2026-11)
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from benchmarks.vendor import wire

ROWS: dict[str, type[msgspec.Struct]] = {
    "orders": wire.Sale,
    "fulfillments": wire.Work,
    "customers": wire.Person,
    "invoices": wire.Bill,
}
_REF = "#/components/schemas/{name}"


def description(address: str, streams: Sequence[str]) -> dict[str, Any]:
    """Answer the description of the batches of these streams; they are called `batch_STREAM`."""
    _, components = msgspec.json.schema_components(
        [wire.Asked, *(ROWS[stream] for stream in streams)], ref_template=_REF
    )
    return {
        "openapi": "3.0.3",
        "info": {"title": "The benchmark's vendor", "version": "1"},
        "servers": [{"url": address}],
        "paths": {f"/{stream}/batch": {"post": _batch(stream)} for stream in streams},
        "components": {"schemas": components},
    }


def _batch(stream: str) -> dict[str, Any]:
    row = {"$ref": _REF.format(name=ROWS[stream].__name__)}
    listing = {
        "type": "object",
        "title": f"Several_{stream}",
        "properties": {"rows": {"type": "array", "items": row}},
    }
    return {
        "operationId": f"batch_{stream}",
        "requestBody": {"required": True, "content": _json({"$ref": _REF.format(name="Asked")})},
        "responses": {"200": {"description": "What was found.", "content": _json(listing)}},
    }


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
