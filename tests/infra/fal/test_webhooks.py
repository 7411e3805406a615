import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.errors import FailureKind
from infra.fal.tasks import TaskState
from infra.fal.webhooks import read_webhook
from tests.infra.fal.answers import PICTURE, detail
from tests.infra.fal.test_results import JSON
from tests.infra.fal.test_signature import BODY

REFUSED = {"status": "ERROR", "error": "Invalid status code: 422"}


def body(**content: Any) -> bytes:
    return json.dumps({"request_id": "r", "gateway_request_id": "r", **content}).encode()


def test_delivery_of_the_real_service_is_a_result() -> None:
    """The captured webhook has the same result as the result call."""
    status = read_webhook(BODY)
    assert status
    assert (status.state, status.seed) == (TaskState.COMPLETED, 427063521)
    assert status.result_url
    assert status.result_url.endswith("HJ_UJCN47Sp.png")


def test_seed_beyond_64_bits_is_kept() -> None:
    """A seed beyond 64 bits is kept exactly."""
    status = read_webhook(body(status="OK", payload={"images": [PICTURE], "seed": 2**70 + 1}))
    assert status
    assert status.seed == 2**70 + 1


@pytest.mark.parametrize(
    ("error_type", "kind"),
    [
        ("content_policy_violation", FailureKind.MODERATION),
        ("image_too_large", FailureKind.PICTURE_LARGE_FOR_MODEL),
    ],
)
def test_models_refusal_is_a_failure(error_type: str, kind: FailureKind) -> None:
    """A 422 of the result call is a failure by webhook too."""
    status = read_webhook(body(**REFUSED, payload=detail(error_type)))
    assert status
    assert status.state is TaskState.FAILED
    assert status.error
    assert status.error.kind is kind
    assert "secret cat" not in str(status.error)


def test_blacked_out_image_is_moderation() -> None:
    """A blacked-out image is no result by webhook either."""
    payload = {"images": [PICTURE], "has_nsfw_concepts": [True]}
    status = read_webhook(body(status="OK", payload=payload))
    assert status
    assert status.error
    assert status.error.kind is FailureKind.MODERATION


@pytest.mark.parametrize(
    "content",
    [
        {"status": "OK", "payload": None},
        {"status": "OK", "payload": None, "payload_error": "not JSON serializable"},
        {"status": "OK", "payload": {"images": [PICTURE]}, "payload_error": "cut off"},
        {"status": "OK", "payload": {"images": []}},
        {"status": "OK", "payload": {"detail": "Request is still in progress"}},
        {"status": "OK"},
        {"payload": {"images": [PICTURE]}},
        {"status": "ERROR", "error": "Request timed out"},
        {"status": "ERROR", "error": "Request timed out", "payload": {"detail": "late"}},
        {"status": "ERROR", "error": None, "payload": detail("content_policy_violation")},
        {**REFUSED, "payload": {"detail": "no"}},
        {**REFUSED, "payload": None},
        {**REFUSED, "error": "Invalid status code: 200", "payload": detail("one_of")},
        {**REFUSED, "error": ["Invalid status code: 422"], "payload": detail("one_of")},
    ],
    ids=json.dumps,
)
def test_inconclusive_webhook_fetches_the_result(content: dict[str, Any]) -> None:
    """A payload that is missing, truncated or without a cause decides nothing."""
    assert read_webhook(body(**content)) is None


@pytest.mark.parametrize("content", [b"", b"null", b"[1]", b"\xff", b"[" * 100_000, BODY[:-9]])
def test_unreadable_body_decides_nothing(content: bytes) -> None:
    """No bytes raise an error."""
    assert read_webhook(content) is None


@given(
    status=st.sampled_from(["OK", "ERROR", None]),
    error=st.sampled_from([None, "Invalid status code: 422", "Invalid status code: 404", "?"]),
    payload=JSON,
)
def test_any_webhook_is_final_or_inconclusive(
    status: str | None, error: str | None, payload: Any
) -> None:
    """A webhook never means that a task still runs or is unknown, and never raises."""
    found = read_webhook(body(status=status, error=error, payload=payload))
    assert found is None or found.state in {TaskState.COMPLETED, TaskState.FAILED}
