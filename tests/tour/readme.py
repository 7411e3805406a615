"""The screenshots of the READMEs: the chat page and the dashboard, wide and light, narrow and dark."""

from pathlib import Path
from typing import Literal

from playwright.async_api import Page

from tests.message import is_clip, is_photo
from tests.tour.stage import API_TOKEN, CALM, Actor

_WIDE, _NARROW = (1280, 880), (390, 880)


async def photograph_readme(actor: Actor, folder: Path) -> None:
    """Order an image and a video, and write chat, phone and page as PNGs, in the actor's language."""
    suffix = "" if actor.language == "en" else f".{actor.language}"
    chat = f"{actor.url}/#{actor.user.id}/"
    await actor.user.say(actor.words("лодка в море на закате", "a boat at sea at sunset"))
    await actor.press(await actor.see("?"), actor.words("Изображение", "Image"))
    await actor.see(is_photo)
    await _photograph(actor, chat, folder / f"chat{suffix}.png", _WIDE, "light")
    await actor.user.say(
        actor.words("/video лодка в ночном море, луна", "/video a boat at night, a moon")
    )
    await actor.user.agree()
    await actor.see(is_clip)
    await _photograph(actor, chat, folder / f"phone{suffix}.png", _NARROW, "dark")
    dashboard = f"{actor.stage.installation.api_url}/"
    if actor.language == "en":
        await _photograph(actor, dashboard, folder / "page.png", _WIDE, "light")
    else:
        await _photograph(actor, dashboard, folder / "page.ru.png", _NARROW, "dark")


async def _photograph(
    actor: Actor,
    url: str,
    path: Path,
    size: tuple[int, int],
    scheme: Literal["light", "dark"],
) -> None:
    page = await actor.stage.browser.new_page(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,
        locale={"ru": "ru-RU", "en": "en-US"}[actor.language],
        bypass_csp=True,
    )
    try:
        await page.goto(url)
        await _log_in(page)
        await page.add_style_tag(content=CALM)
        await page.wait_for_timeout(2000)  # images have loaded, and animations have ended
        await page.screenshot(path=path)
    finally:
        await page.close()


async def _log_in(page: Page) -> None:
    """Log in to the dashboard; the chat page needs no token."""
    token = page.locator("#token")
    if await token.count():
        await token.fill(API_TOKEN)
        await token.press("Enter")
        await page.locator("#token").wait_for(state="detached")
