import httpx
import pytest

from infra.errors import FailureKind, ProviderError
from infra.fal.connection import Answer
from infra.fal.task_outcome import judge
from infra.fal.tasks import TaskState
from tests.infra.fal.answers import PICTURE, detail

COMPLETED = Answer(200, {}, {"status": "COMPLETED"})
LATE = Answer(200, {}, {"status": "COMPLETED", "error": "late", "error_type": "request_timeout"})
OTHER = {"url": "https://v3.fal.media/files/b.png"}


@pytest.mark.parametrize("status", [200, 202, 400, 422])
def test_a_result_that_is_too_early_is_in_progress(status: int) -> None:
    """fal is of several minds about the code, so the text decides."""
    result = Answer(status, {}, {"detail": "Request is still in progress"})
    assert judge(COMPLETED, result).state is TaskState.IN_PROGRESS


def test_a_refused_prompt_is_moderation() -> None:
    """A 422 that shows on the result call only is still the task's failure."""
    found = judge(COMPLETED, Answer(422, {}, detail("content_policy_violation")))
    assert found.state is TaskState.FAILED
    assert found.error
    assert found.error.kind is FailureKind.MODERATION
    assert found.result_url is None


def test_a_black_picture_is_moderation() -> None:
    """Flux answers 200 with the picture painted over."""
    found = judge(COMPLETED, Answer(200, {}, {"images": [PICTURE], "has_nsfw_concepts": [True]}))
    assert found.error
    assert found.error.kind is FailureKind.MODERATION


def test_a_blocked_picture_among_others_is_passed_over() -> None:
    """Who asked for two and may have one gets the one."""
    body = {"images": [PICTURE, OTHER], "has_nsfw_concepts": [True, False]}
    found = judge(COMPLETED, Answer(200, {}, body))
    assert found.state is TaskState.COMPLETED
    assert (found.blocked, found.result_url) == ((True, False), OTHER["url"])


def test_a_success_without_media_is_a_failure() -> None:
    """An empty 200 is no picture."""
    found = judge(COMPLETED, Answer(200, {}, {"images": []}))
    assert found.error
    assert found.error.kind is FailureKind.BROKEN_RESULT


def test_media_count_more_than_an_error_beside_them() -> None:
    """What was paid for and is there is delivered."""
    assert judge(LATE, Answer(200, {}, {"images": [PICTURE]})).state is TaskState.COMPLETED


@pytest.mark.parametrize(
    "result",
    [Answer(200, {}, None), Answer(404, {}, {"status": "NOT_FOUND"}), Answer(400, {}, None)],
)
def test_the_status_objects_error_is_told_when_the_result_says_less(result: Answer) -> None:
    """The more telling of two answers wins."""
    found = judge(LATE, result)
    assert found.error
    assert found.error.error_type == "request_timeout"


def test_the_results_error_is_told_when_it_says_more() -> None:
    """The model's own words come before the queue's."""
    found = judge(LATE, Answer(422, {}, detail("image_too_large")))
    assert found.error
    assert found.error.kind is FailureKind.PICTURE_LARGE_FOR_MODEL


@pytest.mark.parametrize(
    "result",
    [
        Answer(200, {}, None),
        Answer(200, {}, []),
        *(Answer(status, {}, None) for status in (204, 302, 400, 404, 409, 410, 418, 451, 502)),
        Answer(404, {}, {"detail": "Not found"}),
        Answer(404, {}, {"status": "NOT_FOUND"}),
        Answer(503, {}, {"detail": "Service unavailable"}),
    ],
)
def test_an_answer_that_is_not_the_models_fails_no_task(result: Answer) -> None:
    """A page of a gateway's in place of the result: it is made and paid for, and asked for again."""
    with pytest.raises(ProviderError) as caught:
        judge(COMPLETED, result)
    assert caught.value.retryable


def test_a_detail_without_a_type_is_the_models_word() -> None:
    """fal's older models say no more than that."""
    found = judge(COMPLETED, Answer(400, {}, {"detail": "The model could not do that"}))
    assert found.state is TaskState.FAILED


@pytest.mark.parametrize("status", [httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN])
def test_a_refused_result_call_fails_no_task(status: int) -> None:
    """With a mended key the result is still to be had."""
    with pytest.raises(ProviderError):
        judge(COMPLETED, Answer(status, {}, {"detail": "invalid key credentials"}))
