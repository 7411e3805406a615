"""`python -m infra.sandbox.fal`: fal for those who have no key."""

import argparse
import sys
from pathlib import Path

import uvicorn
from loguru import logger

from infra.sandbox.fal.app import create_app
from infra.sandbox.fal.connections import Connections
from infra.sandbox.fal.options import Options


def main() -> None:
    arguments = _parser().parse_args()
    _log_readably()
    options = Options(arguments.data, arguments.pace, arguments.key, arguments.slots)
    connections = Connections()
    logger.info("fal stand-in on {}:{}", arguments.host, arguments.port)
    uvicorn.run(
        create_app(options, connections),
        host=arguments.host,
        port=arguments.port,
        http=connections.protocol(),
        ssl_certfile=arguments.tls_cert,
        ssl_keyfile=arguments.tls_key,
        # Addresses carry callers' webhook tokens.
        access_log=False,
        proxy_headers=False,
        log_level="warning",
        # An open status stream must not hold up a stop.
        timeout_graceful_shutdown=1,
    )


def _log_readably() -> None:
    logger.remove()
    # Values of variables would show prompts and keys.
    logger.add(sys.stderr, level="INFO", backtrace=False, diagnose=False)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infra.sandbox.fal",
        description="A stand-in for fal's queue, storage and CDN that renders what it is asked for.",
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1")
    add("--port", type=int, default=8082)
    add("--data", type=Path, default=Path(".run/fal"), help="where everything is kept")
    add("--pace", type=float, default=1.0, help="multiplies all believable times")
    add("--key", help="the only key accepted; any id:secret without it")
    add("--slots", type=int, default=2, help="requests of one account that run at once")
    add("--tls-cert", help="certificate chain, to serve https")
    add("--tls-key", help="its private key")
    return parser


if __name__ == "__main__":
    main()
