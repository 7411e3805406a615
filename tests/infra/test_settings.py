import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from loguru import logger
from pydantic import ValidationError
from pydantic_settings import BaseSettings

from infra.production_rules import warnings
from infra.run.plan import SandboxPorts
from infra.settings import Settings

EXAMPLE = Path(__file__).parents[2] / ".env.example"
KINDS: tuple[type[BaseSettings], ...] = (Settings, SandboxPorts)
RANDOM = "Xr3Lq9-vT0bZ_s7Wd2Nf8Kp5Yh1Jm4Gc6Ae"
COMPLETE = {
    "app_env": "production",
    "tg_bot_token": "1:token",
    "fal_api_key": "id:secret",
    "api_token": RANDOM,
    "tg_allowed_user_ids": "1",
}

Read = Callable[..., Settings]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Read:
    """Read the settings from an environment of only these names."""
    monkeypatch.chdir(tmp_path)
    for kind in KINDS:
        for name in kind.model_fields:
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(name.upper(), raising=False)

    def read_from(**environment: str) -> Settings:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return Settings()

    return read_from


def lines_of_example() -> dict[str, str]:
    return dict(re.findall(r"^#?([a-z][a-z_]+)=(.*)$", EXAMPLE.read_text(), re.MULTILINE))


def test_example_lists_every_setting_and_no_other() -> None:
    """The example documents every setting."""
    assert set(lines_of_example()) == {name for kind in KINDS for name in kind.model_fields}


def test_every_setting_of_the_example_has_a_comment_above() -> None:
    """A bare name would not explain itself."""
    paragraphs = EXAMPLE.read_text().split("\n\n")
    with_settings = [text for text in paragraphs if re.search(r"^#?[a-z_]+=", text, re.MULTILINE)]
    assert all(text.startswith("# ") for text in with_settings)


def test_untouched_copy_of_the_example_changes_nothing(read: Read, tmp_path: Path) -> None:
    """`cp .env.example .env` is a safe first step."""
    before = read()
    (tmp_path / ".env").write_text(EXAMPLE.read_text())
    assert read() == before
    assert read().model_fields_set == set()


@pytest.mark.parametrize("kind", KINDS)
def test_example_shows_the_defaults(kind: type[BaseSettings], read: Read, tmp_path: Path) -> None:
    """Where there is a default, the example has that value."""
    (tmp_path / ".env").write_text(
        re.sub(r"^#(?=[a-z_]+=)", "", EXAMPLE.read_text(), flags=re.MULTILINE)
    )
    shown = kind()
    defaults = {name: field.default for name, field in kind.model_fields.items() if field.default}
    assert {name: getattr(shown, name) for name in defaults} == defaults


def test_names_may_be_written_in_any_case(read: Read) -> None:
    """Unit files use upper case, the example lower case."""
    settings = read(API_PORT="9000", Fal_Api_Key="id:secret")
    assert settings.api_port == 9000
    assert settings.fal_api_key
    assert settings.fal_api_key.get_secret_value() == "id:secret"


def test_empty_value_is_no_value(read: Read) -> None:
    """A line such as `tg_bot_token=` in .env leaves the default."""
    assert read(tg_bot_token="", api_port="").tg_bot_token is None


def test_environment_wins_over_the_file(read: Read, tmp_path: Path) -> None:
    """`api_port=8001 make run` overrides .env."""
    (tmp_path / ".env").write_text("API_PORT=8000\n")
    assert read(api_port="8001").api_port == 8001


@pytest.mark.parametrize(
    ("written", "understood"),
    [("1", {1}), ("1,2", {1, 2}), (" 1 , 2 ,", {1, 2}), (",", set()), ("2,1,2", {1, 2})],
)
def test_ids_are_separated_by_commas(read: Read, written: str, understood: set[int]) -> None:
    """Spaces and an extra comma are ignored."""
    assert read(tg_allowed_user_ids=written).tg_allowed_user_ids == understood


def test_id_that_is_not_a_number_is_refused(read: Read) -> None:
    """A user name in the allowlist would silently match nobody."""
    with pytest.raises(ValidationError, match="tg_allowed_user_ids"):
        read(tg_allowed_user_ids="1,@anya")


def test_production_names_every_missing_setting_at_once(read: Read) -> None:
    """An operator needs one start to learn every missing setting."""
    with pytest.raises(ValidationError) as refusal:
        read(app_env="production", tg_update_mode="webhook")
    missing = (
        "tg_bot_token, fal_api_key, api_token, tg_allowed_user_ids, tg_webhook_secret, public_url"
    )
    assert f"not set: {missing}." in str(refusal.value)


def test_complete_production_starts(read: Read) -> None:
    """Polling needs neither a public URL nor a webhook secret."""
    assert read(**COMPLETE).app_env == "production"


@pytest.mark.parametrize(
    "weak",
    [
        "correct-horse-battery-staple-again",
        "internationalization-2026-Internationalization",
        "hush",
        RANDOM[:31],
        "a" * 40,
        "abcdef" * 7,
        "0123456789" * 4 + "01",
        "a1" + "b" * 40,
    ],
)
@pytest.mark.parametrize("name", ["api_token", "tg_webhook_secret"])
def test_production_refuses_weak_secrets(read: Read, name: str, weak: str) -> None:
    """A short, repetitive or simple secret is named, not shown, with a command that makes a better one."""
    with pytest.raises(ValidationError, match=f"easy to guess: {name}. .*token_urlsafe") as refusal:
        read(**COMPLETE | {name: weak})
    assert weak not in str(refusal.value)


def test_local_mode_accepts_a_simple_token(read: Read) -> None:
    """A local trial needs no long token."""
    assert read(api_token="secret").api_token


def test_production_reports_every_problem_at_once(read: Read) -> None:
    """One error has what is missing, what is weak and what is not encrypted."""
    with pytest.raises(ValidationError) as refusal:
        read(app_env="production", api_token="secret", public_url="http://darkroom.example.com")
    for problem in ("not set: tg_bot_token", "easy to guess: api_token", "must be https"):
        assert problem in str(refusal.value)


def test_proxies_are_addresses_or_networks(read: Read) -> None:
    """Both forms that operators write are accepted."""
    proxies = read(trusted_proxies="127.0.0.1, 10.0.0.0/8,::1").trusted_proxies
    assert {str(network) for network in proxies} == {"127.0.0.1/32", "10.0.0.0/8", "::1/128"}


@pytest.mark.parametrize("proxies", ["*", "caddy", "10.0.0.1/8", "127.0.0.1,10.0.0.256"])
def test_proxies_that_would_match_nobody_or_everybody_are_refused(read: Read, proxies: str) -> None:
    """A typing error must not decide which client address is trusted."""
    with pytest.raises(ValidationError, match="trusted_proxies"):
        read(trusted_proxies=proxies)


def test_production_needs_a_separate_secret_for_each_purpose(read: Read) -> None:
    """Telegram knows one of them, API clients the other."""
    with pytest.raises(ValidationError, match="the same value: api_token, tg_webhook_secret"):
        read(**COMPLETE, tg_webhook_secret=RANDOM)


@pytest.mark.parametrize(
    "name", ["tg_api_base", "fal_queue_base_url", "fal_rest_base_url", "fal_platform_base_url"]
)
def test_production_sends_no_token_in_the_clear(read: Read, name: str) -> None:
    """Each request has the bot's token or fal's key; a server on this machine needs no TLS."""
    with pytest.raises(ValidationError, match=f"https, unless .*: {name}"):
        read(**COMPLETE, **{name: "http://api.example.com"})
    for local in ("http://127.0.0.1:8081", "http://localhost:8081", "http://[::1]:8081"):
        assert getattr(read(**COMPLETE, **{name: local}), name) == local


@pytest.mark.parametrize("proxies", ["0.0.0.0/0", "::/0", "127.0.0.1,128.0.0.0/1"])
def test_production_trusts_no_foreign_proxies(read: Read, proxies: str) -> None:
    """trusted_proxies decides which requests count as local."""
    with pytest.raises(ValidationError, match="trusted_proxies is too wide"):
        read(**COMPLETE, trusted_proxies=proxies)


@pytest.mark.parametrize(
    ("redis_url", "is_warned"),
    [
        ("redis://10.0.0.5:6379/0", True),
        ("redis://user@redis/0", True),
        ("redis+sentinel://a,b/0?service=x", True),
        ("redis://:word@10.0.0.5", False),
        ("redis+sentinel://:word@a,b/0?service=x", False),
        ("redis://localhost:6379/0", False),
        ("unix:///run/redis.sock", False),
    ],
)
def test_production_warns_of_an_unprotected_redis(
    read: Read, redis_url: str, *, is_warned: bool
) -> None:
    """A private network may be protection enough: it is a warning, not an error."""
    assert any("redis_url" in text for text in warnings(read(**COMPLETE, redis_url=redis_url))) is (
        is_warned
    )


@pytest.mark.parametrize("value", ["inf", "nan", "-1", "Infinity"])
@pytest.mark.parametrize("name", ["user_daily_budget", "team_daily_budget", "image_max_wait_sec"])
def test_no_limit_is_infinite(read: Read, name: str, value: str) -> None:
    """0 means that there is no limit."""
    with pytest.raises(ValidationError, match=name):
        read(**{name: value})


@pytest.mark.parametrize(
    "url",
    ["https://a.example/path", "https://user:word@a.example", "https://a.example?x=1", "a.example"],
)
def test_public_url_has_no_path(read: Read, url: str) -> None:
    """Paths are appended to it, and Telegram and fal get it."""
    with pytest.raises(ValidationError, match="public_url"):
        read(public_url=url)


def test_production_requires_https(read: Read) -> None:
    """Telegram and fal would send their secrets unencrypted."""
    with pytest.raises(ValidationError, match="public_url must be https in production"):
        read(**COMPLETE, public_url="http://darkroom.example.com")


@pytest.mark.parametrize("secret", ["with space", "ключ", "a" * 257])
def test_webhook_secret_that_telegram_would_refuse_is_refused(read: Read, secret: str) -> None:
    """The error comes at start, not at the first setWebhook, and does not show the secret."""
    with pytest.raises(ValidationError, match="1 to 256") as refusal:
        read(tg_webhook_secret=secret)
    assert secret not in str(refusal.value.errors(include_input=False))


@pytest.mark.parametrize(
    ("name", "value"),
    [("api_port", "0"), ("api_port", "65536"), ("image_poll_interval", "0"), ("app_env", "prod")],
)
def test_impossible_value_is_refused(read: Read, name: str, value: str) -> None:
    """An impossible port or interval is reported at start."""
    with pytest.raises(ValidationError, match=name):
        read(**{name: value})


def test_urls_lose_their_trailing_slash(read: Read) -> None:
    """Paths are appended with their own slash."""
    settings = read(public_url="https://a.example/", tg_api_base="http://127.0.0.1:8081/")
    assert settings.public_url == "https://a.example"
    assert settings.tg_api_base == "http://127.0.0.1:8081"


@pytest.mark.parametrize(
    ("environment", "allowed"),
    [
        ({}, True),
        ({"tg_allowed_user_ids": "7"}, True),
        ({"tg_allowed_user_ids": "8"}, False),
        ({"tg_allowed_user_ids": "8", "tg_admin_user_ids": "7"}, True),
    ],
)
def test_allowlist(read: Read, environment: dict[str, str], allowed: bool) -> None:  # noqa: FBT001 - pytest passes it by name
    """An empty allowlist admits everyone locally; otherwise only listed users and admins."""
    assert read(**environment).is_allowed(7) is allowed


def test_secrets_are_hidden_in_repr(read: Read) -> None:
    """Settings may be logged by accident."""
    secrets: dict[str, Any] = dict.fromkeys(
        ("tg_bot_token", "fal_api_key", "api_token", "tg_webhook_secret"), "hush"
    )
    assert "hush" not in repr(read(**secrets))


@pytest.mark.parametrize(
    ("old", "new", "value", "expected"),
    [
        ("person_max_jobs", "user_max_jobs", "3", 3),
        ("PERSON_DAILY_BUDGET", "user_daily_budget", "2.5", 2.5),
        ("storage_links", "storage_links", "door", "app"),
    ],
)
def test_renamed_setting_is_read_under_its_old_name_with_a_warning(
    read: Read, old: str, new: str, value: str, expected: object
) -> None:
    """An installation keeps its limits through the upgrade, and its operator learns the new name."""
    log: list[str] = []
    sink = logger.add(log.append, level="WARNING")
    try:
        assert getattr(read(**{old: value}), new) == expected
    finally:
        logger.remove(sink)
    assert any("was renamed" in line and new in line for line in log)


def test_new_name_of_a_setting_wins(read: Read) -> None:
    """An operator who sets both means the new one."""
    assert read(person_max_jobs="3", user_max_jobs="4").user_max_jobs == 4
