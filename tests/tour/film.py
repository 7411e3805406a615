"""The film of the READMEs: from words to an image, and on to a video, in some ten seconds."""

import asyncio
import contextlib
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import groupby
from pathlib import Path

from PIL import Image
from playwright.async_api import Page

from tests.message import is_clip, is_photo
from tests.tour.stage import Actor

_FRAME_SECONDS = 0.2
# Waiting is shortened: a screen that does not change is shown for this time at most.
_LONGEST_STILL = 4
_LAST_STILL = 10
_SIZE = (390, 700)


async def film_readme(actor: Actor, folder: Path) -> None:
    """Write film.webp in the actor's language: an animated WebP of the phone's screen."""
    suffix = "" if actor.language == "en" else f".{actor.language}"
    await actor.page.set_viewport_size({"width": _SIZE[0], "height": _SIZE[1]})
    await actor.user.say("/start")
    await actor.see(actor.name)
    async with _recording(actor.page) as frames:
        await _type(actor.page, actor.words("лодка в море на закате", "a boat at sea at sunset"))
        await _press(actor, actor.words("Изображение", "Image"))
        await actor.see(is_photo)
        await asyncio.sleep(1)
        await _press(actor, actor.words("Оживить", "Animate"))
        await _press(actor, "▶️")
        await actor.see(is_clip)
        await asyncio.sleep(3)
    _write(frames, folder / f"film{suffix}.webp")


async def _type(page: Page, words: str) -> None:
    await page.locator("#text").press_sequentially(words, delay=60)
    await page.locator("#send").click()


async def _press(actor: Actor, label: str) -> None:
    button = actor.page.locator(".inline-button", has_text=label).last
    await button.wait_for()
    await button.hover()
    await asyncio.sleep(0.6)
    await button.click()


@asynccontextmanager
async def _recording(page: Page) -> AsyncIterator[list[bytes]]:
    """Collect screenshots until the block ends."""
    frames: list[bytes] = []

    async def record() -> None:
        while True:
            frames.append(await page.screenshot(scale="css"))
            await asyncio.sleep(_FRAME_SECONDS)

    recorder = asyncio.create_task(record())
    try:
        yield frames
    finally:
        recorder.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await recorder


def _write(frames: list[bytes], path: Path) -> None:
    stills = [(content, len(list(same))) for content, same in groupby(frames)]
    counts = [min(count, _LONGEST_STILL) for _, count in stills[:-1]] + [_LAST_STILL]
    images = [Image.open(io.BytesIO(content)).convert("RGB") for content, _ in stills]
    images[0].save(
        path,
        save_all=True,
        append_images=images[1:],
        duration=[round(1000 * _FRAME_SECONDS * count) for count in counts],
        loop=0,
        quality=60,
        method=4,
    )
