# mypy: disable-error-code="import-not-found, untyped-decorator"
# (the peers have a virtual environment of their own)
"""Celery polls jobs: BROKER_URL=… celery -A celery_following worker --pool threads

https://docs.celeryq.dev/en/stable/userguide/tasks.html#retrying. Each poll is a try of a task, which retries INTERVAL
seconds later.
"""

import os

import httpx
from celery import Celery, Task

INTERVAL = float(os.environ["INTERVAL"])

app = Celery(broker=os.environ["BROKER_URL"])
app.conf.task_ignore_result = True
app.conf.broker_connection_retry_on_startup = True
http = httpx.Client(limits=httpx.Limits(max_connections=100))


@app.task(bind=True, max_retries=None)
def follow(self: Task, status_url: str) -> None:
    if http.get(status_url).json()["status"] != "COMPLETED":
        raise self.retry(countdown=INTERVAL)


def begin(base: str, count: int) -> None:
    """Enqueue the first polls, evenly spread."""
    for number in range(count):
        first = 3 + number / count * INTERVAL
        follow.apply_async((f"{base}{number}/status",), countdown=first)
