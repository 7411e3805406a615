"""What the lifespan makes and every request can reach."""

from typing import TypedDict

from starlette.requests import Request as StarletteRequest

from infra.settings import Settings
from infra.signed_links import SignedLinks
from webhook_app.attempts import FailedAttempts
from webhook_app.dependencies import Dependencies
from webhook_app.group_commit import GroupCommit
from webhook_app.numbers import Numbers
from webhook_app.page.late import LatePage
from webhook_app.signatures import Signatures
from webhook_app.storage import LateStorage
from worker.job_store import JobStore
from worker.queue import Arrival, Inbox
from worker.webhooks import WebhookStore


class State(TypedDict):
    settings: Settings
    attempts: FailedAttempts
    inbox: Inbox
    hand_over: GroupCommit[Arrival, bool]
    jobs: JobStore
    watched_jobs: JobStore
    webhooks: WebhookStore
    signatures: Signatures
    dependencies: Dependencies
    links: SignedLinks
    storage: LateStorage
    numbers: Numbers
    page: LatePage


type Request = StarletteRequest[State]
