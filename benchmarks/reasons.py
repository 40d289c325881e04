"""Where the distance to each target comes from: told beside a figure that misses it.

Written once the figures are known: `python -m benchmarks --again` tells them beside the figures of
the last run, and measures nothing.
"""

REASONS: dict[str, str] = {
    "P1 1 SKU x 10 locations / bare Starlette, same bytes": (
        "the fixed cost of a request: some 3,900 bytecodes in 165 calls of Python functions (a "
        "bare Starlette: 2,140 in 80) for who asks, limits, a log line, ids of a span, meters, "
        "variables and one step of a plan; its profile is flat (LIMIT), and the bare one keeps "
        "the client busy, which then need not be woken for each answer"
    ),
    "P1 1 SKU x 10 locations, Trama, each request a trace of its own / bare Starlette, same "
    "bytes": (
        "no head is met again, so each is read by the parser, its trace is read, and a task is "
        "made for each request, as the bare one does, which is asked with the same head each time"
    ),
    "P1 1 SKU x 10 locations / tuned Strawberry": (
        "the fixed cost of a request, as above; tuned Strawberry knows no keys, limits, log "
        "lines and meters"
    ),
    "P2 20 SKUs x 10 locations / tuned Strawberry": "",
    "P2 20 SKUs x 10 locations / Mercurius JIT, rows cached": (
        "nearly all of it is the fixed cost of a request: twenty SKUs add about a fifth to one"
    ),
    "P3 1 SKU x 10 locations / Mercurius JIT": (
        "the fixed cost of a request, as above, and half a turn of waiting: those who ask "
        "meanwhile share a statement"
    ),
    "P3 20 SKUs x 10 locations / Mercurius JIT": "",
    "P3 1 SKU x 10 locations, never twice / Mercurius JIT": (
        "the fixed cost of a request, as above, and that of reading, judging and showing a SKU "
        "for the first time"
    ),
    "P3 20 SKUs x 10 locations, never twice / Mercurius JIT": (
        "every SKU is read, judged and put into the answer for the first time, and nothing is "
        "told a second time: some 15 us each, and 1.6 us for each of its positions"
    ),
    "P4 p50 / its SQL alone": "",
    "P4 p99 meanwhile / alone": (
        "one core makes the large answer in slices of a few milliseconds between the small "
        "ones, and Postgres reads 40,000 rows on the core that reads theirs"
    ),
    "P5 p50 / the critical path": (
        "beside the sources' 50 ms: the request is read before they are asked, and what all four "
        "say at the same time is decoded, compared and put together, all by one core"
    ),
    "P5 requests": "what one page asks for reached a source in more than one lot",
    "P5 Trama / Hive Gateway": "",
    "P6 p99 / the deadline": "",
    "P6 others": "",
    "P7 applying": (
        "each chunk of 500 is a transaction of its own that joins its locations, compares "
        "versions row by row and keeps a sequence of changes; a staging table filled by COPY "
        "would do more at once"
    ),
    "P7 walk": (
        "a page is fetched, mapped and applied one after the other in one process, and applying a "
        "chunk of 500 waits for five statements"
    ),
    "P7 walk of a sandbox": (
        "the sandbox executes GraphQL for every page of at most 100 rows on the other core, so "
        "the gateway waits for it"
    ),
    "P7 webhooks": (
        "pushes are acted on in lots of 100, each lot read at the source and applied before the "
        "next is taken, on the loop that also takes pushes and answers queries"
    ),
    "P10 events": (
        "each of 11,000 messages a second is a write to a socket of its own, most of what a bare "
        "Starlette spends too (its line in the table); what waits beside that are a round of the "
        "log's tail, four short queries of a Postgres that shares its core with the appender and "
        "with 5,000 readers, and what was committed meanwhile"
    ),
    "P10 rate": "as above: the rate at which both cores still have time to spare",
    "P10 memory": "beside the socket there are a task, the subscription and its place in the log",
    "FOREIGN": "",
    "P12": "",
    "P12 memory": (
        "what is counted of a copy and of its JSON is less than what Python takes for them, or "
        "answers leave something behind that waits for Python's collector, which seldom looks"
    ),
}
