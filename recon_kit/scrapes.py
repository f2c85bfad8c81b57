"""Where Prometheus scrapes the metrics, and probes ask. Who serves them alone loads it."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from recon_kit.errors import ReconError
from recon_kit.http import Server, alive, bound
from recon_kit.log import logger
from recon_kit.metrics import Samples

LOOPBACK = "127.0.0.1"

ELSEWHERE = "Name another: --listen PORT, --host ADDRESS"


def scrapes(samples: Samples, host: str, port: int) -> tuple[Server, str]:
    """What answers scrapes, and its URL; one that cannot look is an error of HTTP.

    Args:
        samples: What it answers with, looked up each time.
        host: Name or address to listen on.
        port: And the port; 0 for any that is free.

    Raises:
        ReconError: It cannot listen there.
    """

    def answer(_request: Request) -> Response:
        try:
            return Response(samples.text(), media_type=CONTENT_TYPE_LATEST)
        except ReconError as error:
            logger.warning("a scrape failed", reason=error.message)
            return Response(f"{error.message}\n", 500, media_type="text/plain")

    def ready(request: Request) -> Response:
        if answer(request).status_code == 200:
            return JSONResponse({"status": "ok"})
        return JSONResponse({"status": "the database does not answer"}, 503)

    routes = [Route("/", answer), Route("/metrics", answer)]
    routes += [Route("/healthz", alive), Route("/readyz", ready)]
    app = Starlette(routes=routes)
    lack = "nothing can listen on port {port}" + (" of {host}" if host != LOOPBACK else "")
    listener = bound(host, port, lack, ELSEWHERE)
    address, port = listener.getsockname()[:2]
    shown = f"[{address}]" if ":" in address else address
    return Server(app, listener), f"http://{shown}:{port}/metrics"
