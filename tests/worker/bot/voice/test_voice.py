"""Recordings are handled like written words."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from infra.settings import Settings
from infra.telegram.outcomes import Unavailable
from tests.message import Message, words
from tests.recordings import recording, video_note
from tests.user import User, create_group
from tests.worker.bot.conversation import Conversation, Localized, forward
from tests.worker.bot.drawings import drawing
from tests.worker.bot.voice.hearing import Hearing
from worker.limits.limits import Limits, LimitStore
from worker.prompt_helper import transcription
from worker.prompt_helper.charges import Charges, Purpose
from worker.users.erase.eraser import PersonalData
from worker.users.erase.keys import UserKeys
from worker.users.plain_text import PlainText
from worker.users.store import UserStore


async def speak(
    conversation: Conversation, user: User, said: str, *, reply_to: int | None = None
) -> Message:
    """Send a voice message; return the bot's last message."""
    await user.send_files(recording(said), send_as="voice", reply_to=reply_to)
    await conversation.catch_up()
    return await user.last_from_bot()


@pytest.mark.slow
@pytest.mark.parametrize("send_as", ["voice", "audio", "video_note", "document"])
async def test_recording_is_a_prompt(
    conversation: Conversation, admin: User, localized: Localized, send_as: str
) -> None:
    """Every kind of recording becomes the words that it says, which the first answer shows once."""
    said = localized("Рыжий кот на крыше.", "A ginger cat on a roof.")
    file = video_note(said) if send_as == "video_note" else recording(said)
    await admin.send_files(file, send_as=send_as)
    await conversation.catch_up()
    card = await admin.last_from_bot()
    assert words(card).startswith(f"🎤 {said}\n\n")
    await conversation.press(admin, card, localized("🖼 Изображение", "🖼 Image"))
    job = await conversation.job(admin)
    assert job.request.prompt == said.rstrip(".")
    assert words(await admin.last_from_bot()).count("🎤") == 1


async def test_options_are_spoken(
    conversation: Conversation, admin: User, localized: Localized
) -> None:
    """A command in the caption, numbers as words, an aspect and a flag: all set options of the order."""
    said = localized(
        "Кот на крыше, четыре штуки, вертикально, тире тире seed 42.",
        "A cat on a roof, four images, vertically, dash dash seed 42.",
    )
    await admin.send_files(recording(said), send_as="audio", caption="/image")
    await conversation.catch_up()
    request = (await conversation.job(admin)).request
    assert request.prompt == localized("Кот на крыше", "A cat on a roof")
    assert (request.options["count"], request.options["seed"]) == (4, 42)
    assert request.options["size"] == "portrait"
    assert request.spoken


async def test_reply_with_a_voice_message_is_an_edit(
    conversation: Conversation, admin: User, localized: Localized
) -> None:
    """Words that are said in reply to an image edit it."""
    sent = await admin.send_photo(drawing())
    await conversation.catch_up()
    said = localized("сделай фон синим", "make the background blue")
    await speak(conversation, admin, said, reply_to=sent["message_id"])
    request = (await conversation.job(admin)).request
    assert (request.prompt, len(request.pictures)) == (said, 1)
    assert f"🎤 {said}" in words(await admin.last_from_bot())


async def test_voice_message_answers_a_question(
    conversation: Conversation, admin: User, localized: Localized
) -> None:
    """What must not be seen is said, and so is the prompt for the card that then waits."""
    card = await conversation.send_text(admin, localized("🖼 Изображение", "🖼 Image"))
    await speak(conversation, admin, localized("кот у окна", "a cat at the window"))
    job = await conversation.job(admin)
    assert job.request.prompt == localized("кот у окна", "a cat at the window")
    assert not await conversation.is_shown(admin, card)
    await conversation.send_text(admin, "/presets")
    card = await conversation.send_text(admin, "/settings")
    await conversation.press(admin, card, localized("💾 Сохранить", "💾 Save"))
    answer = await speak(conversation, admin, localized("Открытки.", "Postcards."))
    names = [words(message) for message in await admin.from_bot()]
    assert any(localized("«Открытки»", "“Postcards”") in name for name in names), (names, answer)


async def test_spoken_order_is_taken_back(
    conversation: Conversation, admin: User, localized: Localized
) -> None:
    """Where plain text acts at once, so do spoken words; the undo finds them again without their text in the chat."""
    await UserStore(conversation.dispatcher["redis"]).set_plain_text(admin.id, PlainText.IMAGE)
    said = localized("кот на крыше", "a cat on a roof")
    card = await speak(conversation, admin, said)
    assert f"🎤 {said}" in words(card)
    await conversation.press(admin, card, "↩️")
    assert (await conversation.job(admin)).cancel_requested
    shown = await conversation.look(admin, card)
    await conversation.press(admin, shown, localized("🎬 Видео", "🎬 Video"))
    assert (await conversation.job(admin)).request.prompt == said


async def test_group_is_not_listened_to(
    conversation: Conversation, admin: User, hearing: Hearing, localized: Localized
) -> None:
    """In a group only a reply to the bot is an order; other voice messages are not sent to anybody."""
    runs = await hearing.runs()
    group = await create_group(str(conversation.telegram.base_url), "Команда", [admin])
    await conversation.catch_up()
    here = admin.in_chat(group)
    before = len(await here.from_bot())
    await here.make_bot("administrator")
    await here.send_files(recording("между нами"), send_as="voice")
    await conversation.catch_up()
    assert (await hearing.runs(), len(await here.from_bot())) == (runs, before)
    command = localized("/image кот", "/image a cat")
    card = await conversation.send_text(here, command)
    said = localized("собака на крыше", "a dog on a roof")
    answer = await speak(conversation, here, said, reply_to=card["message_id"])
    assert f"🎤 {said}" in words(answer)
    assert await hearing.runs() == runs + 1


async def test_recording_is_paid_for_once(
    conversation: Conversation, anya: User, hearing: Hearing
) -> None:
    """A repeated update and a forwarded recording get the words that are known."""
    runs = await hearing.runs()
    await anya.send_files(recording("кот в сапогах"), send_as="voice")
    (update,) = await conversation.updates()
    for delivered in (update, update, forward(update)):
        await conversation.handle(delivered)
        assert "🎤 кот в сапогах" in words(await anya.last_from_bot())
    assert await hearing.runs() == runs + 1


async def test_retry_after_an_outage_of_telegram_hears_nothing_again(
    conversation: Conversation, anya: User, hearing: Hearing
) -> None:
    """Telegram fails when the recording is paid for: the retried update answers with the known words."""
    runs = await hearing.runs()
    await anya.send_files(recording("кот в сапогах"), send_as="voice")
    (update,) = await conversation.updates()
    await conversation.disturb("sendMessage", status=502)
    with pytest.raises(Unavailable):
        await conversation.handle(update)
    await conversation.handle(update)
    assert "🎤 кот в сапогах" in words(await anya.last_from_bot())
    assert await hearing.runs() == runs + 1


async def test_press_after_a_restart_knows_the_words(
    conversation: Conversation, anya: User
) -> None:
    """The words of a recording are found again under the answer to it, and an edit of its caption changes none."""
    sent = await anya.send_files(recording("кот в сапогах"), send_as="voice", caption="быстро")
    await conversation.catch_up()
    card = await anya.last_from_bot()
    await conversation.press(anya, card, "🖼 Изображение")
    assert (await conversation.job(anya)).request.prompt == "быстро кот в сапогах"
    count = len(await anya.from_bot())
    await anya.edit(sent, "быстро")
    await conversation.catch_up()
    assert len(await anya.from_bot()) == count


TOO_LONG = ("Слушаю записи не длиннее 2 минут", "I listen to recordings of up to 2 minutes")
NO_WORDS = ("Слов в записи я не расслышал", "I could not hear any words")
LANGUAGE = ("Я понимаю речь по-русски и по-английски", "I understand Russian and English speech")
FAILED = ("распознавание речи сейчас не отвечает", "speech recognition does not answer now")


async def _expect(
    conversation: Conversation, user: User, localized: Localized, texts: Sequence[str]
) -> None:
    await conversation.catch_up()
    answer = words(await user.last_from_bot())
    assert localized(*texts) in answer
    assert localized("словами", "write it") in answer
    assert await conversation.job_count(user) == 0


@pytest.mark.slow
async def test_long_recording_is_declined_unheard(
    conversation: Conversation, admin: User, hearing: Hearing, localized: Localized
) -> None:
    """By its length, before anything is downloaded or spent."""
    runs = await hearing.runs()
    await admin.send_files(recording("кот", seconds=121), send_as="voice")
    await _expect(conversation, admin, localized, TOO_LONG)
    await admin.send_files(recording("кот", seconds=90, form="wav"), send_as="")
    await _expect(conversation, admin, localized, TOO_LONG)
    assert await hearing.runs() == runs


async def test_length_is_measured_before_anything_is_paid(
    conversation: Conversation, admin: User, hearing: Hearing, localized: Localized
) -> None:
    """The sender's app says how long a recording is; a false length saves no money."""
    runs, ledger = await hearing.runs(), conversation.dispatcher["ledger"]
    for number, (seconds, answer) in enumerate(
        [(130, localized(*TOO_LONG)), (60, localized("🎤 кот", "🎤 кот"))]
    ):
        await admin.send_files(recording("кот", seconds=seconds), send_as="voice")
        raw = (await conversation.updates())[-1]
        voice = raw["message"]["voice"] | {"duration": 1}
        await conversation.handle(raw | {"message": raw["message"] | {"voice": voice}})
        assert answer in words(await admin.last_from_bot())
        assert await hearing.runs() == runs + number
    assert (await ledger.read()).users[admin.id].dollars == pytest.approx(0.008, rel=0.05)


async def test_file_that_is_no_recording_is_not_paid_for(
    conversation: Conversation,
    admin: User,
    hearing: Hearing,
    localized: Localized,
    tmp_path: Path,
) -> None:
    """Its name says that it is one, its content does not."""
    runs = await hearing.runs()
    for content in (b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", b"OggS" + bytes(1000)):
        (tmp_path / "note.ogg").write_bytes(content)
        await admin.send_files(tmp_path / "note.ogg", send_as="document")
        await conversation.catch_up()
        answer = words(await admin.last_from_bot())
        assert localized("MP3, M4A, OGG или WAV", "MP3, M4A, OGG or WAV") in answer
    assert await hearing.runs() == runs


async def test_album_of_recordings_is_explained_once(
    conversation: Conversation, admin: User, hearing: Hearing, localized: Localized
) -> None:
    """An album is not an order; a command in reply to a recording asks for words."""
    runs, before = await hearing.runs(), len(await admin.from_bot())
    sent = await admin.send_files(recording("кот"), recording("собака"), send_as="audio")
    await conversation.catch_up()
    answers = (await admin.from_bot())[before:]
    expected = localized("Слушаю записи по одной", "I listen to recordings one by one")
    assert [expected in words(answer) for answer in answers] == [True]
    answer = await conversation.send_text(admin, "/image", sent["message_id"])
    assert localized("Начать с записи не получится", "I cannot start from a recording") in words(
        answer
    )
    assert await hearing.runs() == runs


async def test_unknown_format_is_declined(
    conversation: Conversation, admin: User, localized: Localized
) -> None:
    """The answer names the formats that can be read."""
    update = {"file_id": "1", "file_unique_id": "1", "duration": 3, "mime_type": "audio/midi"}
    sent = await admin.send_files(recording("кот"), send_as="voice")
    (raw,) = await conversation.updates()
    message = {name: value for name, value in raw["message"].items() if name != "voice"}
    await conversation.handle(raw | {"message": message | {"audio": update}})
    answer = words(await admin.last_from_bot())
    assert localized("MP3, M4A, OGG или WAV", "MP3, M4A, OGG or WAV") in answer
    assert sent["message_id"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("transcript", "answer"),
    [
        ("", NO_WORDS),
        ("[Музыка] ♪♪♪", NO_WORDS),
        ("Субтитры сделал DimaTorzok", NO_WORDS),
        ("Thank you for watching!", NO_WORDS),
        ("屋顶上的猫", LANGUAGE),
    ],
)
async def test_what_was_not_understood_is_said(
    conversation: Conversation,
    admin: User,
    hearing: Hearing,
    localized: Localized,
    transcript: str,
    answer: Sequence[str],
) -> None:
    """Silence, music, what models write for silence, and other languages start nothing."""
    await hearing.behave(transcript=transcript)
    await admin.send_files(recording(), send_as="voice")
    await _expect(conversation, admin, localized, answer)


@pytest.mark.slow
async def test_nothing_waits_for_the_model(
    conversation: Conversation,
    admin: User,
    hearing: Hearing,
    localized: Localized,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With the download or the model down, or slow, the user is asked to write, and the next recording is heard."""
    await conversation.disturb("file", status=502)
    await admin.send_files(recording("кот"), send_as="voice")
    await _expect(conversation, admin, localized, FAILED)
    await hearing.behave(status=503)
    await admin.send_files(recording("кот"), send_as="voice")
    await _expect(conversation, admin, localized, FAILED)
    monkeypatch.setattr(transcription, "TIMEOUT", 0.5)
    await hearing.behave(delay=2)
    await admin.send_files(recording("кот"), send_as="voice")
    await _expect(conversation, admin, localized, FAILED)
    monkeypatch.undo()
    await hearing.behave()
    assert "🎤 a cat" in words(await speak(conversation, admin, "a cat"))


async def test_nothing_is_spent_beyond_a_budget(
    conversation: Conversation, admin: User, hearing: Hearing, localized: Localized
) -> None:
    """While no orders are taken, or a budget is used up, no recording is sent to fal, and the answer says why."""
    runs, redis = await hearing.runs(), conversation.dispatcher["redis"]
    limits = LimitStore(redis, Limits())
    await limits.pause("Переезжаем")
    await speak(conversation, admin, "кот")
    assert await hearing.runs() == runs
    await limits.resume()
    charges = Charges(redis, Limits.of(Settings(_env_file=None)), conversation.jobs.clock)
    await charges.charge(admin.id, 5, purpose=Purpose.SPEECH, request_id="1")
    answer = words(await speak(conversation, admin, "кот"))
    assert localized("Счёт обнулится", "starts over") in answer, answer
    assert await hearing.runs() == runs


async def test_transcript_is_charged(
    conversation: Conversation, anya: User, hearing: Hearing
) -> None:
    """To the user, in the ledger; «/help» names voice."""
    ledger = conversation.dispatcher["ledger"]
    await anya.send_files(recording("кот", seconds=30), send_as="voice")
    await conversation.catch_up()
    assert (await ledger.read()).users[anya.id].dollars == pytest.approx(0.004, rel=0.05)
    assert "Голосом" in words(await conversation.send_text(anya, "/help"))
    assert hearing


async def test_words_are_erased_with_the_user(conversation: Conversation, anya: User) -> None:
    """The key of the transcripts belongs to the user, and the command says how long fal has the recordings."""
    await speak(conversation, anya, "кот")
    redis = conversation.dispatcher["redis"]
    keys = await UserKeys(anya.id, ()).keys(redis)
    assert f"darkroom:transcripts:{anya.id}" in keys
    assert PersonalData([], keys).at_fal(0) == "at fal: files until 1970-01-02, requests none"
    assert await redis.ttl(f"darkroom:transcripts:{anya.id}") > 0


async def test_chat_shows_that_the_bot_listens(
    conversation: Conversation, anya: User, hearing: Hearing
) -> None:
    """By Telegram's chat action."""
    await speak(conversation, anya, "кот")
    actions = await conversation.calls("sendChatAction")
    assert {"chat_id": str(anya.id), "action": "typing"} in [dict(action) for action in actions]
    assert hearing
