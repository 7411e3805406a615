"""Speech to text at fal, without the queue."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.errors import DarkroomError, ProviderError
from infra.fal.direct_run import HALF_CHARACTER, DirectRuns

# Dollars for a minute of audio. For an unlisted model the price is an upper estimate.
_PER_MINUTE = {
    "fal-ai/elevenlabs/speech-to-text": 0.03,
    "fal-ai/elevenlabs/speech-to-text/scribe-v2": 0.008,
    "xai/speech-to-text/v1": 0.001667,
}
# Each begun minute is billed as a whole: https://fal.ai/models/xai/speech-to-text/v1/llms.txt
_WHOLE_MINUTES = {"xai/speech-to-text/v1"}
_UNKNOWN_PER_MINUTE = 0.03
# Arguments beside the audio: detect the language, write words only.
_ARGUMENTS: Mapping[str, Mapping[str, object]] = {
    "fal-ai/elevenlabs/speech-to-text": {"diarize": False, "tag_audio_events": False},
    "fal-ai/elevenlabs/speech-to-text/scribe-v2": {"diarize": False, "tag_audio_events": False},
    "fal-ai/whisper": {"task": "transcribe"},
    # Without a language it would expect English.
    "fal-ai/wizper": {"task": "transcribe", "language": None},
}
# Characters of a transcript. A model that repeats itself without end has understood nothing.
_LONGEST = 20_000
_CODE = re.compile(r"[A-Za-z]{2,3}(?:[-_]\w{1,8})*", re.ASCII)


class SpeechError(DarkroomError):
    """The model did not answer, or refused the audio."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was said, empty if nothing was understood; `language` is a code such as `ru` or `rus`, None if unknown."""

    text: str
    language: str | None
    cost: float
    request_id: str | None


class SpeechModel:
    def __init__(self, runs: DirectRuns, endpoint: str) -> None:
        self._runs = runs
        self._endpoint = endpoint

    def price(self, seconds: float) -> float:
        """Return what this many seconds of audio cost, in dollars."""
        minutes = seconds / 60
        if self._endpoint in _WHOLE_MINUTES:
            minutes = math.ceil(minutes)
        return minutes * _PER_MINUTE.get(self._endpoint, _UNKNOWN_PER_MINUTE)

    async def transcribe(
        self,
        audio_url: str,
        *,
        seconds: float,
        timeout: float,  # noqa: ASYNC109 - of the whole call, in seconds
    ) -> Transcript:
        """Transcribe `audio_url`, a URL or a data URI. Raises SpeechError."""
        arguments = {"audio_url": audio_url, **_ARGUMENTS.get(self._endpoint, {})}
        try:
            run = await self._runs.run(self._endpoint, arguments, timeout=timeout)
        except ProviderError as error:
            raise SpeechError(str(error)) from None
        text = run.output.get("text")
        if not isinstance(text, str):
            raise SpeechError("The model's answer has no text.")
        # It is paid for, also if it cannot be used.
        text = HALF_CHARACTER.sub("", text).strip() if len(text) <= _LONGEST else ""
        return Transcript(text, _language(run.output), self.price(seconds), run.request_id)


def _language(output: Mapping[str, Any]) -> str | None:
    """Return the language by the field of Scribe, of Wizper or of Whisper."""
    several = output.get("languages") or output.get("inferred_languages")
    found = output.get("language_code") or (several[0] if isinstance(several, list) else None)
    return found if isinstance(found, str) and _CODE.fullmatch(found) else None
