import asyncio

from tests.chaos.balancer import balanced
from tests.processes import free_port

HOST = "127.0.0.1"


async def test_process_that_is_down_is_skipped() -> None:
    """A connection works while one process is up, and its response comes back."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(await reader.readexactly(5))
        writer.close()

    port, closed = free_port(), free_port()
    async with await asyncio.start_server(echo, HOST, 0) as webhook_app:
        webhook_apps = [(HOST, closed), (HOST, webhook_app.sockets[0].getsockname()[1])]
        async with balanced((HOST, port), webhook_apps):
            assert [await request_page(port) for _ in range(4)] == [b"hello"] * 4


async def test_without_any_process_the_connection_is_closed() -> None:
    """As a proxy does when every backend is down."""
    port = free_port()
    async with balanced((HOST, port), [(HOST, free_port())]):
        assert await request_page(port) == b""


async def request_page(port: int) -> bytes:
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(b"hello")
    answer = await reader.read()
    writer.close()
    return answer
