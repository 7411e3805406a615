"""Locators of the chat page."""

from playwright.async_api import Locator, Page


def bubble(page: Page, text: str) -> Locator:
    return page.get_by_role("log").get_by_role("article").filter(has_text=text)


async def write(page: Page, text: str) -> None:
    await page.get_by_label("Сообщение", exact=True).fill(text)
    await page.keyboard.press("Enter")
