"""What several processes measure, told as one: pure."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from gateway.telemetry import catalogue

Key = tuple[str, tuple[tuple[str, str], ...]]
Join = Callable[[float, float], float]
# Gauges that each process reads in the same database, or sees for itself of the same thing.
ALIKE = {
    each.name
    for each in (
        catalogue.INFO,
        catalogue.SOURCE_STATE,
        catalogue.WATERMARK_AGE,
        catalogue.LAG,
        catalogue.WALKED_AT,
        catalogue.STREAM_UP,
        catalogue.QUARANTINE,
        catalogue.WAITING,
        catalogue.INBOX,
        catalogue.INBOX_AGE,
        catalogue.HORIZON_LAG,
        catalogue.WEBHOOKS_WAITING,
        catalogue.WEBHOOKS_AGE,
        catalogue.WEBHOOK_ENDPOINTS,
        catalogue.TOLD_ITEMS,
        catalogue.TOLD_LAG,
        catalogue.CHANNEL_UP,
    )
} | {"python_info"}
LEAST = {catalogue.DATABASE_UP.name, "process_start_time_seconds", "process_max_fds"}


@dataclass(frozen=True, slots=True)
class Family:
    """All samples of one meter."""

    name: str
    kind: str
    meaning: str
    samples: dict[Key, float]

    @property
    def is_counted(self) -> bool:
        """Whether it only grows while a process lives."""
        return self.kind in {"counter", "histogram"}


class Totals:
    """Counts of all processes of one gateway; what one has counted stays when it has ended."""

    def __init__(self) -> None:
        self._told: dict[int, Sequence[Family]] = {}
        self._ended: list[Family] = []

    def note(self, process: int, told: Sequence[Family]) -> None:
        """Note what a process measures now."""
        self._told[process] = told

    def end(self, process: int) -> None:
        """Keep the counts of a process that has ended, as it last told them."""
        counted = [each for each in self._told.pop(process, ()) if each.is_counted]
        self._ended = add_up([self._ended, counted])

    def families(self) -> list[Family]:
        """Answer everything, as if it were of one process."""
        return add_up([*self._told.values(), self._ended])


def add_up(told: Iterable[Sequence[Family]]) -> list[Family]:
    """Answer the families of several processes as one of each."""
    found: dict[str, Family] = {}
    for families in told:
        for each in families:
            known = found.setdefault(each.name, Family(each.name, each.kind, each.meaning, {}))
            join = _join_of(each)
            for key, value in each.samples.items():
                before = known.samples.get(key)
                known.samples[key] = value if before is None else join(before, value)
    return list(found.values())


def _join_of(family: Family) -> Join:
    """Answer how two processes' values become one: their sum, unless both tell of one thing."""
    if family.name in LEAST:
        return min
    return max if family.name in ALIKE else float.__add__


class Collected(Collector):
    """Families as a registry takes them."""

    def __init__(self, families: Sequence[Family]) -> None:
        self._families = families

    def collect(self) -> Iterator[Metric]:
        """Answer each."""
        for each in self._families:
            metric = Metric(each.name, each.meaning, each.kind)
            for (name, labels), value in each.samples.items():
                metric.add_sample(name, dict(labels), value)
            yield metric


def families_of(metrics: Iterable[Metric]) -> list[Family]:
    """Answer what a registry has collected."""
    return [
        Family(
            each.name,
            each.type,
            each.documentation,
            {(s.name, tuple(sorted(s.labels.items()))): float(s.value) for s in each.samples},
        )
        for each in metrics
    ]


def plain(families: Sequence[Family]) -> list[Any]:
    """Answer families as JSON has them."""
    return [
        [each.name, each.kind, each.meaning, [[*key, value] for key, value in each.samples.items()]]
        for each in families
    ]


def read(told: Sequence[Any]) -> list[Family]:
    """Answer families that came as JSON."""
    return [
        Family(
            name, kind, meaning,
            {(each, tuple((k, v) for k, v in labels)): float(value)
             for each, labels, value in samples},
        )
        for name, kind, meaning, samples in told
    ]  # fmt: skip
