"""Start Chromium for tests."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright, expect

from tests.programs import find_program

LAUNCH_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A microphone that hums, without a question.
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
# A busy machine is slow; that is no failure.
PATIENCE_MILLISECONDS = 15_000


def find_chromium() -> str:
    return find_program("chromium", "chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Headless Chromium."""
    executable = find_chromium()
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=executable, args=LAUNCH_ARGUMENTS
        )
        yield chromium
        await chromium.close()
