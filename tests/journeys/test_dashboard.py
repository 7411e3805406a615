"""The dashboard in a browser while jobs run."""

import re
from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Browser, Page, expect

from infra.redis.client import connect
from tests.browser import browser
from tests.message import has_job_id, job_id
from tests.processes import Installation
from tests.user import User
from tests.valkey import ValkeyServer

__all__ = ["browser"]

pytestmark = [pytest.mark.browser, pytest.mark.timeout(180)]
_TOKEN = "Xr3Lq9-vT0bZ_s7Wd2Nf8Kp5Yh1Jm4Gc6Ae"


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation whose fal is slow enough to watch."""
    folder = tmp_path_factory.mktemp("page")
    with (
        ValkeyServer(folder) as valkey,
        Installation(
            folder, valkey.url, "webhook", pace=1.0, settings={"api_token": _TOKEN}
        ) as running,
    ):
        yield running


@pytest.fixture(params=[(1280, "en-GB", "light"), (390, "ru-RU", "dark")], ids=["desk", "phone"])
async def page(
    request: pytest.FixtureRequest, browser: Browser, installation: Installation
) -> AsyncIterator[Page]:
    """A logged-in page: English, light and wide, or Russian, dark and narrow."""
    width, language, scheme = request.param
    context = await browser.new_context(
        viewport={"width": width, "height": 844}, locale=language, color_scheme=scheme
    )
    page = await context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    await page.goto(f"{installation.api_url}/")
    await page.get_by_label("API").fill(_TOKEN)
    await page.get_by_role("button").click()
    await expect(page.locator("#live")).to_be_visible()
    yield page
    assert faults == []
    assert await page.evaluate("document.documentElement.scrollWidth") == width
    await context.close()


async def test_job_updates_live(page: Page, anya: User) -> None:
    """A job appears and ends without a reload, with its prompt unchanged and its image."""
    prompt = "<img src=x onerror=alert(1)> <b>сова</b> & ночь"
    await anya.say(f"/image {prompt}")
    row = page.locator("article", has_text=prompt).first
    await expect(row).to_be_visible()
    await expect(row).to_contain_text("Аня")
    await expect(row.locator(".state")).to_have_text(re.compile("^(Done|Готово)$"))
    picture = row.locator("img")
    await expect(picture).to_be_visible()
    assert await picture.evaluate("async image => (await image.decode(), image.naturalWidth)") > 0
    await expect(page.locator("article b")).to_have_count(0)


async def test_cancel_a_video(page: Page, anya: User) -> None:
    """One press cancels; the author gets the same message as after their own cancel."""
    await anya.say("/video кот на скейте")
    await anya.agree()
    card = await anya.wait_for(has_job_id)
    row = page.locator(f"#job-{job_id(card)}")
    await row.get_by_role("button").click()
    await anya.wait_for_text("тменен", timeout=30)
    await expect(row.locator(".state")).to_have_text(re.compile("^(Cancelled|Отменено)$"))


async def test_filter_survives_a_reload(page: Page, anya: User) -> None:
    """The filter shows only failed jobs, each with its reason, also after a reload."""
    await anya.say("/image #nsfw")
    await (
        page.get_by_role("link", name="Неудачные")
        .or_(page.get_by_role("link", name="Failed"))
        .click()
    )
    row = page.locator("article", has_text="#nsfw").first
    await expect(row.locator(".state")).to_contain_text("—")
    await page.reload()
    await expect(page.locator("article.good")).to_have_count(0)
    await expect(row).to_be_visible()


async def test_page_reconnects_after_a_restart(
    page: Page, anya: User, installation: Installation
) -> None:
    """The page says that it has no connection, retries by itself, and continues."""
    installation.web.stop()
    await expect(page.locator("#connection")).to_be_visible()
    installation.web.start().wait_for(f"{installation.api_url}/version")
    await anya.say("/image после перерыва")
    await expect(page.locator("article", has_text="после перерыва").first).to_be_visible()
    await expect(page.locator("#connection")).to_be_hidden()


async def test_spending_and_its_download(page: Page, anya: User) -> None:
    """A job's price is on the page by user, by model and by day, on a phone too, and in the CSV of the session."""
    await anya.say("/image an apple in a garden")
    row = page.locator("article", has_text="an apple in a garden").first
    await expect(row.locator(".state")).to_have_text(re.compile("^(Done|Готово)$"))
    await page.get_by_role("link", name=re.compile("^(Spending|Расходы)$")).click()
    by_user, by_model, by_day = (page.locator("table").nth(number) for number in range(3))
    await expect(by_user).to_contain_text("Аня")
    await expect(by_model).to_contain_text("FLUX.1 schnell")
    await expect(by_day.locator("time").first).to_be_visible()
    async with page.expect_download() as downloading:
        await page.get_by_role("link", name="CSV").click()
    download = await downloading.value
    assert re.fullmatch(r"darkroom-spending-\d{4}-\d\d-\d\d\.csv", download.suggested_filename)
    text = (await download.path()).read_text(encoding="utf-8")
    assert text.startswith("day,by,id,name,jobs,dollars\n")
    assert f",user,{anya.id},Аня,1,0.003000" in text


async def test_ranking_of_models(page: Page, installation: Installation) -> None:
    """Empty at first; then each work with its models, their shares and their pairs, on a phone too."""
    await page.get_by_role("link", name=re.compile("^(Model ranking|Рейтинг моделей)$")).click()
    await expect(page.locator(".notice")).to_contain_text("🆚")
    redis = connect(installation.redis_url)
    votes = {
        "fal-ai/nano-banana-2>fal-ai/flux/schnell": 6,
        "fal-ai/flux/schnell=fal-ai/nano-banana-2": 2,
        "acme/gone>fal-ai/flux/schnell": 1,
        "fal-ai/nano-banana-2>acme/gone": 1,
    }
    await redis.hset("darkroom:ranking:image", mapping=votes)  # type: ignore[misc]
    try:
        await page.reload()
        rows = page.locator("tbody tr")
        await expect(rows).to_have_count(3)
        await expect(rows.nth(0)).to_contain_text("Nano Banana 2")
        await expect(rows.nth(0)).to_contain_text("89 %")
        await expect(rows.nth(0)).to_contain_text("7–0–2")
        await expect(rows.nth(2)).to_contain_text("acme/gone")
        await expect(rows.nth(1).locator("li")).to_have_count(2)
        await page.get_by_role("link").first.click()
        await expect(page.locator("#live")).to_be_visible()
    finally:
        await redis.delete("darkroom:ranking:image")
        await redis.aclose(close_connection_pool=True)
