"""The bench's own fakes and clients."""

import asyncio
import json
import socket
import time
from pathlib import Path

import pytest
from redis.asyncio import Redis

from infra.fal.bills import Bill, read_bill
from tests.bench.batches import batching
from tests.bench.fal import Fal
from tests.bench.program import Program, running
from tests.bench.shares import shares_of
from tests.bench.telegram import Stopwatch, Telegram
from tests.bench.updates import deliveries, delivery, message, user
from tests.bench.wire import Request
from tests.processes import free_port
from tests.valkey import ValkeyServer


async def test_batched_commands_get_their_own_responses(valkey_url: str) -> None:
    """A thousand commands in a few pipelines; one that Redis refuses does not affect the others."""
    redis = batching(valkey_url)
    try:
        await asyncio.gather(*(redis.set(f"key-{n}", n) for n in range(1000)))
        *found, refused = await asyncio.gather(
            *(redis.get(f"key-{n}") for n in range(1000)),
            redis.lpush("key-1", "no list"),  # type: ignore[arg-type]  # redis-py calls it sync or async
            return_exceptions=True,
        )
    finally:
        await redis.aclose(close_connection_pool=True)
    assert found == [b"%d" % n for n in range(1000)]
    assert isinstance(refused, Exception)


def test_result_says_what_fal_bills() -> None:
    """As fal's result call does, so that the product does not ask again."""
    fal = Fal(b"", "image/png")
    submitted = json.loads(fal.handle(Request("POST", "/fal-ai/flux/schnell", b"{}", 2)).body)
    path = submitted["response_url"].removeprefix(fal.url)
    assert (
        json.loads(fal.handle(Request("GET", f"{path}/status", b"", 0)).body)["status"]
        == "COMPLETED"
    )
    assert read_bill(fal.handle(Request("GET", path, b"", 0)).headers) == Bill(1.0)


async def test_killed_program_starts_again(tmp_path: Path) -> None:
    """A kill ends a process that ignores SIGTERM, and its children; the same program runs again."""
    script = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    program = Program("sleeper", ("-c", script), {}, tmp_path)
    async with running(program):
        program.kill()
        program.start()
        program.check()
        program.kill()


async def test_delay_proxy_keeps_order(
    valkey: ValkeyServer, valkey_url: str, tmp_path: Path
) -> None:
    """No response is early, and the order stays."""
    port, path = free_port(), valkey.url.removeprefix("unix://")
    arguments = ("-m", "tests.bench.delay", str(port), path, "0.005")
    proxy = Program("delay", arguments, {}, tmp_path)
    async with running(proxy), Redis.from_url(f"redis://127.0.0.1:{port}") as redis:
        await proxy.wait_until(lambda: _listens(port))
        await redis.ping()
        started = time.perf_counter()
        await redis.ping()
        taken = time.perf_counter() - started
        async with redis.pipeline(transaction=False) as pipe:
            for number in range(500):
                pipe.rpush("row", number)
            await pipe.execute()
        found = await redis.lrange("row", 0, -1)
    assert found == [b"%d" % n for n in range(500)]
    assert taken >= 0.01


async def test_share_of_a_core_is_a_limit(tmp_path: Path) -> None:
    """A busy process gets no more than its share, and no group stays."""
    shares = shares_of(0.2)
    if not shares:
        pytest.skip("no control groups here: they need root and Linux")
    busy = Program("busy", ("-c", "while True: pass"), {}, tmp_path)
    async with running(busy):
        with shares.limited(busy.pids()):
            before, started = busy.cpu_seconds(), time.perf_counter()
            await asyncio.sleep(1)
            used = (busy.cpu_seconds() - before) / (time.perf_counter() - started)
        assert not list(shares.root.glob("darkroom-bench-*"))
    assert 0 < used < 0.25


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_telegram_finds_the_chat_of_a_call() -> None:
    """In both encodings that a bot may send; the answer is a message of that chat."""
    telegram, watch = Telegram(), Stopwatch()
    telegram.watch("sendMessage", watch.end)
    watch.begin(user(3), time.perf_counter())
    plain = b"text=hello&chat_id=%d" % user(3)
    multipart = b'--x\r\nContent-Disposition: form-data; name="chat_id"\r\n\r\n-100123\r\n--x--'
    for method, body, chat in (
        ("sendMessage", plain, user(3)),
        ("sendPhoto", multipart, -100123),
    ):
        request = Request("POST", f"/bot1:token/{method}", body, len(body))
        answer = json.loads(telegram.handle(request).body)
        assert answer["result"]["chat"]["id"] == chat
    assert telegram.calls == {"sendMessage": 1, "sendPhoto": 1}
    assert len(watch.latencies) == 1


def test_every_update_has_its_own_id() -> None:
    """In a stream and one by one, and the length is that of its head."""
    stream = deliveries("/ping")
    requests = [next(stream), delivery(message("/ping", user(0))), next(stream)]
    ids = set()
    for request in requests:
        head, _, body = request.partition(b"\r\n\r\n")
        assert f"Content-Length: {len(body)}".encode() in head
        ids.add(json.loads(body)["update_id"])
    assert len(ids) == 3
