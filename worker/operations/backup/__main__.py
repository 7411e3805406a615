"""Backup and restore of Redis and of the results.

python -m worker.backup create /var/backups/darkroom
python -m worker.backup verify /var/backups/darkroom/20261123T021500Z
python -m worker.backup restore /var/backups/darkroom/20261123T021500Z
"""

import argparse
import asyncio
from pathlib import Path

from infra.bot_settings import read_bot
from infra.errors import DarkroomError
from infra.process.hard_exit import leave
from infra.redis.client import UNAVAILABLE, connect
from infra.settings import Settings
from infra.storage.store import Storage
from worker.operations.backup.backup import create, verify
from worker.operations.backup.restore import restore


async def _run(settings: Settings, arguments: argparse.Namespace) -> None:
    if arguments.command == "verify":
        await verify(arguments.folder, _say)
        return
    redis = connect(settings.redis_url, retries=2)
    storage = Storage.open(settings.media_dir, settings.storage_url)
    try:
        if arguments.command == "create":
            _say(f"made: {await create(redis, storage, arguments.folder, _say)}")
        else:
            await restore(redis, storage, arguments.folder, _say, at_rest=arguments.at_rest)
            _say("restored: start the service")
    finally:
        await redis.aclose(close_connection_pool=True)


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a command's output


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m worker.backup",
        description="Backup and restore of Redis and of the results.",
    )
    commands = parser.add_subparsers(required=True, dest="command")
    made = commands.add_parser("create", help="make a backup, while everything runs")
    made.add_argument("folder", type=Path, help="where all backups are kept")
    for name, does in (("verify", "look at every byte"), ("restore", "put it back")):
        command = commands.add_parser(name, help=does)
        command.add_argument("folder", type=Path, help="one backup, with its manifest.json")
    command.add_argument(
        "--at-rest",
        action="store_true",
        help="nothing has run since it was made: what waited then goes on, and is paid for then",
    )
    return parser


def main() -> int:
    arguments = _parser().parse_args()
    try:
        asyncio.run(_run(read_bot(), arguments))
    except DarkroomError as error:
        _say(str(error))
    except UNAVAILABLE as error:
        if isinstance(error, OSError) and error.filename:
            _say(f"{error.filename}: {error.strerror}.")
        else:
            _say(f"Redis does not answer ({type(error).__name__}): look at redis_url.")
    else:
        return 0
    return 1


if __name__ == "__main__":
    leave(main())
