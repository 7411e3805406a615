"""The one way in which tests start a browser."""

import os
import shutil
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright, expect

EXECUTABLES = ("chromium", "chromium-browser", "google-chrome")
LAUNCH_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# A busy machine is slow, not wrong.
PATIENCE_MILLISECONDS = 15_000
ABSENT = "Chromium is not installed: `apt install chromium` (or put google-chrome on the PATH)"


def find_chromium() -> str:
    for name in EXECUTABLES:
        if path := shutil.which(name):
            return path
    if os.environ.get("CI") == "true":
        pytest.fail(ABSENT)
    pytest.skip(ABSENT)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """Headless Chromium; without one a test is skipped, and fails in CI."""
    executable = find_chromium()
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=executable, args=LAUNCH_ARGUMENTS
        )
        yield chromium
        await chromium.close()
