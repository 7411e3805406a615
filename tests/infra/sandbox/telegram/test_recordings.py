"""Voice messages, video messages and audio files of users."""

import pytest
from aiogram import Bot
from aiogram.types import BufferedInputFile

from tests.infra.sandbox.telegram.samples import clip
from tests.recordings import recording, video_note
from tests.user import User


async def test_voice_message_is_ogg_with_opus(fresh_bot: Bot, user: User) -> None:
    """The bot gets it unchanged, with its length, its size and its id."""
    said = recording("кот", seconds=2)
    await user.send_files(said, send_as="voice")
    message = (await fresh_bot.get_updates())[-1].message
    assert message
    assert message.voice
    assert (message.voice.duration, message.voice.mime_type) == (2, "audio/ogg")
    assert message.voice.file_size == len(said)
    downloaded = await fresh_bot.download(message.voice)
    assert downloaded
    assert downloaded.read() == said


async def test_browser_s_recording_becomes_a_voice_message(user: User) -> None:
    """Chromium records WebM, which does not become a voice message in Telegram."""
    sent = await user.send_files(recording(seconds=2, form="webm"), send_as="voice")
    assert (sent["voice"]["mime_type"], sent["voice"]["duration"]) == ("audio/ogg", 2)
    assert (await user.file(sent["voice"]["file_id"])).startswith(b"OggS")


async def test_file_without_sound_is_no_voice_message(user: User) -> None:
    """The app says so, and sends nothing."""
    with pytest.raises(AssertionError, match="no sound"):
        await user.send_files(b"no sound", send_as="voice")
    assert all("text" in message for message in await user.messages())


@pytest.mark.parametrize(
    ("form", "field"), [("mp3", "audio"), ("ogg", "audio"), ("wav", "document")]
)
async def test_audio_file_is_what_telegram_can_play(user: User, form: str, field: str) -> None:
    """Its name reaches the bot; WAV arrives as a document without a length."""
    sent = await user.send_files(recording(form=form), send_as="")
    assert "file_name" in sent[field]
    assert ("duration" in sent[field]) == (field == "audio")


async def test_video_message_is_square(fresh_bot: Bot, user: User) -> None:
    """Any other video is an ordinary one."""
    await user.send_files(video_note("кот", seconds=2), send_as="video_note")
    message = (await fresh_bot.get_updates())[-1].message
    assert message
    assert message.video_note
    assert (message.video_note.length, message.video_note.duration) == (96, 2)
    assert "video" in await user.send_files(clip(64, 32, 1), send_as="video_note")


async def test_bot_s_voice_message_must_be_opus(bot: Bot, user: User) -> None:
    """MP3 is sent as an audio file: https://core.telegram.org/bots/api#sendvoice."""
    await bot.send_voice(user.id, BufferedInputFile(recording(form="mp3"), "voice.mp3"))
    assert "audio" in await user.last_from_bot()
