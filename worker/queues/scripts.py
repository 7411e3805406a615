"""Constants of the Lua files in this package: enqueue an arq job, wake its worker, schedule a job's next poll.

How arq stores a job: https://arq-docs.helpmanuel.com/.
"""


def wake_list_key(queue: str) -> str:
    return f"darkroom:wake-list:{queue}"


# arq's default: a definition expires after a day. The schedule enqueues a lost task again.
DEFINITION_MS = 24 * 3600 * 1000
# A worker looks at its queue at least this often: the most that a lost wake-up costs.
LONGEST_WAIT_MS = 500
# A drain that has not started after this time has died, or its queue is so full that another one does no harm.
ABANDONED_MS = 10_000
# Polls that are due within this time of each other share a run.
TICK_MS = 100
