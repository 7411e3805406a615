from collections.abc import Callable
from itertools import zip_longest
from typing import Any

import pytest
from aiogram import Bot

from tests.user import User, create_group, words
from tests.worker.bot.conversation import Conversation
from tests.worker.bot.drawings import drawing


class Group:
    """A group in which several users write, mostly to each other."""

    def __init__(self, conversation: Conversation, chat: dict[str, Any]) -> None:
        self.chat = chat
        self._conversation = conversation

    @classmethod
    async def found(cls, conversation: Conversation, founder: User) -> "Group":
        answer = await conversation.telegram.post(
            f"/users/{founder.id}/groups", json={"title": "Команда"}
        )
        return cls(conversation, answer.raise_for_status().json())

    async def say(self, user: User, text: str, **more: Any) -> None:
        path = f"/users/{user.id}/messages?chat={self.chat['id']}"
        answer = await self._conversation.telegram.post(path, json={"text": text, **more})
        answer.raise_for_status()
        await self._conversation.catch_up()

    async def from_bot(self, user: User) -> list[dict[str, Any]]:
        path = f"/users/{user.id}/messages?chat={self.chat['id']}"
        messages = (await self._conversation.telegram.get(path)).raise_for_status().json()
        return [message for message in messages if message["from"]["is_bot"]]


@pytest.mark.usefixtures("without_privacy")
async def test_group_is_answered_only_when_the_bot_is_addressed(
    conversation: Conversation, anya: User
) -> None:
    """Also if the bot gets every message."""
    group = await Group.found(conversation, anya)
    for text in ("обед в час?", "🖼 Изображение", "/image@other_bot яблоко", "/frobnicate"):
        await group.say(anya, text)
    assert await group.from_bot(anya) == []
    await group.say(anya, "/help@darkroom_bot")
    await group.say(anya, "@darkroom_bot нарисуй яблоко")
    assert len(await group.from_bot(anya)) == 2


async def test_privacy_mode_delivers_commands_and_replies(
    conversation: Conversation, anya: User
) -> None:
    """A mention does not reach the bot; a reply to its message does."""
    group = await Group.found(conversation, anya)
    await group.say(anya, "@darkroom_bot нарисуй яблоко")
    assert await group.from_bot(anya) == []
    await group.say(anya, "/help@darkroom_bot")
    (answer,) = await group.from_bot(anya)
    await group.say(anya, "нарисуй яблоко", reply_to_message_id=answer["message_id"])
    assert len(await group.from_bot(anya)) == 2


async def test_prompt_in_a_group_is_a_reply_to_the_card(
    conversation: Conversation, anya: User
) -> None:
    """A message to a colleague in between is no prompt, and costs nothing."""
    group = await Group.found(conversation, anya)
    await group.say(anya, "/image")
    (card,) = await group.from_bot(anya)
    assert "ответом на это сообщение" in card["text"]
    await group.say(anya, "я сейчас покажу, как это работает")
    assert await conversation.job_count(anya) == 0
    await group.say(anya, "красное яблоко", reply_to_message_id=card["message_id"])
    job = await conversation.job(anya)
    assert (job.request.prompt, job.request.chat_id) == ("красное яблоко", group.chat["id"])


async def test_another_users_card_is_refused(
    conversation: Conversation, anya: User, ben: User
) -> None:
    """The press is declined in the colleague's language, and the settings stay."""
    group = await Group.found(conversation, anya)
    await group.say(anya, "/image")
    (card,) = await group.from_bot(anya)
    await conversation.handle(press(card, ben, f"set|{anya.id}|quality|premium"))
    answer = (await conversation.calls("answerCallbackQuery"))[-1]
    assert "somebody else" in answer["text"]
    (now,) = await group.from_bot(anya)
    assert now["reply_markup"] == card["reply_markup"]


async def test_topic_is_answered_in_the_topic(
    conversation: Conversation, anya: User, bot: Bot
) -> None:
    """The job and its answer have the thread's id."""
    group = await Group.found(conversation, anya)
    await group.say(anya, "обед в час?")
    message = {
        "message_id": 1,
        "date": 1_800_000_000,
        "chat": {"id": group.chat["id"], "type": "supergroup", "title": "Команда"},
        "from": {"id": anya.id, "is_bot": False, "first_name": "Аня", "language_code": "ru"},
        "text": "/image красное яблоко",
        "entities": [{"type": "bot_command", "offset": 0, "length": 6}],
        "message_thread_id": 7,
        "is_topic_message": True,
    }
    await conversation.handle({"update_id": 1, "message": message})
    assert (await conversation.job(anya)).request.thread_id == 7
    assert int((await conversation.calls("sendMessage"))[-1]["message_thread_id"]) == 7


async def test_start_in_a_group(conversation: Conversation, anya: User) -> None:
    """It lists commands, has no reply keyboard and no name, and says what does not reach the bot."""
    here = anya.in_chat(await create_group(str(conversation.telegram.base_url), "Команда", [anya]))
    await here.say("/start@darkroom_bot")
    await conversation.catch_up()
    text = (await here.last_from_bot())["text"]
    assert "/image красное яблоко" in text
    assert "Упоминания до меня не доходят" in text
    assert "Аня" not in text
    assert "внизу" not in text
    assert await here.keyboard() == []


@pytest.mark.usefixtures("without_privacy")
@pytest.mark.parametrize("command", ["/start", "/help"])
async def test_start_without_privacy_mode_explains_mentions(
    conversation: Conversation, anya: User, command: str
) -> None:
    """`getMe` tells it at the time; the switch is BotFather's."""
    here = anya.in_chat(await create_group(str(conversation.telegram.base_url), "Команда", [anya]))
    await here.say(command)
    await conversation.catch_up()
    text = (await here.last_from_bot())["text"]
    assert "на ответы мне и на упоминания" in text
    assert "не доходят" not in text


async def test_start_as_an_administrator_explains_mentions(
    conversation: Conversation, anya: User
) -> None:
    """Privacy mode does not apply to a bot that is an administrator of the group."""
    here = anya.in_chat(await create_group(str(conversation.telegram.base_url), "Команда", [anya]))
    await here.make_bot("administrator")
    await here.say("/help")
    await conversation.catch_up()
    assert "на ответы мне и на упоминания" in (await here.last_from_bot())["text"]


type Change = Callable[[dict[str, Any]], dict[str, Any]]


def same(update: dict[str, Any]) -> dict[str, Any]:
    return update


def as_video(update: dict[str, Any]) -> dict[str, Any]:
    """Make it a video: Telegram allows both in one album."""
    document = update["message"].pop("document")
    sizes = {"width": 640, "height": 360, "duration": 3, "mime_type": "video/mp4"}
    update["message"]["video"] = document | sizes
    return update


def as_pdf(update: dict[str, Any]) -> dict[str, Any]:
    names = {"mime_type": "application/pdf", "file_name": "plan.pdf"}
    update["message"]["document"] |= names
    return update


def as_too_heavy(update: dict[str, Any]) -> dict[str, Any]:
    update["message"]["document"]["file_size"] = 21 * 1024 * 1024
    return update


def under(update: dict[str, Any], caption: str) -> dict[str, Any]:
    """Add this caption."""
    update["message"]["caption"] = caption
    return update


class TestAnAlbum:
    """With privacy mode Telegram withholds images without a command in the caption."""

    @pytest.fixture
    async def here(self, conversation: Conversation, anya: User) -> User:
        url = str(conversation.telegram.base_url)
        here = anya.in_chat(await create_group(url, "Команда", [anya]))
        await conversation.catch_up()
        return here

    async def send(self, conversation: Conversation, here: User, caption: str, **to: int) -> str:
        """Send three images; return the bot's last message."""
        pictures = [drawing(colour) for colour in ("red", "green", "blue")]
        await here.send_files(*pictures, caption=caption, send_as="photo", **to)
        await conversation.catch_up()
        await conversation.fall_silent()
        return words(await here.last_from_bot())

    @pytest.mark.parametrize("caption", ["/image соедини их", "/Image@darkroom_bot соедини их"])
    async def test_partial_album_starts_nothing(
        self, conversation: Conversation, here: User, caption: str
    ) -> None:
        """It would be paid for with one image; the answer says how to send all."""
        assert "Из альбома до меня дошло только это" in await self.send(conversation, here, caption)
        assert await conversation.job_count(here) == 0

    async def test_album_as_a_reply_is_complete(
        self, conversation: Conversation, here: User
    ) -> None:
        """Every image of it is a reply to the bot, and replies reach it."""
        await self.send(conversation, here, "/image соедини их")
        notice = await here.last_from_bot()
        await self.send(conversation, here, "соедини их", reply_to=notice["message_id"])
        assert len((await conversation.job(here)).request.pictures) == 3

    @pytest.mark.usefixtures("without_privacy")
    async def test_album_is_complete_without_privacy_mode(
        self, conversation: Conversation, here: User
    ) -> None:
        """Also under a command that names no bot."""
        await self.send(conversation, here, "/image соедини их")
        request = (await conversation.job(here)).request
        assert (request.prompt, len(request.pictures)) == ("соедини их", 3)

    async def gather(
        self,
        conversation: Conversation,
        here: User,
        *changed: Change,
        caption: str = "",
        reply_to: int | None = None,
    ) -> None:
        """Send three files, changed by these functions, and let the album complete."""
        pictures = [drawing(colour) for colour in ("red", "green", "blue")]
        await here.send_files(*pictures, caption=caption, reply_to=reply_to)
        for update, change in zip_longest(await conversation.updates(), changed):
            await conversation.handle(change(update) if change else update)
        await conversation.fall_silent()

    async def check_held(
        self, conversation: Conversation, here: User, explanation: str, number: int = 2
    ) -> None:
        """Check that it is explained once, nothing starts, and a press starts the rest."""
        said = [words(message) for message in await here.from_bot()]
        assert sum(explanation in text for text in said) == 1, said
        assert await conversation.job_count(here) == 0
        await conversation.press(here, await here.last_from_bot(), "▶️ Начать")
        request = (await conversation.job(here)).request
        assert (request.prompt, len(request.pictures)) == ("соедини их", number)

    @pytest.mark.slow
    @pytest.mark.usefixtures("without_privacy")
    @pytest.mark.parametrize("caption", ["@darkroom_bot соедини их", "/image соедини их"])
    @pytest.mark.parametrize(
        ("change", "explanation"),
        [
            (as_video, "Видео я беру по одному"),
            (as_pdf, "Из файлов я читаю"),
            (as_too_heavy, "20 МБ"),
        ],
    )
    async def test_unusable_item_holds_the_album(
        self,
        conversation: Conversation,
        here: User,
        caption: str,
        change: Change,
        explanation: str,
    ) -> None:
        """As in a private chat, though only the first item addresses the bot."""
        await self.gather(conversation, here, same, change, caption=caption)
        await self.check_held(conversation, here, explanation)

    async def test_video_in_a_replied_album_holds_it(
        self, conversation: Conversation, here: User
    ) -> None:
        """With privacy mode on, where each of its messages is a reply."""
        await here.say("/help")
        await conversation.catch_up()
        notice = (await here.last_from_bot())["message_id"]
        await self.gather(conversation, here, same, as_video, caption="соедини их", reply_to=notice)
        await self.check_held(conversation, here, "Видео я беру по одному")

    @pytest.mark.usefixtures("without_privacy")
    async def test_album_after_an_unusable_first_item(
        self, conversation: Conversation, here: User
    ) -> None:
        """The mention is in the video's caption; the card asks for a prompt."""
        await self.gather(conversation, here, as_video, caption="@darkroom_bot соедини их")
        assert await conversation.job_count(here) == 0
        said = [words(message) for message in await here.from_bot()]
        assert sum("Видео я беру по одному" in text for text in said) == 1
        assert "Изображений: 2" in said[-1]

    @pytest.mark.usefixtures("without_privacy")
    async def test_mention_under_the_second_image_asks_first(
        self, conversation: Conversation, here: User
    ) -> None:
        """The first image was not addressed to the bot: a press confirms the rest."""
        await self.gather(
            conversation, here, same, lambda update: under(update, "@darkroom_bot соедини их")
        )
        card = await here.last_from_bot()
        assert "Изображений: 2" in words(card)
        assert await conversation.job_count(here) == 0

    @pytest.mark.usefixtures("without_privacy")
    @pytest.mark.parametrize("change", [None, as_video])
    async def test_unaddressed_album_is_ignored(
        self, conversation: Conversation, here: User, change: Change | None
    ) -> None:
        """Colleagues send each other images and videos."""
        await self.gather(conversation, here, *([change] if change else []), caption="смотрите")
        assert await here.from_bot() == []

    @pytest.mark.usefixtures("without_privacy")
    @pytest.mark.parametrize(
        ("change", "answer"),
        [(same, "пришло позже остальных"), (as_video, "Видео я беру по одному")],
    )
    async def test_late_unusable_item_is_answered(
        self, conversation: Conversation, here: User, change: Change, answer: str
    ) -> None:
        """It does not address the bot, but its album did."""
        pictures = [drawing(colour) for colour in ("red", "green", "blue")]
        await here.send_files(*pictures, caption="@darkroom_bot соедини их")
        *early, late = await conversation.updates()
        for update in early:
            await conversation.handle(update)
        await conversation.fall_silent()
        await conversation.handle(change(late))
        assert answer in words(await here.last_from_bot())
        assert len((await conversation.job(here)).request.pictures) == 2

    @pytest.mark.usefixtures("without_privacy")
    async def test_late_image_joins_the_open_card(
        self, conversation: Conversation, here: User
    ) -> None:
        """As in a private chat."""
        pictures = [drawing(colour) for colour in ("red", "green", "blue")]
        await here.send_files(*pictures, caption="@darkroom_bot")
        *early, late = await conversation.updates()
        for update in early:
            await conversation.handle(update)
        await conversation.fall_silent()
        assert "Изображений: 2" in words(await here.last_from_bot())
        await conversation.handle(late)
        assert "Изображений: 3" in words(await here.last_from_bot())

    async def test_single_photo_is_an_order(self, conversation: Conversation, here: User) -> None:
        """It is no album, so it is complete."""
        await here.send_photo(drawing(), caption="/image сделай ярче")
        await conversation.catch_up()
        assert (await conversation.job(here)).request.prompt == "сделай ярче"


def press(card: dict[str, Any], user: User, data: str) -> dict[str, Any]:
    return {
        "update_id": 1,
        "callback_query": {
            "id": "1",
            "from": {"id": user.id, "is_bot": False, "first_name": "B", "language_code": "en"},
            "message": card,
            "chat_instance": "1",
            "data": data,
        },
    }
