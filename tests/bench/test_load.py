import asyncio
from contextlib import suppress
from itertools import count, islice

from tests.bench.load import connected, end_of_answer, post
from tests.bench.wire import Answer, Request, served


def test_end_of_a_response() -> None:
    """By its length, by its last chunk, or with its head; half a response has no end."""
    sized = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"
    bare = b"HTTP/1.1 204 No Content\r\nDate: now\r\n\r\n"
    for answer in (sized, chunked, bare):
        assert end_of_answer(answer) == len(answer)
        assert end_of_answer(answer + b"HTTP/1.1") == len(answer)
        assert end_of_answer(answer[:-1]) is None


async def test_every_request_is_answered_once() -> None:
    """A flood ends with its requests, a paced load sends its number, and no body is truncated."""
    seen: list[bytes] = []

    def handle(request: Request) -> Answer:
        seen.append(request.body)
        return Answer("text/plain", b"yes")

    async with served(handle) as port, connected(port, 4) as load:
        requests = (post("/", b"%d" % number * 500) for number in count(10))
        flooded = await load.flood(islice(requests, 50), seconds=5)
        paced = await load.pace(requests, rate=500, seconds=0.1)
        assert await load.one(next(requests)) < 1
    assert flooded.statuses == {200: 50}
    assert paced.statuses == {200: 50}
    assert len(paced.latencies) == 50
    assert sorted(seen) == sorted(b"%d" % number * 500 for number in range(10, 111))


async def test_closed_connection_is_reopened() -> None:
    """Servers close idle connections, and some in the middle: no request is lost."""
    seen: list[bytes] = []

    async def answer_once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):  # the last connection, which is never used
            seen.append((await reader.readuntil(b"!"))[-2:])
            if len(seen) != 2:
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(answer_once, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with connected(port, 1) as load:
            for number in range(3):
                await load.one(post("/", b"%d!" % number))
                await asyncio.sleep(0.02)
    assert seen == [b"0!", b"1!", b"1!", b"2!"]
