"""`python -m infra.sandbox.fal`: a fake of fal for installations without a key."""

import argparse
import re
import sys
from pathlib import Path

from loguru import logger

from infra.sandbox.fal.authorization import WELL_FORMED
from infra.sandbox.fal.options import Options
from infra.sandbox.fal.server import Certificate, SandboxServer

_EPILOG = """\
Point a client at it:
  fal_queue_base_url=http://127.0.0.1:8082
  fal_rest_base_url=http://127.0.0.1:8082
  fal_platform_base_url=http://127.0.0.1:8082
  fal_run_base_url=http://127.0.0.1:8082
  fal_api_key=any:thing

The ADMIN key of an account, for its bills, is its key with admin- before it:
admin-any:thing.

http://127.0.0.1:8082/ lists the models with their prices, what was billed, and
the words that trigger faults in a prompt (#slow, #nsfw, #lost, ...).
"""


def main() -> None:
    parser = _parser()
    arguments = parser.parse_args()
    if bool(arguments.tls_cert) != bool(arguments.tls_key):
        parser.error("--tls-cert and --tls-key belong together: give both, or neither")
    certificate = Certificate(arguments.tls_cert, arguments.tls_key) if arguments.tls_cert else None
    options = Options(arguments.data, arguments.pace, arguments.key, arguments.slots)
    _log_readably()
    logger.info("fake fal listens on {}:{}", arguments.host, arguments.port)
    SandboxServer(options, arguments.host, arguments.port, certificate).run()


def _log_readably() -> None:
    logger.remove()
    # Local variables in a traceback would show prompts and keys.
    logger.add(sys.stderr, level="INFO", backtrace=False, diagnose=False)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infra.sandbox.fal",
        description="A fake of fal's queue, storage, CDN and Platform APIs that renders what a request asks for.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    add("--port", type=int, default=8082, help="port to listen on (%(default)s)")
    add("--data", type=Path, default=Path(".run/fal"), help="data directory (%(default)s)")
    add(
        "--pace",
        type=_pace,
        default=1.0,
        metavar="FACTOR",
        help="factor for all durations: 1 is realistic, 0.02 is for tests (%(default)s)",
    )
    add(
        "--key", type=_key, help="the only key to accept, id:secret; without it any key is accepted"
    )
    add(
        "--slots",
        type=_slots,
        default=2,
        help="concurrent requests of one account (%(default)s)",
    )
    add("--tls-cert", metavar="FILE", help="certificate chain, enables https")
    add("--tls-key", metavar="FILE", help="its private key")
    return parser


def _pace(text: str) -> float:
    if not re.fullmatch(r"\d*\.?\d+", text):
        raise argparse.ArgumentTypeError("pace must be zero or a positive number, such as 0.5")
    return float(text)


def _slots(text: str) -> int:
    if not re.fullmatch("[1-9][0-9]{0,3}", text):
        raise argparse.ArgumentTypeError("slots must be 1 or more")
    return int(text)


def _key(text: str) -> str:
    if not WELL_FORMED.fullmatch(text):
        raise argparse.ArgumentTypeError("a key has the form id:secret")
    return text


if __name__ == "__main__":
    main()
