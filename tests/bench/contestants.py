"""The servers that receive updates: ours, the baseline, and the peers."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from redis import Redis

from tests.bench.program import Program
from tests.bench.stage import Bench, Stage
from tests.bench.updates import SECRET
from tests.processes import free_port, status_of

OURS, FLOOR = "Darkroom", "baseline: one bare round trip"
FASTAPI, AIOGRAM, PTB = "FastAPI + RQ", "aiogram's server", "python-telegram-bot's server"
_PEERS = Path(__file__).parent / "peers"


@dataclass(frozen=True)
class Contestant:
    """`kept` counts the updates that it has stored in Redis."""

    name: str
    program: Program
    port: int
    kept: Callable[[Redis], int]

    def is_open(self) -> bool:
        return status_of(f"http://127.0.0.1:{self.port}/") > 0


def contestants(bench: Bench, stage: Stage) -> list[Contestant]:
    peers = {FASTAPI: "fastapi_rq", AIOGRAM: "aiogram_server", PTB: "ptb_server"}
    return [
        Contestant(OURS, stage.darkroom.webhook_app(), stage.darkroom.port, _kept_by_us),
        _floor(stage),
        *(_peer(bench, stage, name, script) for name, script in peers.items()),
    ]


def _floor(stage: Stage) -> Contestant:
    port = free_port()
    environment = {**stage.darkroom.environment, "api_port": str(port)}
    arguments = ("-m", "tests.bench.baseline")
    program = Program("floor", arguments, environment, stage.folder, stage.darkroom.cores)
    return Contestant(FLOOR, program, port, lambda _: 0)


def _peer(bench: Bench, stage: Stage, name: str, script: str) -> Contestant:
    port, telegram = free_port(), stage.darkroom.telegram_url
    arguments = [str(_PEERS / f"{script}.py"), str(port), stage.valkey.url, SECRET]
    if name == PTB:
        arguments.append(telegram)
    program = Program(script, tuple(arguments), {}, stage.folder, stage.darkroom.cores, bench.peers)
    kept = _kept_by_rq if name == FASTAPI else _kept_in_a_list
    return Contestant(name, program, port, kept)


def _kept_by_us(redis: Redis) -> int:
    return sum(
        _length(redis, key.decode()) for key in redis.scan_iter("darkroom:inbox:*", count=1000)
    )


def _kept_by_rq(redis: Redis) -> int:
    return _length(redis, "rq:queue:updates")


def _kept_in_a_list(redis: Redis) -> int:
    return _length(redis, "updates")


def _length(redis: Redis, key: str) -> int:
    return cast(int, redis.llen(key))
