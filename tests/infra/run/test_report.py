import io
from pathlib import Path

import pytest
from pydantic import ValidationError

from infra.run.plan import SandboxPorts, make_plan
from infra.run.report import Console, explain_settings
from infra.settings import Settings
from tests.infra.run.programs import Screen

REAL = {
    "tg_bot_token": "123456:secret-token",
    "fal_api_key": "id:secret-key",
    "redis_url": "redis://:secret-word@redis.example/2",
}


def summary_of(given: dict[str, str], *, complete: bool = True) -> str:
    screen = Screen()
    plan = make_plan(given, SandboxPorts(), Path("/srv/.run"), webhook_secret="kept")
    screen.summary(plan, ".run/logs", complete=complete)
    return screen.text


def test_address_of_the_chat_page_comes_first() -> None:
    """A newcomer needs it first."""
    lines = summary_of({}).split("\n")
    assert lines[1] == "  Darkroom is running."
    assert lines[3] == "  Chat       http://127.0.0.1:8081  ← open this"


def test_dashboard_is_named() -> None:
    """A user who tries the bot sees the operator's dashboard."""
    assert "Operator   http://127.0.0.1:9000/" in summary_of({"api_port": "9000"})


def test_fault_words_can_be_found() -> None:
    """The page of the fal fake explains them; the real fal has none."""
    assert "Failures   http://127.0.0.1:8082" in summary_of({})
    assert "Failures" not in summary_of(REAL)


def test_fakes_are_named_with_the_setting_of_the_real_service() -> None:
    """A generated image is not mistaken for fal's, and each fake comes with the setting for the real service."""
    text = summary_of({})
    for setting in REAL:
        assert f"set {setting})" in text


def test_real_services_are_named_without_their_secrets() -> None:
    """A summary may be pasted into a chat."""
    text = summary_of(REAL)
    assert "secret" not in text
    assert "your bot in Telegram" in text
    assert "cost money" in text
    assert "yours, at redis.example:6379" in text


def test_setting_without_effect_is_reported() -> None:
    """An address without its token probably means a forgotten token."""
    assert "tg_api_base is set, but has no effect" in summary_of(
        {"tg_api_base": "https://b.example"}
    )


def test_incomplete_start_is_reported() -> None:
    """The warnings above the summary must not be overlooked."""
    assert "but not all of it" in summary_of({}, complete=False)


def test_wrong_settings_are_named_without_their_values() -> None:
    """All of them at once; a value may be a secret."""
    with pytest.raises(ValidationError) as refusal:
        Settings.model_validate({"tg_webhook_secret": "no spaces!", "api_port": "hush"})
    explained = explain_settings(refusal.value)
    assert [line.split(":")[0] for line in explained] == ["tg_webhook_secret", "api_port"]
    assert "no spaces!" not in str(explained)
    assert "hush" not in str(explained)


def test_colours_are_used_only_on_terminals() -> None:
    """A captured console contains plain text."""
    plain, coloured = io.StringIO(), io.StringIO()
    Console(plain, coloured=False).problem("x")
    Console(coloured, coloured=True).problem("x")
    assert plain.getvalue() == "✗ x\n"
    assert coloured.getvalue() == "\033[31m✗\033[0m x\n"
