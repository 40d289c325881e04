"""Every meter by name: what it counts or measures, and by which bounded labels."""

from dataclasses import dataclass
from enum import StrEnum


class MeterKind(StrEnum):
    """What Prometheus calls the meter's type."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Meter:
    """One meter; each label takes few values, and none that a caller or a vendor chooses.

    A counter that `is_read` is counted elsewhere, and told when somebody asks.
    """

    name: str
    kind: MeterKind
    labels: tuple[str, ...]
    meaning: str
    is_read: bool = False


def _counter(name: str, labels: str, meaning: str, *, is_read: bool = False) -> Meter:
    return Meter(f"trama_{name}_total", MeterKind.COUNTER, tuple(labels.split()), meaning, is_read)


def _gauge(name: str, labels: str, meaning: str) -> Meter:
    return Meter(f"trama_{name}", MeterKind.GAUGE, tuple(labels.split()), meaning)


def _histogram(name: str, labels: str, meaning: str) -> Meter:
    return Meter(f"trama_{name}_seconds", MeterKind.HISTOGRAM, tuple(labels.split()), meaning)


INFO = _gauge("info", "version", "1, with the version that runs.")
REQUESTS = _counter(
    "graphql_requests",
    "operation principal outcome",
    "GraphQL requests by outcome: OK, PARTIAL (some fields failed), INVALID (the document cannot "
    "be executed), REFUSED (before the document was looked at), FAILED, GONE (the caller left).",
)
REFUSALS = _counter(
    "graphql_refusals",
    "code principal",
    "GraphQL requests that were refused, by the error's code: which limit is met, and by whom.",
)
REQUEST_SECONDS = _histogram(
    "graphql_request", "operation principal", "Time from a GraphQL request's head to its answer."
)
EXECUTED = _counter(
    "engine_operations",
    "outcome reason",
    "Operations that were executed by outcome: COMPILED, or HANDED_OVER to graphql-core, and why.",
    is_read=True,
)
CAREFUL = _counter(
    "engine_careful_values",
    "",
    "Values that the engine completed step by step: errors, and what its code does not expect.",
    is_read=True,
)
SAMPLES = _counter(
    "engine_samples",
    "outcome",
    "Queries that graphql-core executed again to compare, by outcome: SAME, DIFFERENT, MOVED (the "
    "data may have changed meanwhile), ASKED (a source was to be asked: not compared), FAILED (not "
    "executed in time), SHED (another was being compared).",
    is_read=True,
)
SOCKETS = _counter(
    "sockets",
    "ending principal",
    "Sockets that have ended, by our close code's name, or PEER where the other side ended it.",
)
STREAMS = _counter(
    "event_streams",
    "ending principal",
    "Event streams and multipart answers that have ended: LEFT (the caller left), EXPIRED (its "
    "credential ended), SERVER (the server did), ANSWERS (an error ended the subscription).",
)
CONNECTIONS = _gauge(
    "live_connections", "transport", "Sockets and event streams that are open in this process."
)
SUBSCRIPTIONS = _gauge(
    "live_subscriptions", "transport principal", "Subscriptions that are open in this process."
)
CALLS = _counter(
    "source_calls",
    "source operation outcome",
    "HTTP calls to a source by outcome: OK, the error's code, or ABANDONED (no time was left).",
)
CALL_SECONDS = _histogram(
    "source_call", "source operation", "Time of an HTTP call to a source, without waiting for it."
)
SOURCE_STATE = _gauge(
    "source_state",
    "source state",
    "1 for the state that this process sees a source in (UP, DEGRADED, DOWN, PAUSED), else 0.",
)
WATERMARK_AGE = _gauge(
    "stream_watermark_age_seconds",
    "source stream",
    "How old the watermark is: up to then what the source tells of changes is complete.",
)
LAG = _gauge(
    "stream_lag_seconds",
    "source stream",
    "From the watermark or the last complete walk, whichever is later, until now.",
)
WALKED_AT = _gauge(
    "stream_last_walk_timestamp_seconds",
    "source stream",
    "When the last complete walk of everything began, in Unix time.",
)
STREAM_UP = _gauge(
    "stream_up", "source stream", "1 while the stream is read, 0 where its last read failed."
)
RECORDS = _counter("records_applied", "source stream", "Records written to the projection.")
SET_ASIDE = _counter("records_quarantined", "source stream", "Records put in quarantine.")
QUARANTINE = _gauge("quarantine_records", "source stream", "Records that wait in quarantine.")
WAITING = _gauge(
    "waiting_records", "source stream", "Records that wait for another one: work for its order."
)
DELIVERIES = _counter(
    "deliveries",
    "source verdict",
    "Pushes by verdict: STORED, DUPLICATE, REFUSED, UNAVAILABLE, UNKNOWN_SOURCE (of no source).",
)
INBOX = _gauge("inbox_deliveries", "source", "Pushes that are stored and not acted on yet.")
INBOX_AGE = _gauge(
    "inbox_oldest_age_seconds", "source", "Age of the oldest of them, 0 where there is none."
)
HORIZON_LAG = _gauge(
    "log_horizon_lag_seconds",
    "",
    "How long what was drawn of the log has waited to be final: for the oldest open transaction of "
    "the cluster. 0 where nothing waits.",
)
CACHE_LOOKS = _counter(
    "cache_looks",
    "outcome",
    "SKUs that availability was asked of, by where their rows were: HIT (in this process), MISS "
    "(in Postgres: not kept, or too old), ASIDE (in Postgres: the log was not read lately). "
    "Without the cache all are in Postgres: told AGAIN as before, or ANEW.",
    is_read=True,
)
CACHE_EVICTIONS = _counter(
    "cache_evictions", "", "SKUs let go because there was no more room.", is_read=True
)
CACHE_ENTRIES = _gauge("cache_entries", "", "SKUs kept in this process, each counted per group.")
CACHE_BYTES = _gauge("cache_bytes", "", "About how many bytes they take.")
WEBHOOKS = _counter(
    "webhook_attempts",
    "outcome delivery",
    "Requests sent to partners' endpoints by outcome: OK, or why they have failed, and by what the "
    "delivery is then: WAITING, DELIVERED, DEAD.",
)
WEBHOOKS_WAITING = _gauge(
    "webhook_waiting", "", "Deliveries to active endpoints that wait, for a retry or a turn."
)
WEBHOOKS_AGE = _gauge(
    "webhook_oldest_age_seconds", "", "Age of the oldest of them, 0 where there is none."
)
WEBHOOK_ENDPOINTS = _gauge(
    "webhook_endpoints",
    "state reason",
    "Endpoints by state (ACTIVE, PAUSED) and why they are paused: ASKED, FAILING, GONE, KEY_GONE, "
    "SEAL_BROKEN.",
)
TOLD = _counter(
    "channel_levels",
    "channel outcome",
    "Items of a channel that were looked at, by outcome: TOLD, UNCHANGED (nothing to tell), "
    "UNKNOWN (no stock is known to tell), FAILED.",
)
TOLD_ITEMS = _gauge(
    "channel_items",
    "channel state",
    "Items of a channel: TOLD of their stock, WAITING to be told, FAILED the last time, UNKNOWN.",
)
TOLD_LAG = _gauge(
    "channel_oldest_waiting_age_seconds",
    "channel",
    "Age of the oldest change that a channel was not told of, 0 where there is none.",
)
CHANNEL_UP = _gauge(
    "channel_up", "channel", "1 while a channel is told of its stock, 0 where it cannot be."
)
DATABASE_UP = _gauge(
    "database_up", "", "1 if Postgres answered just now; else what it tells is left out here."
)
POOL = _gauge(
    "database_connections", "state", "Open connections of this process's pool: IDLE or USED."
)
POOL_MOST = _gauge("database_connections_max", "", "Most connections that the pool opens.")
WORKERS = _gauge("workers", "state", "Processes of `server.workers`: READY, or STARTING.")
RESTARTS = _counter(
    "worker_restarts", "worker", "Processes of `server.workers` that have ended unasked."
)
METERS: tuple[Meter, ...] = (
    INFO,
    WORKERS,
    RESTARTS,
    REQUESTS,
    REFUSALS,
    REQUEST_SECONDS,
    EXECUTED,
    CAREFUL,
    SAMPLES,
    SOCKETS,
    STREAMS,
    CONNECTIONS,
    SUBSCRIPTIONS,
    CALLS,
    CALL_SECONDS,
    SOURCE_STATE,
    WATERMARK_AGE,
    LAG,
    WALKED_AT,
    STREAM_UP,
    RECORDS,
    SET_ASIDE,
    QUARANTINE,
    WAITING,
    DELIVERIES,
    INBOX,
    INBOX_AGE,
    HORIZON_LAG,
    CACHE_LOOKS,
    CACHE_EVICTIONS,
    CACHE_ENTRIES,
    CACHE_BYTES,
    WEBHOOKS,
    WEBHOOKS_WAITING,
    WEBHOOKS_AGE,
    WEBHOOK_ENDPOINTS,
    TOLD,
    TOLD_ITEMS,
    TOLD_LAG,
    CHANNEL_UP,
    DATABASE_UP,
    POOL,
    POOL_MOST,
)
