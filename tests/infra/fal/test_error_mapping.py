from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.errors import FailureKind
from infra.fal.error_mapping import classify, is_verdict, parse_retry_after
from tests.infra.fal.answers import detail

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@pytest.mark.parametrize(
    ("status", "error_type", "kind", "retryable"),
    [
        (422, "content_policy_violation", FailureKind.MODERATION, False),
        (422, "no_media_generated", FailureKind.NOTHING_MADE, False),
        (422, "image_too_small", FailureKind.PICTURE_SMALL_FOR_MODEL, False),
        (422, "image_too_large", FailureKind.PICTURE_LARGE_FOR_MODEL, False),
        (422, "file_too_large", FailureKind.PICTURE_LARGE_FOR_MODEL, False),
        (422, "image_load_error", FailureKind.PICTURE_UNREAD_BY_MODEL, False),
        (422, "unsupported_image_format", FailureKind.PICTURE_UNREAD_BY_MODEL, False),
        (422, "unsupported_video_format", FailureKind.BAD_INPUT, False),
        (422, "face_detection_error", FailureKind.PICTURE_WITHOUT_FACE, False),
        (422, "file_download_error", FailureKind.UNFETCHED_PICTURE, False),
        (422, "image_size_mismatch", FailureKind.MASK_UNRELATED, False),
        (422, "a_type_of_tomorrow", FailureKind.BAD_INPUT, False),
        (500, "internal_server_error", FailureKind.PROVIDER_DOWN, True),
        (504, "generation_timeout", FailureKind.TOO_SLOW, True),
        (400, "downstream_service_error", FailureKind.PROVIDER_DOWN, False),
        (500, "downstream_service_unavailable", FailureKind.PROVIDER_DOWN, True),
    ],
)
def test_model_error_is_mapped_by_its_type(
    status: int, error_type: str, kind: FailureKind, *, retryable: bool
) -> None:
    """Every row of fal's table is mapped."""
    error = classify(status, {}, detail(error_type))
    assert (error.kind, error.retryable, error.error_type) == (kind, retryable, error_type)


@pytest.mark.parametrize(
    ("status", "error_type", "kind", "retryable"),
    [
        (504, "request_timeout", FailureKind.TOO_SLOW, True),
        (504, "startup_timeout", FailureKind.TOO_SLOW, True),
        (503, "runner_scheduling_failure", FailureKind.PROVIDER_DOWN, True),
        (502, "runner_incomplete_response", FailureKind.PROVIDER_DOWN, True),
        (499, "client_disconnected", FailureKind.UNKNOWN, False),
        (400, "bad_request", FailureKind.BAD_INPUT, False),
    ],
)
def test_infrastructure_error_is_known_by_body_or_header(
    status: int, error_type: str, kind: FailureKind, *, retryable: bool
) -> None:
    """fal names the error in the body or in a header."""
    in_body = classify(status, {}, {"detail": "text", "error_type": error_type})
    in_header = classify(status, {"X-Fal-Error-Type": error_type}, None)
    for error in (in_body, in_header):
        assert (error.kind, error.retryable, error.error_type) == (kind, retryable, error_type)


def test_refusal_of_a_proxy_is_not_the_models() -> None:
    """fal got nothing, so the same call may be sent again."""
    error = classify(407, {}, None)
    assert (error.kind, error.retryable) == (FailureKind.PROVIDER_DOWN, True)


@pytest.mark.parametrize("name", ["X-Fal-Retryable", "x-fal-needs-retry"])
@pytest.mark.parametrize(("value", "retryable"), [("1", True), ("true", True), ("0", False)])
def test_fals_hint_decides_about_a_retry(name: str, value: str, *, retryable: bool) -> None:
    """The retry hint has two names and four values."""
    body = detail("internal_server_error")
    assert classify(500, {name: value}, body).retryable is retryable


def test_no_hint_makes_a_refused_prompt_retryable() -> None:
    """A filtered prompt fails again, and a 422 may cost money."""
    body = detail("content_policy_violation")
    assert not classify(422, {"X-Fal-Retryable": "1"}, body).retryable


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"detail": "User is locked. Reason: Exhausted balance."}, FailureKind.BALANCE),
        ({"detail": "Access denied"}, FailureKind.KEY),
        (None, FailureKind.KEY),
    ],
)
def test_locked_account_differs_from_a_refused_key(body: object, kind: FailureKind) -> None:
    """Both are a 403 for the operator, with different remedies."""
    assert classify(403, {}, body).kind is kind


def test_invalid_field_is_named_without_its_content() -> None:
    """The user sees the field, and the log does not contain its content."""
    text = str(classify(422, {}, detail("one_of", loc=["body", "image_size"])))
    assert "image_size" in text
    assert "cat" not in text


@given(st.integers(100, 599), JSON, st.text(max_size=40))
def test_nothing_from_fal_is_echoed(status: int, body: object, secret: str) -> None:
    """Any JSON maps to a failure with our own text and plain identifiers only."""
    marked = {"detail": [{"msg": f"<{secret}>", "type": f"<{secret}>", "input": body}], "x": body}
    error = classify(status, {"Retry-After": secret}, marked)
    assert f"<{secret}>" not in str(error)
    assert classify(status, {}, body).detail


def test_gateway_page_is_no_task_outcome() -> None:
    """An HTML page of a proxy says nothing about the task."""
    assert not is_verdict({"content-type": "text/html"}, None)
    assert not is_verdict({}, {"detail": "Internal Server Error"})
    assert is_verdict({}, detail("internal_server_error"))
    assert is_verdict({"X-Fal-Retryable": "0"}, {"detail": "Internal Server Error"})


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("5", 5),
        ("Sun, 22 Nov 2026 12:01:00 GMT", 60),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0),
        ("Sun, 22 Nov 2026 12:01:00 -0000", 60),
    ],
)
def test_retry_after_has_two_forms(value: str | None, seconds: float | None) -> None:
    """Retry-After is seconds or a date; other values are ignored."""
    assert parse_retry_after(value, NOW) == seconds


@pytest.mark.parametrize(
    ("loc", "is_pictures"),
    [
        (["body", "image_url"], True),
        (["body", "image_urls", 0], True),
        (["body", "start_image_url"], True),
        (["body", "mask_url"], True),
        (["body", "last_frame_url"], True),
        (["body", "num_frames"], False),
        (["body", "input", "end_image_url", "url"], True),
        (["body", "prompt"], False),
        (["body"], False),
        ("image_url", False),
        (None, False),
    ],
)
def test_image_field_error_is_not_blamed_on_the_prompt(loc: object, *, is_pictures: bool) -> None:
    """A safety filter or a validation that names the image's field is not reported as a prompt problem."""
    kinds = {
        "content_policy_violation": (FailureKind.PICTURE_MODERATION, FailureKind.MODERATION),
        "a_type_of_tomorrow": (FailureKind.PICTURE_REFUSED, FailureKind.BAD_INPUT),
        "internal_server_error": (FailureKind.PROVIDER_DOWN, FailureKind.PROVIDER_DOWN),
    }
    for error_type, (pictures, others) in kinds.items():
        error = classify(422, {}, detail(error_type, loc=loc))
        assert error.kind is (pictures if is_pictures else others)


@pytest.mark.parametrize(
    "error_type",
    [
        *("content_policy_violation", "video_load_error", "video_duration_error"),
        *("file_too_large", "unsupported_file_format", "a_type_of_tomorrow"),
    ],
)
def test_error_of_a_video_field_is_about_the_video(error_type: str) -> None:
    """Another video helps, and neither another image nor other words."""
    error = classify(422, {}, detail(error_type, loc=["body", "video_url"]))
    assert (error.kind, error.retryable) == (FailureKind.VIDEO_REFUSED, False)
