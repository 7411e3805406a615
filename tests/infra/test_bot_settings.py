"""bots_file: how it is read, and the errors for an invalid one."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from arq.connections import ArqRedis

from infra.bot_settings import claim_database, read_bot, read_bots
from infra.errors import DarkroomError
from infra.settings import Settings

_RIGHT = """
[day]
tg_bot_token = "1:day"
redis_url = "redis://localhost:6379/1"
team_daily_budget = 20

[night]
tg_bot_token = "2:night"
redis_url = "redis://localhost:6379/2"
tg_allowed_user_ids = [7, 8]
"""

type Read = Callable[..., Mapping[str, Settings]]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Read:
    """Read a bots_file of this content, with an environment of only these names."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)

    def read_from(content: str, **environment: str) -> Mapping[str, Settings]:
        (tmp_path / "bots.toml").write_text(content)
        for name, value in ({"bots_file": "bots.toml"} | environment).items():
            monkeypatch.setenv(name, value)
        return read_bots()

    return read_from


def test_without_a_file_there_is_one_unnamed_bot(read: Read) -> None:
    """An installation with one bot needs no bots_file."""
    assert list(read("", bots_file="")) == [""]


def test_bot_settings_override_shared_ones(read: Read) -> None:
    """A setting that a bot lacks comes from the shared ones; its public path is made of its name."""
    bots = read(_RIGHT, team_daily_budget="3", public_url="https://darkroom.example.com")
    assert [bots[name].team_daily_budget for name in ("day", "night")] == [20, 3]
    assert bots["night"].tg_allowed_user_ids == {7, 8}
    assert bots["day"].public_url == "https://darkroom.example.com/bots/day"


def test_process_may_serve_one_bot(read: Read) -> None:
    """arq's command line serves the bot that the environment names."""
    assert list(read(_RIGHT, bot="night")) == ["night"]
    assert read_bot().tg_allowed_user_ids == {7, 8}


def test_single_bot_process_needs_a_bot_name(read: Read) -> None:
    """It does not take the first."""
    read(_RIGHT)
    with pytest.raises(SystemExit, match=r"name it with bot=… \(day, night\)"):
        read_bot()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "it contains no bot"),
        ("[a\n", "line 1"),
        ("tg_bot_token = '1:secret-token'", r"tg_bot_token: each bot must be a \[table\]"),
        ("[A]", "each bot must be a"),
        (_RIGHT.replace("/2", "/1"), "have the same redis_url"),
        (_RIGHT.replace("2:night", "1:day"), "have the same tg_bot_token"),
        (_RIGHT.replace("tg_bot_token", "token", 1), r"\[day\] unknown settings: token"),
        (_RIGHT.replace('tg_bot_token = "1:day"', ""), r"\[day\] not set: tg_bot_token"),
        (_RIGHT + "api_port = 1", r"\[night\] settings for all bots, set in .env: api_port"),
        (_RIGHT + "fal_slots = -1", r"\[night\] fal_slots"),
    ],
)
def test_invalid_file_is_reported_without_its_values(read: Read, content: str, said: str) -> None:
    """The error names the place and the next step; a token is not repeated."""
    with pytest.raises(SystemExit, match=said) as ended:
        read(content)
    assert "secret-token" not in str(ended.value)
    assert "1:day" not in str(ended.value)


def test_missing_file_is_named(read: Read) -> None:
    """An unknown bot is reported with the known ones."""
    with pytest.raises(SystemExit, match=r"other\.toml is not valid"):
        read(_RIGHT, bots_file="other.toml")
    with pytest.raises(SystemExit, match="It has: day, night"):
        read(_RIGHT, bots_file="bots.toml", bot="noon")


async def test_database_belongs_to_one_bot(redis: ArqRedis, read: Read) -> None:
    """However its URL is spelled, the database stores its owner; the same bot may connect again."""
    bots = read(_RIGHT)
    await claim_database(redis, bots["day"])
    await claim_database(redis, bots["day"])
    with pytest.raises(DarkroomError, match=r"\[night\] is the database of \[day\]"):
        await claim_database(redis, bots["night"])


async def test_single_bot_marks_no_database(redis: ArqRedis, read: Read) -> None:
    """An installation may add a bots_file later, and give its bot a name."""
    await claim_database(redis, read("", bots_file="")[""])
    await claim_database(redis, read(_RIGHT)["day"])
