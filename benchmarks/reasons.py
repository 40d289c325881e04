"""Where the distance to each target comes from: shown beside a figure that misses it.

Written once the figures are known, by row and what is compared; nothing here is measured.
"""

REASONS: dict[str, str] = {
    "P1 1 SKU x 10 locations / bare Starlette, same bytes": "",
    "P1 1 SKU x 10 locations / tuned Strawberry": "",
    "P2 20 SKUs x 10 locations / tuned Strawberry": "",
    "P2 20 SKUs x 10 locations / Mercurius JIT, rows cached": "",
    "P3 1 SKU x 10 locations / Mercurius JIT": "",
    "P3 20 SKUs x 10 locations / Mercurius JIT": "",
    "P4 p50 / its SQL alone": "",
    "P4 p99 meanwhile / alone": "",
    "P5 p50 / the critical path": "",
    "P5 requests": "what one page asks for reached a source in more than one lot",
    "P5 Trama / Hive Gateway": "",
    "P6 p99 / the deadline": "",
    "FOREIGN": "",
    "P12": "",
    "P12 memory": "",
}
