"""The whole service when Telegram and fal are reachable only through proxies."""

from pathlib import Path

import pytest

from tests.message import is_photo
from tests.processes import Installation, said_on_failure
from tests.proxies import PASSWORD, Proxy
from tests.user import User
from tests.valkey import ValkeyServer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


async def test_image_through_two_proxies(tmp_path: Path) -> None:
    """Updates, sends, uploads and results each use their proxy, and no log has the password."""
    with (
        ValkeyServer(tmp_path) as valkey,
        Proxy("socks5", tmp_path) as to_telegram,
        Proxy("http", tmp_path) as to_fal,
    ):
        proxies = {"tg_proxy": to_telegram.url(), "fal_proxy": to_fal.url()}
        settings = {**proxies, "log_level": "DEBUG"}
        installation = Installation(tmp_path, valkey.url, settings=settings)
        with installation, said_on_failure(installation):
            async with User(installation.telegram_url, 1001) as anya:
                await anya.say("/image лиса на снегу")
                await anya.wait_for(is_photo, timeout=30)
        assert to_telegram.carried(installation.telegram_url)
        assert to_fal.carried(installation.fal_url)
        for name in ("web", "worker"):
            assert PASSWORD not in (tmp_path / f"{name}.log").read_text()
