"""Many positions worked through with pauses, in which others have the loop."""

import asyncio
from collections.abc import AsyncIterator, Mapping

from gateway.federation.stock_blobs import StockBlob

# Positions that are worked through without a pause: a few milliseconds' worth.
MOST_AT_ONCE = 256


async def pausing(blobs: Mapping[str, StockBlob]) -> AsyncIterator[tuple[str, StockBlob]]:
    """Answer each SKU with what is kept of it, pausing whenever these were many positions."""
    done = 0
    for sku, blob in blobs.items():
        yield sku, blob
        done += len(blob.stock.positions)
        if done >= MOST_AT_ONCE:
            done = 0
            await asyncio.sleep(0)
