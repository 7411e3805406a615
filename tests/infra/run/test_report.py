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
    """It is what a newcomer looks for."""
    lines = summary_of({}).split("\n")
    assert lines[1] == "  Darkroom is running."
    assert lines[3] == "  Chat       http://127.0.0.1:8081  ← open this"


def test_the_operators_page_is_named() -> None:
    """Whoever tries the bot sees what its operator would."""
    assert "Operator   http://127.0.0.1:9000/" in summary_of({"api_port": "9000"})


def test_words_of_trouble_can_be_found() -> None:
    """The stand-in of fal has a page of them; the real one is no place for trouble."""
    assert "Trouble    http://127.0.0.1:8082" in summary_of({})
    assert "Trouble" not in summary_of(REAL)


def test_what_stands_in_is_said_with_the_way_to_the_real_one() -> None:
    """Nobody takes a painted picture for fal's."""
    text = summary_of({})
    for setting in REAL:
        assert f"set {setting})" in text


def test_what_is_real_is_said_without_its_secrets() -> None:
    """A summary may be pasted into a chat."""
    text = summary_of(REAL)
    assert "secret" not in text
    assert "your bot in Telegram" in text
    assert "cost money" in text
    assert "yours, at redis.example:6379" in text


def test_setting_without_effect_is_said() -> None:
    """An address without its token is most likely a forgotten token."""
    assert "tg_api_base is set, but of no use" in summary_of({"tg_api_base": "https://b.example"})


def test_incomplete_start_does_not_claim_to_be_whole() -> None:
    """What follows above it is not to be overlooked."""
    assert "but not all of it" in summary_of({}, complete=False)


def test_wrong_settings_are_named_without_their_values() -> None:
    """All of them at once; a value may be a secret."""
    with pytest.raises(ValidationError) as refusal:
        Settings.model_validate({"tg_webhook_secret": "no spaces!", "api_port": "hush"})
    explained = explain_settings(refusal.value)
    assert [line.split(":")[0] for line in explained] == ["tg_webhook_secret", "api_port"]
    assert "no spaces!" not in str(explained)
    assert "hush" not in str(explained)


def test_colours_are_for_terminals_alone() -> None:
    """A log of the console holds plain words."""
    plain, coloured = io.StringIO(), io.StringIO()
    Console(plain, coloured=False).problem("x")
    Console(coloured, coloured=True).problem("x")
    assert plain.getvalue() == "✗ x\n"
    assert coloured.getvalue() == "\033[31m✗\033[0m x\n"
