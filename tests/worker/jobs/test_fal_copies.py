"""What a deletion says of the copies at fal."""

import math
from typing import Any

import pytest

from infra.fal.stored_data import StoredData
from infra.i18n import Texts
from tests.worker.jobs.test_store import request
from worker.bot.views.result_questions import ask_deletion_text
from worker.jobs.fal_copies import FalCopies, fal_copies
from worker.model import Job, Status

DAY = 24 * 3600
ENDED = 1_000 * DAY


def ended(**fields: Any) -> Job:
    values: dict[str, Any] = {"finished_at": ENDED, **fields}
    return Job(
        id="0a1b2c3d4e5f6g7h",
        request=request(),
        status=Status.DONE,
        created_at=ENDED,
        updated_at=ENDED,
        **values,
    )


@pytest.mark.parametrize(
    ("fields", "copies"),
    [
        ({}, FalCopies()),
        (
            {"submitted_at": ENDED, "fal_keeps": StoredData(3)},
            FalCopies(ENDED + 3 * DAY, ENDED + 30 * DAY),
        ),
        (
            {"submitted_at": ENDED, "fal_keeps": StoredData(3, requests=False)},
            FalCopies(ENDED + 3 * DAY),
        ),
        ({"submitted_at": ENDED, "fal_keeps": StoredData()}, FalCopies(math.inf, ENDED + 30 * DAY)),
        ({"submitted_at": ENDED}, FalCopies(math.inf, ENDED + 30 * DAY)),
        (
            {"failure": "unconfirmed", "fal_keeps": StoredData(1)},
            FalCopies(ENDED + DAY, ENDED + 30 * DAY),
        ),
        (
            {"cancellation": "unknown", "fal_keeps": StoredData(1)},
            FalCopies(ENDED + DAY, ENDED + 30 * DAY),
        ),
        (
            {"picture_urls": ("https://v3.fal.media/a",), "fal_keeps": StoredData(1)},
            FalCopies(ENDED + DAY),
        ),
    ],
)
def test_copies_last_as_fal_was_asked(fields: dict[str, Any], copies: FalCopies) -> None:
    """Files as long as the setting said at the submit, requests for 30 days; nothing of a job that was not sent."""
    assert fal_copies(ended(**fields), ENDED + 1) == copies


@pytest.mark.parametrize(
    ("uploaded", "submitted", "days"), [(3, 1, 3), (1, 3, 3), (0, 3, 0), (3, 0, 0), (0, 0, 0)]
)
def test_images_uploaded_under_another_setting_count(
    uploaded: int, submitted: int, days: int
) -> None:
    """The setting changed between upload and submit: what stays longest counts; 0 has no end."""
    kept = StoredData(submitted, requests=False).beside(StoredData(uploaded))
    assert kept == StoredData(days, requests=False)


def test_expired_copies_are_gone() -> None:
    """Nothing is said of them."""
    job = ended(submitted_at=ENDED, fal_keeps=StoredData(3))
    assert fal_copies(job, ENDED + 4 * DAY) == FalCopies(0, ENDED + 30 * DAY)
    assert fal_copies(job, ENDED + 31 * DAY) == FalCopies()


@pytest.mark.parametrize(
    ("language", "files", "request_words"),
    [
        ("ru", "копии файлов останутся до 27 сентября 1972.", "до 28 сентября 1972."),
        ("en", "copies of the files until 27 September 1972.", "until 28 September 1972."),
    ],
)
def test_question_says_until_when(language: str, files: str, request_words: str) -> None:
    """Before the deletion, with both dates as people write them."""
    text = ask_deletion_text(Texts().speaking(language), FalCopies(ENDED, ENDED + DAY))
    assert files in text
    assert text.endswith(request_words)
