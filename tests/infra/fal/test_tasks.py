import json

import pytest

from infra.fal.tasks import TaskId
from tests.infra.fal.answers import TASK


def test_a_task_id_survives_its_keeping() -> None:
    """What is kept in Redis comes back the same, without blanks in it."""
    kept = TASK.dumps()
    assert TaskId.loads(kept) == TASK
    assert " " not in kept


@pytest.mark.parametrize("text", ["", "[]", "{}", json.dumps({"request_id": "r-1"})])
def test_half_a_task_id_is_refused(text: str) -> None:
    """A record that cannot be followed is found out at once."""
    with pytest.raises(ValueError):  # noqa: PT011 - the JSON parser's own text is as good
        TaskId.loads(text)
