from itertools import product
from pathlib import Path

import pytest
from pydantic import ValidationError

from infra.run.plan import Plan, SandboxPorts, make_plan
from infra.run.published import overlaid

RUN_DIR = Path("/srv/darkroom/.run")
REAL = {
    "tg_bot_token": "123456:real",
    "fal_api_key": "real-id:real-secret",
    "redis_url": "redis://:hush@redis.example:6380/2",
}
API_TOKEN = "a-token-for-the-tests-0123456789"
WEBHOOK = {"tg_update_mode": "webhook"}
PUBLIC = {"public_url": "https://darkroom.example.com", "tg_webhook_secret": "theirs"}


def plan_for(given: dict[str, str]) -> Plan:
    return make_plan(given, SandboxPorts(), RUN_DIR, webhook_secret="kept", python="python")


@pytest.mark.parametrize("chosen", list(product([False, True], repeat=3)))
def test_each_service_without_credentials_is_replaced_by_a_fake(chosen: tuple[bool, ...]) -> None:
    """Every combination of credentials starts exactly the needed fakes, and configures the product for them."""
    given = {name: REAL[name] for name, real in zip(REAL, chosen, strict=True) if real}
    plan = plan_for(given)

    expected = {"tg_bot_token": "telegram", "fal_api_key": "fal", "redis_url": "valkey"}
    missing = {expected[name] for name in REAL.keys() - given.keys()}
    assert {program.name for program in plan.services} == missing
    assert [program.name for program in plan.product] == ["worker", "webhook_app"]
    assert not plan.added.keys() & given.keys()
    assert plan.settings.tg_bot_token
    assert plan.settings.fal_api_key
    at_fake = plan.settings.tg_api_base == "http://127.0.0.1:8081"
    assert at_fake is ("telegram" in missing)
    assert plan.settings.fal_queue_base_url == (
        "http://127.0.0.1:8082" if "fal" in missing else "https://queue.fal.run"
    )
    assert plan.settings.redis_url == given.get(
        "redis_url", "unix:///srv/darkroom/.run/valkey/valkey.sock"
    )


def test_ports_are_those_of_started_services() -> None:
    """With a real bot the port of the Telegram fake is not checked."""
    plan = plan_for({"tg_bot_token": REAL["tg_bot_token"], "api_port": "9000"})
    assert [(port.setting, port.number) for port in plan.ports] == [
        ("api_port", 9000),
        ("sandbox_fal_port", 8082),
    ]


def test_webhook_app_listens_on_loopback_by_default() -> None:
    """A laptop on a public network must not expose the bot."""
    assert plan_for({}).settings.api_host == "127.0.0.1"
    assert plan_for({"api_host": "0.0.0.0"}).settings.api_host == "0.0.0.0"  # noqa: S104 - not bound


def test_first_fake_user_is_an_admin() -> None:
    """/admin, limits and access requests work without a setting; a configured admin is kept."""
    settings = plan_for({}).settings
    assert settings.tg_admin_user_ids == {1001}
    assert settings.tg_allowed_user_ids == {1001, 1002, 1003}
    assert not settings.is_allowed(1004)
    own = plan_for({"tg_allowed_user_ids": "1002"}).settings
    assert own.tg_allowed_user_ids == {1002}
    assert own.tg_admin_user_ids == {1001}
    real = plan_for({"tg_bot_token": REAL["tg_bot_token"]}).settings
    assert not real.tg_admin_user_ids | real.tg_allowed_user_ids


def test_webhook_of_the_fake_needs_no_settings() -> None:
    """One switch is enough to try the webhook on one machine."""
    settings = plan_for({**WEBHOOK, "api_port": "9000"}).settings
    assert settings.public_url == "http://127.0.0.1:9000"
    assert settings.tg_webhook_secret
    assert settings.tg_webhook_secret.get_secret_value() == "kept"


def test_fake_fal_reports_by_webhook() -> None:
    """The fake reaches this machine; the real fal cannot, and is polled."""
    assert plan_for({}).settings.public_url == "http://127.0.0.1:8000"
    assert plan_for({"fal_api_key": REAL["fal_api_key"]}).settings.public_url is None


def test_configured_webhook_settings_are_kept() -> None:
    """A default never replaces a configured value."""
    settings = plan_for({**WEBHOOK, **PUBLIC}).settings
    assert settings.public_url == PUBLIC["public_url"]
    assert settings.tg_webhook_secret
    assert settings.tg_webhook_secret.get_secret_value() == "theirs"


def test_webhook_of_the_real_telegram_needs_its_settings() -> None:
    """Telegram cannot reach a generated address."""
    with pytest.raises(ValidationError, match="not set: tg_webhook_secret, public_url"):
        plan_for({**WEBHOOK, "tg_bot_token": REAL["tg_bot_token"]})


def test_production_replaces_no_service_except_redis() -> None:
    """A missing token must not start a server with fakes."""
    with pytest.raises(ValidationError, match="not set: tg_bot_token, fal_api_key"):
        plan_for({"app_env": "production"})
    complete = {**REAL, "app_env": "production", "api_token": API_TOKEN, "tg_allowed_user_ids": "1"}
    del complete["redis_url"]
    plan = plan_for(complete)
    assert [program.name for program in plan.services] == ["valkey"]
    assert plan.settings.api_host == "0.0.0.0"  # noqa: S104 - not bound


def test_settings_that_a_fake_overrides_are_named() -> None:
    """An address without its credentials would otherwise be ignored silently."""
    plan = plan_for({"tg_api_base": "https://bot-api.example"})
    assert plan.unused == ("tg_api_base",)
    assert plan.settings.tg_api_base == "http://127.0.0.1:8081"


def test_added_settings_replace_a_name_of_any_case() -> None:
    """Two spellings of one name in an environment would leave the choice to chance."""
    environment = overlaid({"TG_BOT_TOKEN": "", "PATH": "/bin"}, {"tg_bot_token": "1:a"})
    assert environment == {"tg_bot_token": "1:a", "PATH": "/bin"}


def test_plan_shows_no_secret() -> None:
    """A plan in an error report contains no secret."""
    shown = repr(plan_for({**REAL, **WEBHOOK, **PUBLIC}).services)
    assert not [value for value in REAL.values() if value in shown]


@pytest.mark.parametrize(
    ("api_host", "address"),
    [
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104 - not bound
        ("::", "http://[::1]:8000"),
        ("::1", "http://[::1]:8000"),
        ("10.0.0.5", "http://10.0.0.5:8000"),
    ],
)
def test_printed_address_can_be_opened(api_host: str, address: str) -> None:
    """A browser cannot open 0.0.0.0."""
    assert plan_for({"api_host": api_host}).settings.local_url == address
