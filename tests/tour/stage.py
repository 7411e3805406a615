"""Where the tour is played: the real processes, both stand-ins, and a phone that shows a person's chat."""

import io
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from tests.browser import LAUNCH_ARGUMENTS, find_chromium
from tests.message import Message, buttons, words
from tests.person import Person, create_person
from tests.processes import Installation
from tests.valkey import ValkeyServer
from worker.bot.texts import Phrases, Texts

PHONE: ViewportSize = {"width": 390, "height": 780}
#: Pixels of the screen to one of the page, as on a phone.
DENSITY = 2
PATIENCE_SECONDS = 60
_ALL_LOADED = """
    [...document.images].every(image => image.complete)
    && [...document.querySelectorAll("video")].every(clip => clip.readyState > 1 || clip.poster)
"""
_SCROLL_DOWN = "scroller => (scroller = document.getElementById('scroller')).scrollTo(0, scroller.scrollHeight)"
# A short word at the top would cover what the picture is about, and the other visitors are nobody's news.
_CALM = (
    "#toasts, #open-people .badge { display: none } video::-webkit-media-controls { display: none }"
)

NAMES = {
    "ru": ("Олег", "Мария", "Игорь", "Полина", "Тимур", "Вера", "Артём", "Нина"),
    "en": ("Kate", "Omar", "Julia", "Leo", "Sam", "Mia", "Tom", "Ines"),
}
#: They are at the stand-in from the start.
ADMINS = {"ru": 1001, "en": 1002}
_LIMITS = {
    "person_max_jobs": "5",
    "person_daily_budget": "5",
    "team_daily_budget": "50",
    "fal_slots": "10",
}


@dataclass
class Actor:
    """Somebody who uses the bot, and the phone on which one sees it. `say` gives the bot's words in their language."""

    person: Person
    page: Page
    say: Phrases
    url: str
    name: str

    @property
    def language(self) -> str:
        return self.say.language

    def words(self, russian: str, english: str) -> str:
        return russian if self.language == "ru" else english

    async def open(self, place: str = "") -> None:
        """Look at one's own chat with the bot, or at a group (`id`) or a topic (`id/thread`)."""
        await self.page.goto(f"{self.url}/#{self.person.id}/{place}")
        await self.page.add_style_tag(content=_CALM)

    async def see(self, what: str | Callable[[Message], object]) -> Message:
        """Wait for a message of the bot with these words in it, or of which this is true."""
        if isinstance(what, str):
            return await self.person.wait_for_text(what, PATIENCE_SECONDS)
        return await self.person.wait_for(what, PATIENCE_SECONDS)

    async def press(self, message: Message, label: str) -> None:
        """Press the button whose label has this in it."""
        labels = [button["text"] for button in buttons(message)]
        found = next((text for text in labels if label in text), None)
        assert found, f"no {label!r} among {labels} under {words(message)!r}"
        await self.person.press(message, found)

    async def photograph(self) -> bytes:
        """The phone's screen as it is when everything on it has come, as a WebP."""
        await self.page.evaluate(_SCROLL_DOWN)
        await self.page.wait_for_function(_ALL_LOADED)
        await self.page.evaluate("document.fonts.ready")
        await self.page.wait_for_timeout(500)  # what slides in has come to rest
        screen = io.BytesIO(await self.page.screenshot())
        picture = io.BytesIO()
        Image.open(screen).save(picture, "WEBP", quality=80, method=6)
        return picture.getvalue()


def is_picture(message: Message) -> bool:
    return "photo" in message


def is_clip(message: Message) -> bool:
    return "video" in message


def is_document(message: Message) -> bool:
    return "document" in message


@dataclass(frozen=True)
class Stage:
    installation: Installation
    browser: Browser
    texts: Texts

    @asynccontextmanager
    async def enter(
        self, language: str, number: int, *, admin: bool = False
    ) -> AsyncIterator[Actor]:
        """The `number`th visitor, somebody new, or an admin, with a phone in their hand."""
        url = self.installation.telegram_url
        name = NAMES[language][number % len(NAMES[language])]
        known = Person(url, ADMINS[language]) if admin else None
        person = known or await create_person(url, name, language)
        # The page's own policy would keep the camera from asking whether everything has come.
        page = await self.browser.new_page(
            viewport=PHONE, device_scale_factor=DENSITY, bypass_csp=True
        )
        try:
            actor = Actor(person, page, self.texts.speaking(language), url, name)
            await actor.open()
            yield actor
        finally:
            await page.close()
            await person.close()


@asynccontextmanager
async def set_up() -> AsyncIterator[Stage]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=find_chromium(), args=LAUNCH_ARGUMENTS
        )
        with _installation() as installation:
            yield Stage(installation, browser, Texts())
        await browser.close()


@contextmanager
def _installation() -> Iterator[Installation]:
    """A fal at a third of its pace, so that a wait can be seen."""
    settings = {"tg_admin_user_ids": ",".join(map(str, ADMINS.values())), **_LIMITS}
    with (
        tempfile.TemporaryDirectory() as directory,
        ValkeyServer(Path(directory)) as valkey,
        Installation(
            Path(directory), valkey.url, "webhook", pace=0.3, chat_burst=60, settings=settings
        ) as running,
    ):
        yield running
