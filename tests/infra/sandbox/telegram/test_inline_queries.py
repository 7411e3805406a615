"""Inline queries: https://core.telegram.org/bots/api#inline-mode"""

from typing import Any

import httpx
import pytest
from aiogram import Bot
from aiogram.exceptions import TelegramBadRequest
from aiogram.types import (
    BufferedInputFile,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQueryResultCachedDocument,
    InlineQueryResultCachedPhoto,
    InlineQueryResultCachedVideo,
    InlineQueryResultsButton,
    SwitchInlineQueryChosenChat,
)
from PIL import Image

from infra.sandbox.telegram.inline_queries import InlineQueries
from infra.sandbox.telegram.sandbox import Sandbox
from tests.infra.pictures import encoded
from tests.infra.sandbox.telegram.test_ageing import Clock, call, clock, sandbox
from tests.user import User, create_group

__all__ = ["clock", "sandbox"]


async def photo_id(bot: Bot, user: User) -> str:
    picture = BufferedInputFile(encoded(Image.new("RGB", (64, 48), "red")), "a.png")
    sent = await bot.send_photo(user.id, picture)
    assert sent.photo
    return sent.photo[-1].file_id


def photo(file_id: str, result_id: str = "1") -> InlineQueryResultCachedPhoto:
    return InlineQueryResultCachedPhoto(id=result_id, photo_file_id=file_id)


async def test_chosen_result_is_a_message_via_the_bot(
    fresh_bot: Bot, telegram: str, user: User
) -> None:
    """From a query in a group to the message in it, which the bot sees although privacy mode is on."""
    group = user.in_chat(await create_group(telegram, "Studio", [user]))
    await fresh_bot.get_updates(allowed_updates=["inline_query", "message"])
    asked = await group.ask_inline("a fox", "7")
    update = (await fresh_bot.get_updates())[-1]
    query = update.inline_query
    assert query
    found = (query.id, query.query, query.offset, query.chat_type, query.from_user.id)
    assert found == (asked, "a fox", "7", "group", user.id)
    result = photo(await photo_id(fresh_bot, user), "fox-1")
    await fresh_bot.answer_inline_query(query.id, [result], next_offset="8")
    answer = await group.wait_for_results(asked)
    assert [each["id"] for each in answer["results"]] == ["fox-1"]
    assert answer["next_offset"] == "8"
    sent = await group.choose_inline(asked, "fox-1")
    assert sent["from"]["id"] == user.id
    assert sent["via_bot"]["is_bot"]
    assert "photo" in sent
    seen = (await fresh_bot.get_updates(offset=update.update_id + 1))[-1].message
    assert seen
    assert seen.message_id == sent["message_id"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"count": 51}, "RESULTS_TOO_MUCH"),
        ({"ids": "1"}, "RESULT_ID_DUPLICATE"),
        ({"ids": "x" * 65}, "RESULT_ID_INVALID"),
        ({"file_id": "unknown"}, "wrong remote file identifier"),
        ({"next_offset": "x" * 65}, "NEXT_OFFSET_INVALID"),
        ({"start": "a b"}, "START_PARAM_INVALID"),
    ],
)
async def test_wrong_answer_is_refused(
    fresh_bot: Bot, user: User, change: dict[str, Any], problem: str
) -> None:
    """With Telegram's texts; the user sees nothing of it."""
    asked = await user.ask_inline("")
    file_id = change.get("file_id") or await photo_id(fresh_bot, user)
    results = [
        photo(file_id, change.get("ids") or str(number)) for number in range(change.get("count", 2))
    ]
    button = InlineQueryResultsButton(text="Open", start_parameter=change.get("start", "inline"))
    with pytest.raises(TelegramBadRequest, match=problem):
        await fresh_bot.answer_inline_query(
            asked, [*results], next_offset=change.get("next_offset", ""), button=button
        )


async def test_file_of_another_kind_is_refused(fresh_bot: Bot, user: User) -> None:
    """A photo is neither a video nor a document, and those need a title."""
    asked, file_id = await user.ask_inline(""), await photo_id(fresh_bot, user)
    video = InlineQueryResultCachedVideo(id="1", video_file_id=file_id, title="A fox")
    file = InlineQueryResultCachedDocument(id="1", document_file_id=file_id, title="A fox")
    for result in (video, file):
        with pytest.raises(TelegramBadRequest, match="can't use file of type Photo as"):
            await fresh_bot.answer_inline_query(asked, [result])
    with pytest.raises(TelegramBadRequest, match="title must be non-empty"):
        await fresh_bot.answer_inline_query(asked, [video.model_copy(update={"title": ""})])


async def test_late_answer_is_refused(sandbox: Sandbox, clock: Clock) -> None:
    """The app has stopped waiting."""
    user = sandbox.users.find(1001)
    assert user
    query = sandbox.inline_queries.ask(user, "private", "", "")
    clock.now += InlineQueries.ANSWER_SECONDS
    assert await call(sandbox, "answerInlineQuery", inline_query_id=query, results=[])
    clock.now += 1
    with pytest.raises(Exception, match="query is too old"):
        await call(sandbox, "answerInlineQuery", inline_query_id=query, results=[])
    with pytest.raises(Exception, match="query is too old"):
        await call(sandbox, "answerInlineQuery", inline_query_id="1", results=[])


async def test_bot_without_inline_mode_gets_no_queries(
    fresh_bot: Bot, http: httpx.AsyncClient, user: User
) -> None:
    """As after /setinline at @BotFather; getMe says so."""
    assert (await fresh_bot.get_me()).supports_inline_queries
    await http.put("/bot/inline", json={"on": False})
    assert not (await fresh_bot.get_me()).supports_inline_queries
    response = await http.post(f"/users/{user.id}/inline", json={"query": ""})
    assert response.status_code == 409
    await http.put("/bot/inline", json={"on": True})


async def test_button_names_the_kinds_of_chats(fresh_bot: Bot, user: User) -> None:
    """A button without any is refused; an empty query is one."""
    chosen = SwitchInlineQueryChosenChat(query="a fox", allow_group_chats=True)
    button = InlineKeyboardButton(text="Share", switch_inline_query_chosen_chat=chosen)
    here = InlineKeyboardButton(text="Search", switch_inline_query_current_chat="")
    keyboard = InlineKeyboardMarkup(inline_keyboard=[[button, here]])
    await fresh_bot.send_message(user.id, "A fox", reply_markup=keyboard)
    shown = (await user.last_from_bot())["reply_markup"]["inline_keyboard"][0]
    assert shown[0]["switch_inline_query_chosen_chat"]["query"] == "a fox"
    assert shown[1]["switch_inline_query_current_chat"] == ""
    nowhere = button.model_copy(
        update={"switch_inline_query_chosen_chat": SwitchInlineQueryChosenChat(query="a fox")}
    )
    with pytest.raises(TelegramBadRequest, match="no chat types"):
        await fresh_bot.send_message(
            user.id, "A fox", reply_markup=InlineKeyboardMarkup(inline_keyboard=[[nowhere]])
        )
