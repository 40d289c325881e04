"""Reads /metrics as Prometheus does."""

from dataclasses import dataclass

import aiohttp
from prometheus_client.parser import text_string_to_metric_families


@dataclass(frozen=True)
class Metrics:
    """Every sample of one scrape."""

    samples: dict[tuple[str, frozenset[tuple[str, str]]], float]
    text: str

    def value(self, name: str, **labels: str) -> float | None:
        """Answer one sample's value, None where there is none."""
        return self.samples.get((name, frozenset(labels.items())))

    def labels(self, name: str) -> list[dict[str, str]]:
        """Answer the labels of a name's samples."""
        return [dict(labels) for each, labels in self.samples if each == name]


async def scrape(url: str, **headers: str) -> Metrics:
    """Answer what /metrics says now."""
    async with aiohttp.ClientSession() as client, client.get(url, headers=headers) as answer:
        text = await answer.text()
        assert answer.status == 200, text
    samples = {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
    return Metrics(samples, text)
