"""All children of a run: starts the services first, then the product, and stops them in reverse order."""

import asyncio
import os
from pathlib import Path

from infra.run.children import Child, RestartPolicy
from infra.run.plan import Plan
from infra.run.published import overlaid
from infra.run.report import Console


class Supervisor:
    def __init__(
        self, plan: Plan, run_dir: Path, console: Console, restarts: RestartPolicy | None = None
    ) -> None:
        self._plan = plan
        self._run_dir = run_dir
        self._console = console
        self._restarts = restarts or RestartPolicy()
        self._running: dict[asyncio.Task[None], Child] = {}

    async def start(self, timeout_seconds: float = 30) -> bool:
        """Start everything. Return whether each of the two stages was ready within `timeout_seconds` seconds."""
        environment = {**overlaid(os.environ, self._plan.added), "PYTHONUNBUFFERED": "1"}
        is_complete = True
        for programs in (self._plan.services, self._plan.product):
            children = []
            for program in programs:
                child = Child(
                    program,
                    environment=environment,
                    run_dir=self._run_dir,
                    console=self._console,
                    restarts=self._restarts,
                )
                self._running[asyncio.create_task(child.supervise(), name=program.name)] = child
                children.append(child)
            settled = [asyncio.ensure_future(child.settled.wait()) for child in children]
            if settled:
                await asyncio.wait(settled, timeout=timeout_seconds)
            for future, child in zip(settled, children, strict=True):
                if future.cancel():
                    self._console.not_ready(child.program, child.output, timeout_seconds)
            is_complete &= all(child.ready.is_set() for child in children)
        return is_complete

    async def stop(self) -> None:
        for task in reversed(self._running):
            task.cancel()
            await asyncio.wait({task})
        self._running.clear()

    def kill(self) -> None:
        """Kill the children, to end a slow stop."""
        for child in self._running.values():
            child.kill()
