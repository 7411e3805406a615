"""Scripts for the steps of a job, each of them atomic. Every key is listed in docs/redis.md."""

from typing import Any

from arq.connections import ArqRedis

from infra.redis.script import Key, Values, lua_script

# For this time a repeated update finds the job that it has created.
ORIGIN_SECONDS = 48 * 3600
# Jobs of a set end earlier; after this time a late result is sent by itself.
SET_SECONDS = 7 * 24 * 3600
# A kept set may wait for the budget of the next month first.
KEPT_SET_SECONDS = 40 * 24 * 3600
# Orders of a user that may wait. A set counts with each of its jobs.
MOST_KEPT = 10
#: The answer of a script that changes a job whose record is packed: it has changed nothing.
PACKED = "packed"
# Fields that an ended job does not need. The webhook's token stays: fal repeats a webhook that is refused.
SPENT_FIELDS = frozenset(
    {
        *("task", "result_urls", "deadline"),
        *("usual", "attempts", "tries", "trouble", "position", "shown"),
        *("kept", "send_without", "send_attempts", "edit_attempts"),
        *("card_attempts", "card_missing"),
    }
)


@lua_script
async def create_jobs(  # noqa: PLR0913 - its keys and arguments
    redis: ArqRedis,
    *,
    origin: Key,
    job_set: Key,
    queue: str,
    user_id: str,
    kind: str,
    day: str,
    first_poll_ms: int,
    hold_ms: int,
    track: bytes,
    limits: str,
    kept: str,
    source: str,
    orders: Values,
) -> Any:
    """Store one job or a set: their ids between blanks, those that this origin created, or the refusal as a list.

    The first steps begin in `hold_ms`. `kept` has field names and values as a JSON list: jobs that a limit refuses
    get them and wait. `source` is the job whose result they start from, or empty. `orders` has for each job: its
    id, model, cost, task and definition, the number of field names and values, and these in turn.
    """


@lua_script
async def start_kept_orders(  # noqa: PLR0913 - its keys and arguments
    redis: ArqRedis,
    *,
    user_id: str,
    day: str,
    first_poll_ms: int,
    limits: str,
    orders: Values,
) -> Any:
    """Start the kept orders that are accepted now: for each 1, 0 if it is gone, or the refusal as a list.

    `orders` has for each order its number of jobs, and for each of these its id, queue, `track`, model, cost, task and
    definition, the number of field names and values, and these in turn.
    """


@lua_script
async def reprice_job(  # noqa: PLR0913 - its keys and arguments
    redis: ArqRedis,
    *,
    job: Key,
    user_id: str,
    model: str,
    day: str,
    cost: str,
    expected: str,
    limits: str,
    fields: Values,
) -> Any:
    """Change the expected cost of a job: 1, 0 if it is not in an expected status, PACKED, or the refusal as a list."""


@lua_script
async def move_job(  # noqa: PLR0913 - its keys and arguments
    redis: ArqRedis,
    *,
    job: Key,
    due: Key,
    job_id: str,
    queue: str,
    user_id: str,
    model: str,
    day: str,
    expected: str,
    seen_step: str,
    step: str,
    to: str,
    wait: str,
    at_latest: bool,
    task: str,
    definition: bytes,
    track: bytes,
    fal_slots: float,
    request_id: str,
    read: bool,
    fields: Values,
) -> Any:
    """Take a step: the status before, since when, the next poll, the record; 0 if it was not taken, or PACKED.

    `expected` are statuses between blanks; `seen_step` is the last step that the caller knows, `*` for any. `wait` is
    in milliseconds, '' for no more polls, or `unchanged`. `request_id` is fal's, if the step records it: no other job
    may have it.
    """


@lua_script
async def update_job_fields(  # noqa: PLR0913 - its keys and arguments
    redis: ArqRedis,
    *,
    job: Key,
    chat_id: str,
    messages: str,
    method: str,
    answered_at: str,
    fields: Values,
) -> Any:
    """Update fields (name, value in turn) of a job, if it exists: its status; PACKED if it is packed.

    `messages` are ids of messages and the results that they show, in turn, between blanks. `method` is the method of
    the Bot API that sent them, if its answer is not recorded by others.
    """


@lua_script
async def set_favourite(
    redis: ArqRedis, *, job: Key, job_id: str, user_id: str, wanted: bool
) -> Any:
    """Add a job to the favourites of its user, or remove it: 0 if it is gone, or PACKED."""


@lua_script
async def report_damaged(
    redis: ArqRedis, *, dead_letters: Key, dead_letter: Key, job_id: str, reason: str
) -> Any:
    """Add a damaged job to the dead letters: 0 if it was one before."""


@lua_script
async def delete_job(  # noqa: PLR0913 - its keys and arguments
    redis: ArqRedis,
    *,
    job: Key,
    webhook: Key,
    due: Key,
    active: Key,
    inquiries: Key,
    children: Key,
    job_id: str,
    user_id: str,
    kind: str,
    ended: str,
    ancestors: Values,
) -> Any:
    """Delete a job in one of these statuses (between blanks; `*`: any): 0 if it is active.

    Its children become those of the first of its `ancestors` that exists; the nearest is the first.
    """
