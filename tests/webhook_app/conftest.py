from collections.abc import AsyncIterator

import httpx
import pytest
from arq.connections import ArqRedis

from tests.infra.fal.test_signature import SENT_AT
from tests.valkey import ValkeyServer
from tests.webhook_app.client import serve, settings_for
from tests.webhook_app.fal.signed_webhooks import WebhookSender, open_webhook_sender
from worker.jobs.fal_webhooks import WebhookStore


@pytest.fixture(scope="module")
async def served(
    valkey: ValkeyServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[httpx.AsyncClient]:
    settings = settings_for(valkey.url, media_dir=tmp_path_factory.mktemp("media"))
    async with serve(settings) as client:
        yield client


@pytest.fixture
def client(served: httpx.AsyncClient, valkey_url: str) -> httpx.AsyncClient:
    """webhook_app in webhook mode with an empty Redis, shared by the tests: starting it takes a while."""
    return served


@pytest.fixture(scope="module")
async def served_to_fal(valkey: ValkeyServer) -> AsyncIterator[WebhookSender]:
    async with open_webhook_sender(valkey.url) as client:
        yield client


@pytest.fixture
def fal_client(served_to_fal: WebhookSender, valkey_url: str) -> WebhookSender:
    """webhook_app with fal in front of it, at the time of the captured delivery."""
    served_to_fal.clock.now = SENT_AT
    return served_to_fal


@pytest.fixture
def webhooks(redis: ArqRedis) -> WebhookStore:
    return WebhookStore(redis)
