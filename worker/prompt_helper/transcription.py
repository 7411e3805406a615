"""Transcription of users' recordings by fal's speech model."""

import asyncio
import re
import secrets
import unicodedata
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from anyio import Path as AsyncPath

from infra.errors import DarkroomError, FailureKind, ProviderError, StorageError
from infra.fal.client import FalClient
from infra.fal.speech import SpeechError, SpeechModel
from infra.images.recordings import measure_recording
from infra.redis.client import write_until_taken
from infra.storage.disk_errors import own_files
from infra.telegram.errors import TelegramError, TelegramUnreachable
from infra.telegram.files import TelegramFiles
from worker.prompt_helper.charges import Charges, Purpose
from worker.prompt_helper.transcripts import SpokenText, Transcripts

#: Two minutes are about 1800 characters, which is what most models read as a prompt.
MAX_SECONDS = 120
#: What bots can download from Telegram. A Bot API server of the operator has no such limit, the model has.
MAX_BYTES = 20 * 1024 * 1024
#: For a file whose length Telegram does not know: two minutes of most formats.
MAX_UNMEASURED_BYTES = 4 * 1024 * 1024
#: Seconds for the download, the upload and the model together: the chat waits meanwhile.
TIMEOUT = 15
# Bits a second of speech, to guess the length of a file.
_RATE = 32_000

_LANGUAGES = ("ru", "en")
# Models mark sounds that are no words: «[Music]», «(смех)», «♪».
_SOUNDS = re.compile(r"\[[^\[\]]*\]|\([^()]*\)|[♪♫]+")
# What models of the Whisper family write for silence: sentences of the subtitles that they learned from.
_SILENCE = frozenset(
    {
        *("продолжение следует", "спасибо за просмотр", "спасибо за внимание"),
        *(
            "субтитры сделал dimatorzok",
            "субтитры создавал dimatorzok",
            "субтитры подогнал «симон»",
        ),
        "редактор субтитров а.семкин корректор а.егорова",
        *("thanks for watching", "thank you for watching", "thank you", "you", "bye"),
    }
)


class NotHeard(DarkroomError):  # noqa: N818 - named after what happened
    """The recording has no text; `key` is that of the answer, which says why and what to do."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


@dataclass(frozen=True, slots=True)
class Recording:
    """A voice message, a video message or an audio file; `unique_id` is its `file_unique_id`.

    `seconds` and `size` (bytes) are 0 if Telegram does not know them.
    """

    file_id: str
    unique_id: str
    content_type: str
    seconds: int
    size: int

    @property
    def duration(self) -> float:
        """Seconds; estimated from the size if Telegram does not know them."""
        return self.seconds or self.size * 8 / _RATE


class Listener:
    """`folder` is for files before they reach fal."""

    def __init__(  # noqa: PLR0913, PLR0917 - one parameter per dependency
        self,
        files: TelegramFiles,
        fal: FalClient,
        speech: SpeechModel,
        transcripts: Transcripts,
        charges: Charges,
        folder: Path,
    ) -> None:
        self._files = files
        self._fal = fal
        self._speech = speech
        self._transcripts = transcripts
        self._charges = charges
        self._folder = folder

    async def known(self, user_id: int, unique_id: str) -> SpokenText | None:
        """Return what was understood of a recording before; None if nothing was, or that was long ago."""
        spoken = await self._transcripts.find(user_id, unique_id)
        return spoken if spoken and understood(spoken) else None

    async def listen(self, user_id: int, recording: Recording) -> SpokenText:
        """Return what a recording says, paid for once. Raises NotHeard, and OrderRefused if nothing may be spent."""
        spoken = await self._transcripts.find(user_id, recording.unique_id)
        if spoken is None:
            await self._charges.check(user_id)
            spoken = await self._transcribe(user_id, recording)
        if not understood(spoken):
            raise NotHeard("voice-language" if spoken.text else "voice-no-words")
        return spoken

    def price(self, recording: Recording) -> float:
        """Return what a transcript costs, in dollars."""
        return self._speech.price(recording.duration)

    async def _transcribe(self, user_id: int, recording: Recording) -> SpokenText:
        try:
            async with asyncio.timeout(TIMEOUT):
                audio_url, seconds = await self._upload(recording)
                transcript = await self._speech.transcribe(
                    audio_url, seconds=seconds, timeout=TIMEOUT
                )
        except ProviderError as error:
            too_heavy = error.kind is FailureKind.PICTURE_TOO_HEAVY
            raise NotHeard("voice-too-heavy" if too_heavy else "voice-failed") from error
        except (
            SpeechError,
            StorageError,
            TelegramError,
            TelegramUnreachable,
            TimeoutError,
        ) as error:
            raise NotHeard("voice-failed") from error
        # Charged first: after a crash between the two, the ledger has both calls, as fal does. Redis may be away for
        # longer than the retries of its client: nobody else knows the words, and asking again is paid for.
        await self._charges.charge(
            user_id, transcript.cost, purpose=Purpose.SPEECH, request_id=transcript.request_id
        )
        text = words_of(transcript.text)
        spoken = SpokenText(recording.unique_id, text, transcript.language, transcript.cost)
        await write_until_taken(partial(self._transcripts.remember, user_id, spoken))
        return spoken

    async def _upload(self, recording: Recording) -> tuple[str, float]:
        """Upload a recording to fal; return its address and its length in seconds."""
        path = self._folder / f"voice-{secrets.token_hex(8)}"
        with own_files():
            await AsyncPath(self._folder).mkdir(parents=True, exist_ok=True)
            try:
                await self._files.download(recording.file_id, path)
                # Telegram rounds.
                seconds = await measure_recording(path, MAX_SECONDS + 1)
                if seconds is None:
                    raise NotHeard("voice-format")
                if not seconds:
                    raise NotHeard("voice-no-words")
                if seconds > MAX_SECONDS + 1:
                    raise NotHeard("voice-too-long")
                return await self._fal.upload(path, recording.content_type), seconds
            finally:
                await AsyncPath(path).unlink(missing_ok=True)


def words_of(transcript: str) -> str:
    """Return a transcript without sounds that are no words; nothing if the recording was silent."""
    text = " ".join(_SOUNDS.sub(" ", transcript).split())
    is_silence = text.lower().strip(" .!…") in _SILENCE or not any(map(str.isalnum, text))
    return "" if is_silence else text


def understood(spoken: SpokenText) -> bool:
    """Tell whether the text is one that the bot can work with: Russian or English words, or a number.

    Short Russian is easily taken for Ukrainian or Bulgarian, so Cyrillic counts whatever the model calls it.
    """
    scripts = {
        unicodedata.name(each, "").partition(" ")[0] for each in spoken.text if each.isalpha()
    }
    if "CYRILLIC" in scripts or (spoken.text and not scripts):
        return True
    is_known = not spoken.language or spoken.language.lower().startswith(_LANGUAGES)
    return "LATIN" in scripts and is_known
