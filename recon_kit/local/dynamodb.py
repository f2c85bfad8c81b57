"""A DynamoDB inside this process."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from recon_kit.errors import ReconError


@contextmanager
def local_dynamodb() -> Iterator[str]:
    """The endpoint (boto3's `endpoint_url`) of an empty DynamoDB for the length of a block.

    Raises:
        ReconError: moto, which it is made of, is not installed.
    """
    from urllib.request import urlopen

    try:
        from moto.server import ThreadedMotoServer
    except ImportError as error:
        hint = "pip install 'recon-kit[demo]'"
        raise ReconError(f"a local DynamoDB needs moto: {error}", hint) from error
    logging.getLogger("werkzeug").setLevel(logging.ERROR)  # else it lists the requests
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        urlopen(f"http://{host}:{port}/moto-api/reset", data=b"").close()
        yield f"http://{host}:{port}"
    finally:
        server.stop()
