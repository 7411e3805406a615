"""What was understood of recordings, and for how long it is remembered."""

import pytest
from arq.connections import ArqRedis

from worker.prompt_helper.transcription import understood
from worker.prompt_helper.transcripts import (
    MAX_TRANSCRIPTS,
    TRANSCRIPT_SECONDS,
    SpokenText,
    Transcripts,
)


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("кот на крыше", "rus", True),
        ("кіт на даху", "ukr", True),
        ("a cat on a roof", "eng", True),
        ("a cat on a roof", "en", True),
        ("a cat on a roof", "", True),
        ("a cat on a roof", None, True),
        ("un gato en el tejado", "spa", False),
        ("屋顶上的猫", None, False),
        ("123", "rus", True),
        ("", None, False),
    ],
)
def test_russian_and_english_are_understood(
    *, text: str, language: str | None, expected: bool
) -> None:
    """By the script and by the language that the model names; short Russian is taken for its neighbours."""
    assert understood(SpokenText("1", text, language, 0)) is expected


async def test_newest_transcripts_of_a_user_are_kept(redis: ArqRedis) -> None:
    """Their number is bounded, they expire, and nobody gets those of another user."""
    transcripts = Transcripts(redis)
    for number in range(MAX_TRANSCRIPTS + 1):
        await transcripts.remember(7, SpokenText(str(number), "кот", "rus", 0.001))
    assert await transcripts.find(7, "0") is None
    assert await transcripts.find(7, "1") == SpokenText("1", "кот", "rus", 0.001)
    assert await transcripts.find(8, "1") is None
    assert 0 < await redis.ttl("darkroom:transcripts:7") <= TRANSCRIPT_SECONDS
