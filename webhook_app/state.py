"""State that the lifespan creates and requests read; packages extend it with their own keys."""

from typing import TYPE_CHECKING, Any, TypedDict

from starlette.requests import Request as StarletteRequest

from infra.settings import Settings
from infra.storage.signed_urls import SignedLinks
from webhook_app.lazy import Lazy
from worker.jobs.fal_webhooks import WebhookStore
from worker.jobs.store import JobStore
from worker.queues.inbox import Inbox

if TYPE_CHECKING:
    # obstore is slow to load.
    from infra.storage.store import Storage


class State(TypedDict):
    settings: Settings
    inbox: Inbox
    jobs: JobStore
    watched_jobs: JobStore
    webhooks: WebhookStore
    links: SignedLinks
    storage: "Lazy[Storage]"


type Request = StarletteRequest[State]
# StarletteRequest is invariant in its state, so a decorator for any endpoint needs Any.
type AnyRequest = StarletteRequest[Any]
