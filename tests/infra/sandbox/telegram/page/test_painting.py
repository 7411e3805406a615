"""Painting over an image, as in the photo editor of Telegram's apps."""

import io
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Page, expect

from tests.infra.sandbox.telegram.page.bot_side import BotSide, picture
from tests.infra.sandbox.telegram.page.chat import bubble
from tests.user import Message, User

pytestmark = pytest.mark.browser


async def paint(page: Page) -> None:
    """Draw a stroke over the left half, from top to bottom."""
    box = await page.get_by_label("Изображение").bounding_box()
    assert box
    await page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 2)
    await page.mouse.down()
    await page.mouse.move(box["x"] + box["width"] / 4, box["y"] + box["height"] - 2, steps=4)
    await page.mouse.up()


async def sides(user: User, message: Message) -> tuple[bool, bool]:
    """Return whether the photo is red in the middle of its left half, and of its right."""
    data = await user.file(message["photo"][-1]["file_id"])
    shown = Image.open(io.BytesIO(data)).convert("RGB")
    left, right = (shown.getpixel((shown.width * part // 4, shown.height // 2)) for part in (1, 3))
    return left[0] > 200, right[0] > 200  # type: ignore[index]  # RGB is a tuple


async def test_received_image_is_painted_over_and_sent_as_a_reply(
    page: Page, bot_side: BotSide, user: User
) -> None:
    """In the viewer: a stroke and a caption, and the painted photo is a reply to the original."""
    sent = await bot_side.send_file("photo", picture(400, 300, "#1428c8"), "sea.jpg", "Море")
    await page.get_by_role("button", name="Открыть фото").last.click()
    await page.get_by_role("button", name="Закрасить").click()
    await paint(page)
    await page.get_by_role("dialog").get_by_role("button", name="Готово").click()
    await page.get_by_label("Подпись").fill("Здесь маяк")
    await page.get_by_role("dialog").get_by_role("button", name="Отправить").click()
    await expect(bubble(page, "Здесь маяк").get_by_role("img")).to_be_visible()
    answer = (await user.messages())[-1]
    assert answer["reply_to_message"]["message_id"] == sent["message_id"]
    assert (answer["photo"][-1]["width"], answer["photo"][-1]["height"]) == (400, 300)
    assert await sides(user, answer) == (True, False)


async def test_own_image_is_painted_over_before_it_is_sent(
    page: Page, user: User, tmp_path: Path
) -> None:
    """In the attachment dialog: keys paint too, and an undone stroke is absent."""
    (tmp_path / "sea.jpg").write_bytes(picture(400, 300, "#1428c8"))
    await page.locator("input[type=file]").set_input_files(tmp_path / "sea.jpg")
    await page.get_by_role("button", name="Закрасить sea.jpg").click()
    done = page.get_by_role("dialog").get_by_role("button", name="Готово")
    await expect(done).to_be_disabled()
    for _ in range(8):
        await page.keyboard.press("ArrowRight")
    await page.keyboard.press("Space")
    await expect(done).to_be_enabled()
    await paint(page)
    await page.keyboard.press("Control+z")
    await done.click()
    await page.get_by_role("dialog").get_by_role("button", name="Отправить").click()
    await expect(page.get_by_role("article").last.get_by_role("img")).to_be_visible()
    assert await sides(user, (await user.messages())[-1]) == (False, True)
