"""webhook_app as a process."""

import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.processes import ROOT, Process, free_port
from tests.webhook_app.client import SECRET, TOKEN

ENVIRONMENT = {"api_host": "127.0.0.1", "tg_bot_token": TOKEN, "tg_api_base": "http://127.0.0.1:1"}


def webhook_app_process(folder: Path, **environment: str) -> Process:
    return Process("web", ("-m", "webhook_app"), {**ENVIRONMENT, **environment}, folder)


def test_start_serve_and_stop(valkey_url: str, tmp_path: Path) -> None:
    """A signal stops it cleanly and soon; no response or log has the server's name or the token."""
    port = free_port()
    process = webhook_app_process(tmp_path, redis_url=valkey_url, api_port=str(port))
    process.start().wait_for(f"http://127.0.0.1:{port}/version")
    answer = httpx.get(f"http://127.0.0.1:{port}/health")
    started = time.monotonic()
    process.stop(seconds=5)
    assert time.monotonic() - started < 3
    assert "server" not in answer.headers
    log = process.log.read_text()
    assert "Application shutdown complete" in log
    assert TOKEN not in log


@pytest.mark.slow
def test_unneeded_libraries_are_not_imported() -> None:
    """Each costs start and memory, aiogram most; httpx is imported after the port is open."""
    unneeded = {"aiogram", "PIL", "av", "aiohttp", "obstore", "fluent", "babel", "jinja2"}
    script = (
        "import sys, webhook_app.__main__\n"
        f"print(*{unneeded | {'httpx'}} & set(sys.modules))\n"
        "import webhook_app.telegram.receiver\n"
        f"print(*{unneeded} & set(sys.modules))\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == []


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="only Linux lists mapped files")
def test_storage_in_a_folder_loads_no_library(valkey_url: str, tmp_path: Path) -> None:
    """The health check of a folder needs no client of object stores, which has 8 MB."""
    port, media = free_port(), tmp_path / "media"
    process = webhook_app_process(
        tmp_path, redis_url=valkey_url, api_port=str(port), media_dir=str(media)
    )
    process.start().wait_for(f"http://127.0.0.1:{port}/version")
    health = httpx.get(f"http://127.0.0.1:{port}/health").json()
    assert health["dependencies"]["storage"] == {"status": "ok"}
    assert process.running is not None
    mapped = Path(f"/proc/{process.running.pid}/maps").read_text()
    process.stop(seconds=5)
    assert "_obstore" not in mapped
    assert list(media.iterdir()) == []


@pytest.mark.slow
def test_invalid_settings_are_named_without_their_values(tmp_path: Path) -> None:
    """Every missing setting is named at once, and no secret is shown."""
    process = webhook_app_process(tmp_path, app_env="production", tg_webhook_secret=SECRET)
    running = process.start().running
    assert running is not None
    assert running.wait(20) == 1
    log = process.log.read_text()
    assert "fal_api_key, api_token, tg_allowed_user_ids" in log
    assert "Traceback" not in log
    assert TOKEN not in log
    assert SECRET not in log


@pytest.mark.slow
def test_production_logs_are_json(valkey_url: str, tmp_path: Path) -> None:
    """One object a line, from the first line to the last."""
    port = free_port()
    process = webhook_app_process(
        tmp_path,
        redis_url=valkey_url,
        api_port=str(port),
        app_env="production",
        api_token="a-token-for-the-tests-0123456789",
        fal_api_key="a-key-for-the-tests",
        tg_allowed_user_ids="1",
    )
    process.start().wait_for(f"http://127.0.0.1:{port}/version")
    process.stop(seconds=5)
    lines = process.log.read_text().splitlines()
    assert all(line.startswith('{"time": ') for line in lines)
    assert any('"process": "webhook_app"' in line for line in lines)
