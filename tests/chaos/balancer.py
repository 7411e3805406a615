"""A proxy before the front doors, as a server has one: whoever is up gets the next connection."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import count

type Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]

_CHUNK = 65536


class Balancer:
    """Takes the doors in turn, passing over those that refuse; bytes are passed on as they come."""

    def __init__(self, ports: Sequence[int]) -> None:
        self._ports = ports
        self._turn = count()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        door = await self._open()
        if door is None:
            writer.close()
            return
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_pump(reader, door[1]))
                tasks.create_task(_pump(door[0], writer))
        finally:
            door[1].close()
            writer.close()

    async def _open(self) -> Stream | None:
        first = next(self._turn)
        for index in range(len(self._ports)):
            port = self._ports[(first + index) % len(self._ports)]
            with suppress(OSError):
                return await asyncio.open_connection("127.0.0.1", port)
        return None


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass bytes on until one side ends; then the other is closed too."""
    with suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def balanced(port: int, ports: Sequence[int]) -> AsyncIterator[None]:
    """Listen at a port for the doors behind it."""
    balancer = Balancer(ports)
    connections: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(balancer.serve(reader, writer))
        connections.add(task)
        task.add_done_callback(connections.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
