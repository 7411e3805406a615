"""The product's two processes at work, with connections to webhook_app for Telegram and fal."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tests.bench.load import Load, connected
from tests.bench.program import Program, running
from tests.bench.stage import Stage


@dataclass(frozen=True)
class Serving:
    load: Load
    webhook_app: Program
    worker: Program

    def cpu_seconds(self) -> float:
        return self.webhook_app.cpu_seconds() + self.worker.cpu_seconds()


@asynccontextmanager
async def serving(stage: Stage, connections: int = 4) -> AsyncIterator[Serving]:
    webhook_app, worker = stage.darkroom.webhook_app(), stage.darkroom.worker()
    async with running(webhook_app, worker):
        await worker.wait_until(stage.darkroom.is_healthy)
        async with connected(stage.darkroom.port, connections) as load:
            stage.fal.use_webhook_app(load)
            yield Serving(load, webhook_app, worker)
