"""The rows of recon.metrics as Prometheus reads them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from recon_kit.errors import ReconError


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

    def serve(self, port: int, tell: Callable[[str], None]) -> None:
        """Answers scrapes until it is interrupted; one that cannot look is an error of HTTP.

        Args:
            port: Port to listen on, on every address; 0 for any that is free.
            tell: Is told where.

        Raises:
            ReconError: The port is taken, or not ours to take.
        """
        try:
            server, thread = start_http_server(port, registry=self._registry)
        except OSError as error:
            raise ReconError(
                f"nothing can listen on port {port}: {error.strerror}",
                "Choose another: recon-kit metrics --listen PORT",
            ) from error
        tell(f"metrics on http://localhost:{server.server_port}/metrics")
        thread.join()
