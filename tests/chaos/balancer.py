"""A load balancer for webhook_app processes: the next process that is up gets the connection."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from itertools import count

#: Host and port.
type Address = tuple[str, int]
type Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]

_CHUNK = 65536


class Balancer:
    """Use the processes in turn, skip those that refuse, and pass bytes on as they come."""

    def __init__(self, webhook_apps: Sequence[Address]) -> None:
        self._webhook_apps = webhook_apps
        self._turn = count()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        webhook_app = await self._open()
        if webhook_app is None:
            writer.close()
            return
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(_pump(reader, webhook_app[1]))
                tasks.create_task(_pump(webhook_app[0], writer))
        finally:
            webhook_app[1].close()
            writer.close()

    async def _open(self) -> Stream | None:
        first = next(self._turn)
        for index in range(len(self._webhook_apps)):
            webhook_app = self._webhook_apps[(first + index) % len(self._webhook_apps)]
            with suppress(OSError):
                return await asyncio.open_connection(*webhook_app)
        return None


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass bytes on until one side closes; then close the other."""
    with suppress(OSError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def balanced(address: Address, webhook_apps: Sequence[Address]) -> AsyncIterator[None]:
    """Listen at an address for the processes behind it."""
    balancer = Balancer(webhook_apps)
    connections: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(balancer.serve(reader, writer))
        connections.add(task)
        task.add_done_callback(connections.discard)

    server = await asyncio.start_server(accept, *address)
    try:
        yield
    finally:
        server.close()
        for task in connections:
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
