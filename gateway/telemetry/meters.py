"""One gateway's meters, in a registry of its own."""

from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import version
from typing import TypeAlias

import prometheus_client
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.telemetry.catalogue import INFO, METERS, Meter, MeterKind
from gateway.telemetry.totals import Collected, Family, families_of

# Each would double the series, and say when the process started.
_leave_out_creation_times: Callable[[], None] = prometheus_client.disable_created_metrics
Values: TypeAlias = Iterable[tuple[tuple[str, ...], float]]
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Meters:
    """Counts and times; the process's own meters (`process_*`, `python_*`) come with it."""

    def __init__(self) -> None:
        _leave_out_creation_times()
        self._registry = CollectorRegistry()
        for own in (ProcessCollector, PlatformCollector, GCCollector):
            own(registry=self._registry)
        self._counters = {
            each.name: Counter(each.name, each.meaning, each.labels, registry=self._registry)
            for each in METERS
            if each.kind is MeterKind.COUNTER and not each.is_read
        }
        self._histograms = {
            each.name: Histogram(
                each.name, each.meaning, each.labels, registry=self._registry, buckets=BUCKETS
            )
            for each in METERS
            if each.kind is MeterKind.HISTOGRAM
        }
        self._counts: dict[tuple[str, ...], Counter] = {}
        self._times: dict[tuple[str, ...], Histogram] = {}
        info = Gauge(INFO.name, INFO.meaning, INFO.labels, registry=self._registry)
        info.labels(version("trama")).set(1)

    def add(self, meter: Meter, *labels: str, by: float = 1) -> None:
        """Count."""
        key = (meter.name, *labels)
        count = self._counts.get(key)
        if count is None:
            count = self._counts[key] = self._counters[meter.name].labels(*labels)
        count.inc(by)

    def time(self, meter: Meter, seconds: float, *labels: str) -> None:
        """Add a duration."""
        key = (meter.name, *labels)
        times = self._times.get(key)
        if times is None:
            times = self._times[key] = self._histograms[meter.name].labels(*labels)
        times.observe(seconds)

    def include(self, collector: Collector) -> None:
        """Tell what another collector reads at the time of asking."""
        self._registry.register(collector)

    def families(self) -> list[Family]:
        """Answer everything as it is added up with what other processes measure."""
        return families_of(self._registry.collect())

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """Answer everything in the text form that suits an `Accept` header, and its type."""
        return _exposition(self._registry, accept)


def exposition_of(families: Sequence[Family], accept: str) -> tuple[bytes, str]:
    """Answer families in the text form that suits an `Accept` header, and its type."""
    registry = CollectorRegistry()
    registry.register(Collected(families))
    return _exposition(registry, accept)


def _exposition(registry: CollectorRegistry, accept: str) -> tuple[bytes, str]:
    encode, media = choose_encoder(accept)
    return encode(registry), media


def gauge(meter: Meter, values: Values) -> Metric:
    """Answer a gauge's values at the time of asking, each by its labels."""
    return _filled(GaugeMetricFamily(meter.name, meter.meaning, labels=meter.labels), values)


def counter(meter: Meter, values: Values) -> Metric:
    """Answer the values of a counter that is kept elsewhere, each by its labels."""
    return _filled(CounterMetricFamily(meter.name, meter.meaning, labels=meter.labels), values)


def _filled(family: GaugeMetricFamily | CounterMetricFamily, values: Values) -> Metric:
    for labels, value in values:
        family.add_metric(labels, value)
    return family
