"""One gateway's meters, in a registry of its own."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version
from itertools import accumulate
from typing import TypeAlias

from prometheus_client import (
    CollectorRegistry,
    Gauge,
    GCCollector,
    PlatformCollector,
    ProcessCollector,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from gateway.telemetry.catalogue import INFO, METERS, Meter, MeterKind
from gateway.telemetry.totals import Collected, Family, families_of

Values: TypeAlias = Iterable[tuple[tuple[str, ...], float]]
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_BOUNDS = [*map(floatToGoString, BUCKETS), "+Inf"]


class Meters:
    """Counts and times; the process's own meters (`process_*`, `python_*`) come with it."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        for own in (ProcessCollector, PlatformCollector, GCCollector):
            own(registry=self._registry)
        self._counted: dict[str, Counted] = {}
        self._timed: dict[str, Timed] = {}
        for each in METERS:
            if each.kind is MeterKind.COUNTER and not each.is_read:
                self._counted[each.name] = Counted(each)
            elif each.kind is MeterKind.HISTOGRAM:
                self._timed[each.name] = Timed(each)
        for collector in (*self._counted.values(), *self._timed.values()):
            self._registry.register(collector)
        info = Gauge(INFO.name, INFO.meaning, INFO.labels, registry=self._registry)
        info.labels(version("trama")).set(1)

    def add(self, meter: Meter, *labels: str, by: float = 1) -> None:
        """Count."""
        self._counted[meter.name].counts[labels] += by

    def time(self, meter: Meter, seconds: float, *labels: str) -> None:
        """Add a duration."""
        times = self._timed[meter.name].times[labels]
        times.counts[bisect_left(BUCKETS, seconds)] += 1
        times.seconds += seconds

    def include(self, collector: Collector) -> None:
        """Tell what another collector reads at the time of asking."""
        self._registry.register(collector)

    def families(self) -> list[Family]:
        """Answer everything as it is added up with what other processes measure."""
        return families_of(self._registry.collect())

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """Answer everything in the text form that suits an `Accept` header, and its type."""
        return _exposition(self._registry, accept)


class Counted(Collector):
    """A counter by its labels: counted at every request, told when somebody asks."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self.counts: defaultdict[tuple[str, ...], float] = defaultdict(float)
        if not meter.labels:
            self.counts[()] = 0.0

    def collect(self) -> Iterator[Metric]:
        """Answer the counts so far."""
        yield counter(self._meter, self.counts.items())


class Times:
    """Durations by the least bucket that holds them, and their sum in seconds."""

    __slots__ = ("counts", "seconds")

    def __init__(self) -> None:
        self.counts = [0] * (len(BUCKETS) + 1)
        self.seconds = 0.0


class Timed(Collector):
    """A histogram by its labels."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self.times: defaultdict[tuple[str, ...], Times] = defaultdict(Times)

    def collect(self) -> Iterator[Metric]:
        """Answer the durations so far."""
        meter = self._meter
        family = HistogramMetricFamily(meter.name, meter.meaning, labels=meter.labels)
        for labels, times in self.times.items():
            told = zip(_BOUNDS, accumulate(times.counts), strict=True)
            family.add_metric(labels, list(told), times.seconds)
        yield family


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
