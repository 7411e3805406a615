"""Inline queries on the chat page: results above the field, and the choice of a chat to share with."""

from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.infra.sandbox.telegram.page.bot_side import BotSide, picture
from tests.infra.sandbox.telegram.page.chat import bubble
from tests.user import User, create_group

pytestmark = pytest.mark.browser


@pytest.fixture
async def photo(bot_side: BotSide) -> str:
    sent = await bot_side.send_file("photo", picture(), "fox.jpg", "Лиса")
    file_id: str = sent["photo"][-1]["file_id"]
    return file_id


async def answer(bot_side: BotSide, photo: str, count: int, **changes: Any) -> Any:
    """Answer the user's next query with photos; return the query."""
    query = await bot_side.next_update("inline_query")
    results = [
        {"type": "photo", "id": f"{query['offset']}.{number}", "photo_file_id": photo}
        for number in range(count)
    ]
    body = {"inline_query_id": query["id"], "results": results}
    await bot_side.call("answerInlineQuery", **body, **changes)
    return query


def results(page: Page) -> Locator:
    return page.get_by_role("group", name="Найденное ботом").get_by_role("button")


async def ask(page: Page, text: str) -> None:
    await page.get_by_label("Сообщение", exact=True).fill(text)


async def test_result_is_chosen_from_a_panel(phone: Page, bot_side: BotSide, photo: str) -> None:
    """The panel fits a phone; a press sends the result, which names the bot, and empties the field."""
    await ask(phone, "@darkroom_bot лиса")
    query = await answer(bot_side, photo, 3)
    assert query["query"] == "лиса"
    await expect(results(phone)).to_have_count(3)
    assert await phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await results(phone).first.click()
    await expect(bubble(phone, "через @darkroom_bot")).to_be_visible()
    await expect(results(phone)).to_have_count(0)
    await expect(phone.get_by_label("Сообщение", exact=True)).to_have_value("")


async def test_further_results_come_while_scrolling(
    page: Page, bot_side: BotSide, photo: str
) -> None:
    """The end of the panel asks for the next page."""
    await ask(page, "@darkroom_bot ")
    await answer(bot_side, photo, 50, next_offset="next")
    await expect(results(page)).to_have_count(50)
    await results(page).last.scroll_into_view_if_needed()
    query = await answer(bot_side, photo, 10)
    assert query["offset"] == "next"
    await expect(results(page)).to_have_count(60)


async def test_button_above_the_results_opens_the_bot(
    page: Page, bot_side: BotSide, user: User, address: str
) -> None:
    """From a group to the private chat, with the parameter of the button."""
    group = await create_group(address, "Студия", [user])
    await page.goto(f"{address}/#{user.id}/{group['id']}")
    await expect(page.get_by_role("heading", name="Студия")).to_be_visible()
    await ask(page, "@darkroom_bot медведь")
    button = {"text": "Ничего не нашлось", "start_parameter": "inline"}
    query = await bot_side.next_update("inline_query")
    await bot_side.call("answerInlineQuery", inline_query_id=query["id"], results=[], button=button)
    await page.get_by_role("button", name="Ничего не нашлось").click()
    await expect(bubble(page, "/start inline")).to_be_visible()


async def test_sharing_asks_for_a_chat(
    phone: Page, bot_side: BotSide, user: User, address: str, photo: str
) -> None:
    """The button opens the user's chats; the chosen one opens with the query, whose result is sent there."""
    await create_group(address, "Друзья", [user])
    chosen = {"query": "0abc", "allow_group_chats": True}
    keyboard = [[{"text": "📤 Поделиться", "switch_inline_query_chosen_chat": chosen}]]
    await bot_side.call("sendMessage", text="Готово", reply_markup={"inline_keyboard": keyboard})
    await phone.get_by_role("button", name="📤 Поделиться").click()
    dialog = phone.get_by_role("dialog", name="Куда отправить")
    await expect(dialog).to_be_visible()
    await dialog.get_by_role("button", name="Друзья").click()
    await expect(phone.get_by_role("heading", name="Друзья")).to_be_visible()
    query = await answer(bot_side, photo, 1)
    assert query["query"] == "0abc"
    assert query["chat_type"] == "group"
    await results(phone).click()
    await expect(bubble(phone, "через @darkroom_bot")).to_be_visible()


async def test_button_searches_in_the_same_chat(page: Page, bot_side: BotSide, photo: str) -> None:
    """It puts the query into the field of this chat."""
    keyboard = [[{"text": "🔎 Найти", "switch_inline_query_current_chat": "лиса"}]]
    await bot_side.call("sendMessage", text="Готово", reply_markup={"inline_keyboard": keyboard})
    await page.get_by_role("button", name="🔎 Найти").click()
    query = await answer(bot_side, photo, 1)
    assert (query["query"], query["chat_type"]) == ("лиса", "sender")
    await expect(results(page)).to_have_count(1)
