import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from infra.sandbox.telegram.attachments import Attachments
from infra.sandbox.telegram.callbacks import Callbacks
from infra.sandbox.telegram.calls import Calls
from infra.sandbox.telegram.database import Database
from infra.sandbox.telegram.ephemeral import EphemeralMessages
from infra.sandbox.telegram.events import Events
from infra.sandbox.telegram.faults import Faults
from infra.sandbox.telegram.files import Files
from infra.sandbox.telegram.groups import Groups
from infra.sandbox.telegram.inline_queries import InlineQueries
from infra.sandbox.telegram.messages import Messages
from infra.sandbox.telegram.polling import Polling
from infra.sandbox.telegram.profile import Profile
from infra.sandbox.telegram.rates import RateLimits, Rates
from infra.sandbox.telegram.threads import Threads
from infra.sandbox.telegram.updates import Updates
from infra.sandbox.telegram.users import Users
from infra.sandbox.telegram.webhook import Webhook
from infra.sandbox.telegram.wire import Clock


@dataclass(frozen=True, kw_only=True)
class SandboxSettings:
    """`data` is the folder with all state; `token` is that of the only bot.

    `is_local`: act as a self-hosted Bot API server that was started with `--local`.
    https://core.telegram.org/bots/api#using-a-local-bot-api-server

    `has_ephemeral`: False acts as a server from before Bot API 10.2, which ignores the parameters of ephemeral messages
    as it ignores every unknown parameter.
    """

    data: Path
    token: str
    is_local: bool = False
    has_ephemeral: bool = True
    webhook_retry_scale: float = 1.0
    limits: RateLimits = field(default_factory=RateLimits)
    clock: Clock = time.time


@dataclass(frozen=True, kw_only=True)
class Sandbox:
    """The Telegram fake: users, one bot, and their messages."""

    settings: SandboxSettings
    users: Users
    groups: Groups
    messages: Messages
    ephemeral: EphemeralMessages
    threads: Threads
    files: Files
    attachments: Attachments
    profile: Profile
    callbacks: Callbacks
    inline_queries: InlineQueries
    updates: Updates
    polling: Polling
    webhook: Webhook
    events: Events
    rates: Rates
    calls: Calls
    faults: Faults
    client: httpx.AsyncClient

    def close_streams(self) -> None:
        """Answer every waiting request, so that the server can stop."""
        self.events.close()
        self.polling.close()
        self.faults.close()


@asynccontextmanager
async def open_sandbox(settings: SandboxSettings) -> AsyncIterator[Sandbox]:
    database = Database(settings.data / "telegram.sqlite3")
    try:
        async with httpx.AsyncClient(verify=httpx.create_ssl_context(), trust_env=False) as client:
            yield _assemble(settings, database, client)
    finally:
        database.close()


def _assemble(settings: SandboxSettings, database: Database, client: httpx.AsyncClient) -> Sandbox:
    clock = settings.clock
    users, events, updates = Users(database), Events(clock), Updates(database, clock)
    files = Files(database, settings.data / "files")
    groups = Groups(database, [user.id for user in users.all()])
    messages = Messages(database, users, events, clock)
    return Sandbox(
        settings=settings,
        users=users,
        groups=groups,
        messages=messages,
        ephemeral=EphemeralMessages(database, events, clock),
        threads=Threads(groups, messages),
        files=files,
        attachments=Attachments(files),
        profile=Profile(database, settings.token),
        callbacks=Callbacks(database, updates, events, clock),
        inline_queries=InlineQueries(database, updates, events, clock),
        updates=updates,
        polling=Polling(updates),
        webhook=Webhook(database, updates, client, clock, settings.webhook_retry_scale),
        events=events,
        rates=Rates(settings.limits, clock),
        calls=Calls(),
        faults=Faults(),
        client=client,
    )
