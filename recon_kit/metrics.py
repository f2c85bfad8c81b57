"""The rows of recon.metrics as Prometheus reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector


class Samples(Collector):
    """A collector that looks at each scrape.

    Args:
        read: Returns rows of name, labels, value and help, in the order of their names.
    """

    def __init__(self, read: Callable[[], Iterable[Mapping[str, Any]]]) -> None:
        self._read = read
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """A family per name."""
        for (name, text), rows in groupby(self._read(), itemgetter("name", "help")):
            samples = list(rows)
            family = GaugeMetricFamily(name, text, labels=list(samples[0]["labels"]))
            for sample in samples:
                family.add_metric(list(sample["labels"].values()), float(sample["value"]))
            yield family

    def text(self) -> str:
        """All of them in the text format."""
        return generate_latest(self._registry).decode()
