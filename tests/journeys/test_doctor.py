"""`darkroom doctor` beside a service that runs, that is stopped, and that has wrong settings."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.processes import ROOT, TOKEN, Installation
from tests.terminal import DARKROOM

pytestmark = pytest.mark.slow


def run_doctor(folder: Path, environment: Mapping[str, str], *options: str) -> tuple[int, str]:
    """Return the exit code and the whole output."""
    ended = subprocess.run(
        [DARKROOM, "doctor", *options],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ended.returncode, ended.stdout + ended.stderr


def test_running_service_passes(installation: Installation) -> None:
    """Every check runs against the real service and passes; no secret is printed."""
    (installation.folder / "media").mkdir(exist_ok=True)
    code, said = run_doctor(installation.folder, installation.environment, "--json")
    findings: list[dict[str, Any]] = json.loads(said)["findings"]
    problems = [one for one in findings if one["level"] == "problem"]
    assert (code, problems) == (0, []), said
    assert {one["check"] for one in findings} >= {
        *("settings", "redis", "storage", "telegram", "webhook"),
        *("dns", "webhook_app", "workers", "fal", "clock"),
    }
    assert TOKEN.partition(":")[2] not in said


def test_stopped_service_reports_every_problem(tmp_path: Path) -> None:
    """Exit code 1, each problem with its next step, and no traceback."""
    environment = {
        "tg_bot_token": TOKEN,
        "tg_api_base": "http://127.0.0.1:1",
        "fal_api_key": "an-id:a-secret",
        "fal_queue_base_url": "http://127.0.0.1:1",
        "fal_rest_base_url": "http://127.0.0.1:1",
        "redis_url": "unix:///nowhere/redis.sock",
        "api_port": "1",
    }
    code, said = run_doctor(tmp_path, environment)
    assert code == 1
    for part in (
        *("Redis does not answer", "media_dir", "tg_api_base", "webhook_app does not"),
        *("Telegram does not answer", "Not checked: Redis", "fal cannot be reached"),
    ):
        assert part in said
    assert "Traceback" not in said
    assert "a-secret" not in said


def test_invalid_settings_are_all_named(tmp_path: Path) -> None:
    """Invalid settings are reported first: no other check can run with them."""
    code, said = run_doctor(
        tmp_path, {"app_env": "production", "tg_update_mode": "webhook"}, "--json"
    )
    assert code == 1
    for name in ("tg_bot_token", "fal_api_key", "api_token", "tg_webhook_secret", "public_url"):
        assert name in said
