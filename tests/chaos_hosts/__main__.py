"""`make chaos-hosts`: disconnect, kill and fail over hosts under load; nothing may be lost or paid twice."""

import argparse
import asyncio
import os
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.chaos_hosts.fleet import DESK, NAMES
from tests.chaos_hosts.network import network
from tests.chaos_hosts.scenario import PLAN, play
from tests.programs import find_program, refuse


def main() -> int:
    arguments = _parser().parse_args()
    if os.geteuid() != 0:
        refuse("make chaos-hosts needs root, for network namespaces: sudo make chaos-hosts")
    find_program("ip", "iproute2")
    # However it is stopped, its hosts must not stay behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with ExitStack() as stack:
        folder = arguments.keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        hosts = stack.enter_context(network(NAMES))
        next(host for host in hosts if host.name == DESK).enter()
        ending = asyncio.run(play(PLAN, arguments.seed, folder, hosts))
        # Before the hosts are removed: a failure there must not lose the count.
        print(*ending.lines(), sep="\n", flush=True)  # noqa: T201 - a command's output
    return 0 if ending.is_clean else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos_hosts", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="an empty folder for logs and data")
    return parser


if __name__ == "__main__":
    sys.exit(main())
