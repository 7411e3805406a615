import json

import pytest

from infra.fal.tasks import TaskId
from tests.infra.fal.answers import TASK


def test_task_id_round_trips() -> None:
    """A task id from Redis equals the original, and contains no blanks."""
    kept = TASK.dumps()
    assert TaskId.loads(kept) == TASK
    assert " " not in kept


@pytest.mark.parametrize("text", ["", "[]", "{}", json.dumps({"request_id": "r-1"})])
def test_incomplete_task_id_is_refused(text: str) -> None:
    """A task that cannot be polled is refused at once."""
    with pytest.raises(ValueError):  # noqa: PT011 - the JSON parser's text is enough
        TaskId.loads(text)
