"""What was understood of recordings, and for how long it is remembered."""

import time

import pytest
from arq.connections import ArqRedis

from worker.prompt_helper.transcription import understood, words_of
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


@pytest.mark.parametrize(
    ("transcript", "expected"),
    [
        ("[Music] кот (смех) ♪ на крыше", "кот на крыше"),
        ("[музыка]", ""),
        ("Продолжение следует...", ""),
        ("(кот [на] крыше", "(кот крыше"),
    ],
)
def test_sounds_are_no_words(transcript: str, expected: str) -> None:
    """Neither is what a model writes for silence."""
    assert words_of(transcript) == expected


@pytest.mark.parametrize("sign", ["[", "(", "♪", "[(", "[a"])
def test_hostile_transcript_takes_linear_time(sign: str) -> None:
    """Thousands of unclosed brackets take milliseconds of the event loop."""
    began = time.process_time()
    words_of(sign * (20_000 // len(sign)))
    assert time.process_time() - began < 0.1


async def test_newest_transcripts_of_a_user_are_kept(redis: ArqRedis) -> None:
    """Their number is bounded, they expire, and nobody gets those of another user."""
    transcripts = Transcripts(redis)
    for number in range(MAX_TRANSCRIPTS + 1):
        await transcripts.remember(7, SpokenText(str(number), "кот", "rus", 0.001))
    assert await transcripts.find(7, "0") is None
    assert await transcripts.find(7, "1") == SpokenText("1", "кот", "rus", 0.001)
    assert await transcripts.find(8, "1") is None
    assert 0 < await redis.ttl("darkroom:transcripts:7") <= TRANSCRIPT_SECONDS
