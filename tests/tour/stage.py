"""The tour's environment: the real processes, both fakes, and a phone that shows a user's chat."""

import io
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from infra.i18n import Phrases, Texts
from infra.redis.client import connect
from infra.settings import Settings
from tests.browser import LAUNCH_ARGUMENTS, find_chromium
from tests.message import Message, labels, words
from tests.processes import Installation
from tests.user import User, create_user
from tests.valkey import ValkeyServer
from worker.jobs.duration_stats import Durations
from worker.users.allowlist import AccessList

PHONE: ViewportSize = {"width": 390, "height": 780}
#: Screen pixels for one CSS pixel, as on a phone.
DENSITY = 2
PATIENCE_SECONDS = 60
_ALL_LOADED = """
    [...document.images].every(image => image.complete)
    && [...document.querySelectorAll("video")].every(clip => clip.readyState > 1 || clip.poster)
"""
_SCROLL_DOWN = "scroller => (scroller = document.getElementById('scroller')).scrollTo(0, scroller.scrollHeight)"
_SCROLL_TO_TOP = "[...document.querySelectorAll('.bubble')].at(-1).scrollIntoView({block: 'start'})"
# A toast would cover the image, and the badge of other users is irrelevant.
CALM = (
    "#toasts, #open-users .badge { display: none } video::-webkit-media-controls { display: none }"
)

NAMES = {
    "ru": (
        *(
            "Олег",
            "Мария",
            "Игорь",
            "Полина",
            "Тимур",
            "Вера",
            "Артём",
            "Нина",
            "Лев",
            "Дарья",
            "Марк",
        ),
        *(
            "Алиса",
            "Павел",
            "Софья",
            "Глеб",
            "Юлия",
            "Роман",
            "Инна",
            "Егор",
            "Лиза",
            "Денис",
            "Яна",
            "Ольга",
            "Пётр",
            "Анна",
            "Кира",
        ),
        *("Вадим", "Жанна", "Кирилл", "Рита"),
        *("Фёдор", "Тая"),
        *("Семён", "Ася"),
        *("Савва", "Ника", "Захар", "Эмма", "Борис", "Майя"),
    ),
    "en": (
        *("Kate", "Omar", "Julia", "Leo", "Sam", "Mia", "Tom", "Ines", "Paul", "Nora", "Alex"),
        *("Ruth", "Ivan", "Emma", "Noah", "Lucy", "Hugo", "Iris", "Finn", "Rosa", "Carl", "Jane"),
        *("Owen", "Lena", "Max", "Zoe"),
        *("Theo", "Beth", "Dora", "Evan"),
        *("Gwen", "Saul"),
        *("Ella", "Toby"),
        *("Ada", "Otis", "Cleo", "Reed", "Vera", "Hank"),
    ),
}
#: The dashboard's token.
API_TOKEN = "a-token-for-the-tour-of-the-bot"
#: Users of the fake from the start, each the admin of the team of their language.
ADMINS = {"ru": (1001, "Аня"), "en": (1002, "Ben")}
_SETTINGS = {
    "api_token": API_TOKEN,
    "user_max_jobs": "5",
    "user_daily_budget": "5",
    "team_daily_budget": "50",
    "fal_slots": "10",
}


class Role(Enum):
    """A user's role in the team."""

    MEMBER = auto()
    ADMIN = auto()
    STRANGER = auto()


@dataclass
class Actor:
    """A user of the bot, and the phone that shows their chat. `say` gives the bot's texts in their language."""

    stage: "Stage"
    user: User
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
        """Open the user's own chat with the bot, or a group (`id`) or a topic (`id/thread`)."""
        await self.page.goto(f"{self.url}/#{self.user.id}/{place}")
        await self.page.add_style_tag(content=CALM)

    async def see(self, what: str | Callable[[Message], object]) -> Message:
        """Wait for a message of the bot that contains this text, or for which this is true."""
        if isinstance(what, str):
            return await self.user.wait_for_text(what, PATIENCE_SECONDS)
        return await self.user.wait_for(what, PATIENCE_SECONDS)

    async def press(self, message: Message, label: str) -> None:
        """Press the button whose label contains this; one behind «⋯ More» is shown first."""
        message = await self.user.with_button(
            message, lambda now: any(label in text for text in labels(now))
        )
        found = next((text for text in labels(message) if label in text), None)
        assert found, f"no {label!r} among {labels(message)} under {words(message)!r}"
        await self.user.press(message, found)

    async def photograph(self, *, from_top: bool = False) -> bytes:
        """Return the phone's screen, fully loaded, as a WebP.

        It shows the end of the chat; with `from_top` the top of its last message, for one longer than the screen.
        """
        await self.page.evaluate(_SCROLL_DOWN)
        await self.page.wait_for_function(_ALL_LOADED)
        await self.page.evaluate("document.fonts.ready")
        await self.page.wait_for_timeout(500)  # the animations have ended
        if from_top:
            await self.page.evaluate(_SCROLL_TO_TOP)
            await self.page.wait_for_timeout(200)
        screen = io.BytesIO(await self.page.screenshot())
        picture = io.BytesIO()
        Image.open(screen).save(picture, "WEBP", quality=80, method=6)
        return picture.getvalue()


def is_document(message: Message) -> bool:
    return "document" in message


@dataclass(frozen=True)
class Stage:
    language: str
    installation: Installation
    browser: Browser
    texts: Texts
    access: AccessList
    durations: Durations

    @asynccontextmanager
    async def enter(self, name: str, role: Role = Role.MEMBER) -> AsyncIterator[Actor]:
        """Return a new user with this name, or the team's admin, with a phone."""
        user = await self.user(name, role)
        # The page's own policy would forbid the check that everything is loaded.
        page = await self.browser.new_page(
            viewport=PHONE, device_scale_factor=DENSITY, bypass_csp=True
        )
        try:
            url, say = self.installation.telegram_url, self.texts.speaking(self.language)
            actor = Actor(self, user, page, say, url, name)
            await actor.open()
            yield actor
        finally:
            await page.close()
            await user.close()

    @asynccontextmanager
    async def enter_admin(self) -> AsyncIterator[Actor]:
        async with self.enter(ADMINS[self.language][1], Role.ADMIN) as actor:
            yield actor

    async def user(self, name: str, role: Role = Role.MEMBER) -> User:
        """Return a new user without a phone."""
        url = self.installation.telegram_url
        if role is Role.ADMIN:
            return User(url, ADMINS[self.language][0])
        user = await create_user(url, name, self.language)
        if role is Role.MEMBER:
            await self.access.allow(user.id)
        return user


@asynccontextmanager
async def set_up(language: str) -> AsyncIterator[Stage]:
    """Create a team for each language, with an allowlist."""
    admin = frozenset({ADMINS[language][0]})
    async with async_playwright() as playwright, AsyncExitStack() as stack:
        browser = await playwright.chromium.launch(
            executable_path=find_chromium(), args=LAUNCH_ARGUMENTS
        )
        stack.push_async_callback(browser.close)
        installation = stack.enter_context(_installation(ADMINS[language][0]))
        redis = connect(installation.redis_url)
        stack.push_async_callback(redis.aclose, close_connection_pool=True)
        settings = Settings(_env_file=None, tg_allowed_user_ids=admin)
        access, durations = AccessList(redis, settings), Durations(redis)
        yield Stage(language, installation, browser, Texts(), access, durations)


@contextmanager
def _installation(admin: int) -> Iterator[Installation]:
    """Run with a fal at a third of its speed, so that waiting is visible."""
    users = {"tg_admin_user_ids": str(admin), "tg_allowed_user_ids": str(admin)}
    with (
        tempfile.TemporaryDirectory() as directory,
        ValkeyServer(Path(directory)) as valkey,
        Installation(
            Path(directory),
            valkey.url,
            "webhook",
            pace=0.3,
            chat_burst=60,
            settings={**users, **_SETTINGS},
        ) as running,
    ):
        yield running
