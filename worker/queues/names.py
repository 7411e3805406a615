"""Names of the queues and tasks, and how a task is serialized for arq."""

import time
from collections.abc import Callable
from enum import StrEnum

from arq.jobs import serialize_job

from infra.redis.client import dumps

Clock = Callable[[], float]


class Queue(StrEnum):
    UPDATES = "updates"
    IMAGES = "img_queue"
    VIDEOS = "vid_queue"


QUEUES = tuple(Queue)


class Task(StrEnum):
    DRAIN = "drain"
    RESUME = "resume"
    PREPARE = "prepare"
    SUBMIT = "submit"
    TRACK = "track"
    COLLECT = "collect"
    DELIVER = "deliver"


def definition(task: str, *arguments: str) -> bytes:
    """Serialize an arq job; its arguments are ids, never payloads, because arq logs them."""
    return serialize_job(str(task), arguments, {}, None, int(time.time() * 1000), serializer=dumps)
