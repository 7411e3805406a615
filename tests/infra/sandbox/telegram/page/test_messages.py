"""The bot's messages in a browser."""

import pytest
from playwright.async_api import Page, expect

from tests.infra.sandbox.telegram.page.bot_side import BotSide, clip, picture
from tests.infra.sandbox.telegram.page.chat import bubble
from tests.user import User

pytestmark = pytest.mark.browser

_LINES = """button => {
  const label = document.createRange();
  label.selectNodeContents(button);
  return label.getClientRects().length;
}"""


async def test_message_is_edited_in_place_and_deleted(page: Page, bot_side: BotSide) -> None:
    """A message appears, changes in its own bubble, is marked as edited, and disappears."""
    sent = await bot_side.call("sendMessage", text="В очереди")
    shown = await bubble(page, "В очереди").element_handle()
    await bot_side.call("editMessageText", message_id=sent["message_id"], text="Готово")
    await expect(bubble(page, "Готово")).to_contain_text("изменено")
    assert shown
    assert "Готово" in await shown.inner_text()
    await bot_side.call("deleteMessage", message_id=sent["message_id"])
    await expect(bubble(page, "Готово")).to_have_count(0)


async def test_user_deletes_a_message_of_the_bot(page: Page, bot_side: BotSide) -> None:
    """The message's menu deletes it for both sides; no update informs the bot."""
    sent = await bot_side.call("sendMessage", text="В очереди")
    await bubble(page, "В очереди").click(button="right")
    await page.locator("#message-menu").get_by_role("button", name="Удалить у всех").click()
    await expect(bubble(page, "В очереди")).to_have_count(0)
    with pytest.raises(AssertionError, match="MESSAGE_ID_INVALID"):
        await bot_side.call("editMessageText", message_id=sent["message_id"], text="Готово")


async def test_text_is_formatted_and_never_parsed_as_html(
    page: Page, bot_side: BotSide, user: User
) -> None:
    """Entities become bold, code, quotes and links, with offsets after an emoji; markup in the text stays text."""
    text = (
        "🎞 <b>Жирный</b>, <code>abc-1</code>, &lt;i&gt;не тег&lt;/i&gt;, "
        '<a href="https://fal.ai/">ссылка</a><blockquote expandable>цитата</blockquote>конец'
    )
    await bot_side.call("sendMessage", text=text, parse_mode="HTML")
    shown = bubble(page, "<i>не тег</i>")
    await expect(shown.locator("strong")).to_have_text("Жирный")
    await expect(shown.locator("code")).to_have_text("abc-1")
    await expect(shown.locator("blockquote")).to_have_text("цитата")
    await expect(shown.get_by_role("link", name="ссылка")).to_have_attribute(
        "href", "https://fal.ai/"
    )


@pytest.mark.parametrize("important", [False, True])
async def test_inline_button_waits_for_the_bots_answer(
    page: Page, bot_side: BotSide, user: User, *, important: bool
) -> None:
    """A press reaches the bot; the button shows a spinner until a toast or an alert answers it."""
    keyboard = {"inline_keyboard": [[{"text": "Портрет", "callback_data": "size:portrait"}]]}
    await bot_side.call("sendMessage", text="Размер?", reply_markup=keyboard)
    button = page.get_by_role("button", name="Портрет")
    await button.click()
    await expect(button).to_have_attribute("aria-busy", "true")
    query = await bot_side.next_update("callback_query")
    assert query["data"] == "size:portrait"
    await bot_side.call(
        "answerCallbackQuery", callback_query_id=query["id"], text="Запомнил", show_alert=important
    )
    answer = page.get_by_role("dialog") if important else page.get_by_role("status")
    await expect(answer.filter(has_text="Запомнил")).to_be_visible()
    await expect(button).to_have_attribute("aria-busy", "false")


async def test_images_open_and_an_album_is_browsed(
    page: Page, bot_side: BotSide, user: User
) -> None:
    """An image opens over the page, arrows browse its album, and Esc closes it."""
    sent = await bot_side.send_file("photo", picture(), "fox.jpg", caption="Лис")
    media = {"type": "photo", "media": sent["photo"][-1]["file_id"]}
    await bot_side.call("sendMediaGroup", media=[media, media, media])
    await expect(page.get_by_role("article").last.get_by_role("button")).to_have_count(3)
    await page.get_by_role("article").last.get_by_role("button").first.click()
    viewer = page.get_by_role("dialog", name="Просмотр")
    await page.keyboard.press("ArrowRight")
    await expect(viewer).to_contain_text("2 / 3")
    assert await viewer.get_by_role("img").evaluate(
        "image => image.decode().then(() => image.naturalWidth)"
    )
    await page.keyboard.press("Escape")
    await expect(viewer).to_be_hidden()


async def test_video_keeps_playing_while_its_caption_changes(
    page: Page, bot_side: BotSide, user: User
) -> None:
    """A video plays inside its bubble, and editing the caption does not interrupt it."""
    sent = await bot_side.send_file("video", clip(), "clip.mp4", caption="Видео")
    video = page.locator("article video")
    await video.evaluate("video => video.play()")
    await video.evaluate(
        "video => new Promise(done => video.ontimeupdate = () => video.currentTime > 0.2 && done())"
    )
    await bot_side.call(
        "editMessageCaption",
        chat_id=user.id,
        message_id=sent["message_id"],
        caption="Новая подпись",
    )
    await expect(bubble(page, "Новая подпись")).to_be_visible()
    assert await video.evaluate("video => video.currentTime") > 0.2


async def test_edited_image_is_replaced(page: Page, bot_side: BotSide, user: User) -> None:
    """Edited media is replaced in its own bubble, above the new caption."""
    sent = await bot_side.send_file("photo", picture(), "fox.jpg", caption="Страница 1")
    other = await bot_side.send_file("photo", picture(240, 320, "#2040c0"), "owl.jpg", caption="")
    media = {"type": "photo", "media": other["photo"][-1]["file_id"], "caption": "Страница 2"}
    await bot_side.call("editMessageMedia", message_id=sent["message_id"], media=media)
    image = bubble(page, "Страница 2").get_by_role("img")
    await expect(image).to_have_attribute("src", f"/files/{other['photo'][-1]['file_id']}")
    await expect(bubble(page, "Страница 1")).to_have_count(0)


async def test_draft_grows_until_the_message_comes(page: Page, bot_side: BotSide) -> None:
    """The draft is at the end of the log with a stop button, and the message replaces it."""
    await bot_side.call("sendMessageDraft", draft_id=7, text="Рисую", can_stop=True)
    draft = page.locator("#draft")
    await expect(draft).to_contain_text("Рисую")
    await bot_side.call("sendMessageDraft", draft_id=7, text="Рисую лису", can_stop=True)
    await expect(draft).to_contain_text("Рисую лису")
    async with page.expect_request("**/drafts/stop") as stop:
        await draft.get_by_role("button", name="Остановить").click()
    assert (await stop.value).post_data_json == {"draft_id": 7}
    await expect(draft).to_be_hidden()
    await bot_side.call("sendMessageDraft", draft_id=8)
    await expect(draft).to_contain_text("Думаю…")
    await bot_side.call("sendMessage", text="Готово")
    await expect(draft).to_be_hidden()


async def test_log_does_not_scroll_while_the_user_reads_above(
    page: Page, bot_side: BotSide
) -> None:
    """At the end the log follows new messages; above it stays put, and a button scrolls down."""
    await bot_side.call("sendMessage", text="Длинно\n" * 80)
    await bot_side.call("sendMessage", text="Внизу")
    await expect(bubble(page, "Внизу")).to_be_in_viewport()
    await page.locator("#scroller").evaluate("node => node.scrollTo(0, 200)")
    await expect(page.get_by_role("button", name="К последнему сообщению")).to_be_visible()
    await bot_side.call("sendMessage", text="Новость")
    newest = page.get_by_role("button", name="Непрочитанных: 1", exact=True)
    await expect(newest).to_have_text("Новых: 1")
    await newest.click()
    await expect(bubble(page, "Новость")).to_be_in_viewport()
    await expect(page.get_by_role("button", name="К последнему сообщению")).to_be_hidden()


async def test_message_buttons_stay_within_its_row(phone: Page, user: User) -> None:
    """Reply and edit neither cover another message nor are cut off, for short and full-width messages."""
    for text in ("слово " * 60, "коротко"):
        await user.say(text)
    for width in (390, 1280):
        await phone.set_viewport_size({"width": width, "height": 800})
        for text in ("слово слово", "коротко"):
            row = phone.locator(".row.own").filter(has_text=text)
            box = await row.bounding_box()
            assert box
            for name in ("Ответить", "Изменить"):
                button = await row.get_by_role("button", name=name).bounding_box()
                assert button
                assert box["x"] <= button["x"] <= box["x"] + box["width"] - button["width"]
                assert box["y"] <= button["y"] <= box["y"] + box["height"] - button["height"]


async def test_short_message_is_as_wide_as_its_buttons_on_a_phone(
    phone: Page, bot_side: BotSide
) -> None:
    """Three buttons in a row do not break their words under a message of one word."""
    labels = ("✓ Без стиля", "Фотография", "Кино")
    row = [{"text": label, "callback_data": label} for label in labels]
    await bot_side.call("sendMessage", text="Стиль:", reply_markup={"inline_keyboard": [row]})
    for label in labels:
        button = phone.get_by_role("button", name=label, exact=True)
        assert await button.evaluate(_LINES) == 1


async def test_reactions_of_the_bot_and_of_the_user(
    page: Page, bot_side: BotSide, user: User
) -> None:
    """The bot's reaction appears under the user's words; a press on it adds the user's, the next removes it."""
    sent = await user.say("лиса на льду")
    message_id = sent["message_id"]
    emoji = [{"type": "emoji", "emoji": "👌"}]
    await bot_side.call("setMessageReaction", message_id=message_id, reaction=emoji)
    reaction = bubble(page, "лиса на льду").get_by_role("button", name="Реакция 👌")
    await expect(reaction).to_have_attribute("aria-pressed", "false")
    await reaction.click()
    await expect(reaction).to_have_accessible_name("Реакция 👌: 2")
    await reaction.click()
    await expect(reaction).to_have_accessible_name("Реакция 👌: 1")
    await bubble(page, "лиса на льду").click(button="right")
    await page.get_by_role("button", name="Поставить ❤").click()
    await expect(bubble(page, "лиса на льду").locator(".reaction")).to_have_count(2)
    await bot_side.call("setMessageReaction", message_id=message_id, reaction=[])
    await expect(reaction).to_have_count(0)


@pytest.mark.parametrize("style", ["danger", "success", "primary"])
async def test_button_style_has_its_colour(page: Page, bot_side: BotSide, style: str) -> None:
    """A button with a style looks different from one without."""
    keyboard = [[{"text": f"Просто {style}", "callback_data": "1"}]]
    keyboard.append([{"text": f"Особо {style}", "callback_data": "2", "style": style}])
    await bot_side.call("sendMessage", text="Кнопки", reply_markup={"inline_keyboard": keyboard})
    looks = [
        await page.get_by_role("button", name=f"{name} {style}").evaluate(
            "button => { const s = getComputedStyle(button); return s.color + s.backgroundColor; }"
        )
        for name in ("Просто", "Особо")
    ]
    assert looks[0] != looks[1]


async def test_button_copies_its_text(page: Page, bot_side: BotSide) -> None:
    """A copy_text button puts its text on the clipboard, without a press that reaches the bot."""
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    button = {"text": "Скопировать слова", "copy_text": {"text": "лиса на льду"}}
    await bot_side.call("sendMessage", text="Слова", reply_markup={"inline_keyboard": [[button]]})
    await page.get_by_role("button", name="Скопировать слова").last.click()
    await expect(page.get_by_role("status").filter(has_text="Скопировано")).to_be_visible()
    assert await page.evaluate("navigator.clipboard.readText()") == "лиса на льду"


async def test_rich_message_shows_its_blocks(page: Page, bot_side: BotSide, user: User) -> None:
    """A collage opens like an album, text is formatted, and a button of a block reaches the bot."""
    sent = await bot_side.send_file("photo", picture(), "fox.jpg", caption="Лис")
    photo = {"type": "photo", "media": sent["photo"][-1]["file_id"]}
    blocks = [
        {"type": "collage", "blocks": [{"type": "photo", "photo": photo}] * 3},
        {"type": "paragraph", "text": ["Три ", {"type": "bold", "text": "лиса"}]},
        {"type": "buttons", "buttons": [{"text": "Ещё раз", "callback_data": "again"}]},
    ]
    await bot_side.call("sendRichMessage", rich_message={"blocks": blocks})
    shown = bubble(page, "Три лиса")
    await expect(shown.locator("strong")).to_have_text("лиса")
    await expect(shown.locator(".picture")).to_have_count(3)
    await shown.locator(".picture").first.click()
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("dialog", name="Просмотр")).to_contain_text("2 / 3")
    await page.keyboard.press("Escape")
    await shown.get_by_role("button", name="Ещё раз").click()
    assert (await bot_side.next_update("callback_query"))["data"] == "again"
