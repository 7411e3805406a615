"""Names of the queues, for health checks in infra.

`worker/queues/names.py` defines them, but infra must not import it; a test compares the two.
"""

from arq.constants import health_check_key_suffix

QUEUES = ("updates", "img_queue", "vid_queue")


def health_key(queue: str) -> str:
    """Return the key that a worker of this queue renews: https://arq-docs.helpmanuel.com/#health-checks."""
    return f"{queue}{health_check_key_suffix}"
