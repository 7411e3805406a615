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
def test_early_result_call_is_in_progress(status: int) -> None:
    """fal uses several codes for this, so the text decides."""
    result = Answer(status, {}, {"detail": "Request is still in progress"})
    assert judge(COMPLETED, result).state is TaskState.IN_PROGRESS


def test_refused_prompt_is_moderation() -> None:
    """A 422 of the result call is the task's failure."""
    found = judge(COMPLETED, Answer(422, {}, detail("content_policy_violation")))
    assert found.state is TaskState.FAILED
    assert found.error
    assert found.error.kind is FailureKind.MODERATION
    assert found.result_url is None


def test_blacked_out_image_is_moderation() -> None:
    """Flux answers 200 with a blacked-out image."""
    found = judge(COMPLETED, Answer(200, {}, {"images": [PICTURE], "has_nsfw_concepts": [True]}))
    assert found.error
    assert found.error.kind is FailureKind.MODERATION


def test_blocked_image_among_others_is_skipped() -> None:
    """A user who ordered two images gets the one that passed."""
    body = {"images": [PICTURE, OTHER], "has_nsfw_concepts": [True, False]}
    found = judge(COMPLETED, Answer(200, {}, body))
    assert found.state is TaskState.COMPLETED
    assert (found.blocked, found.result_url) == ((True, False), OTHER["url"])


def test_success_without_media_is_a_failure() -> None:
    """An empty 200 is no image."""
    found = judge(COMPLETED, Answer(200, {}, {"images": []}))
    assert found.error
    assert found.error.kind is FailureKind.BROKEN_RESULT


def test_media_take_precedence_over_an_error() -> None:
    """An existing result is paid for, so it is delivered."""
    assert judge(LATE, Answer(200, {}, {"images": [PICTURE]})).state is TaskState.COMPLETED


@pytest.mark.parametrize(
    "result",
    [Answer(200, {}, None), Answer(404, {}, {"status": "NOT_FOUND"}), Answer(400, {}, None)],
)
def test_status_error_is_used_when_the_result_has_less_detail(result: Answer) -> None:
    """The more specific of two errors is reported."""
    found = judge(LATE, result)
    assert found.error
    assert found.error.error_type == "request_timeout"


def test_result_error_is_used_when_it_has_more_detail() -> None:
    """The model's error precedes the queue's."""
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
def test_foreign_response_fails_no_task(result: Answer) -> None:
    """A gateway's page instead of the result is retried: the result exists and is paid for."""
    with pytest.raises(ProviderError) as caught:
        judge(COMPLETED, result)
    assert caught.value.retryable


def test_detail_without_a_type_is_a_model_error() -> None:
    """fal's older models report a detail without a type."""
    found = judge(COMPLETED, Answer(400, {}, {"detail": "The model could not do that"}))
    assert found.state is TaskState.FAILED


@pytest.mark.parametrize("status", [httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN])
def test_refused_result_call_fails_no_task(status: int) -> None:
    """The result can still be fetched with a corrected key."""
    with pytest.raises(ProviderError):
        judge(COMPLETED, Answer(status, {}, {"detail": "invalid key credentials"}))
