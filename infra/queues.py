"""The queues by name, for those on this floor who look whether somebody serves them.

Whose they are is said in `worker/queues/inbox.py`, which this floor must not import; a test holds the two together.
"""

from arq.constants import health_check_key_suffix

QUEUES = ("updates", "img_queue", "vid_queue")


def health_key(queue: str) -> str:
    """The key that a worker of this queue renews: https://arq-docs.helpmanuel.com/#health-checks."""
    return f"{queue}{health_check_key_suffix}"
