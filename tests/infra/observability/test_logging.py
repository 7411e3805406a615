import functools
import json
import subprocess
import sys

import pytest

from infra.observability.logging import redaction
from tests.processes import ROOT

BOT_TOKEN = "4242424242:a-bot-token-for-the-tests-0123456789"
FAL_KEY = "01234567-89ab-cdef-0123-456789abcdef:0123456789abcdef0123456789abcdef"


# Logging is configured once per process, so the lines come from a child: every test below checks this output.
SCRIPT = f"""
import logging
from loguru import logger
early = logging.getLogger("early")
early.addHandler(logging.StreamHandler())
from infra.observability.logging import setup
from infra.settings import Settings
setup(Settings(_env_file=None), "tested")
early.warning("about %s", "something")
with logger.contextualize(job="abc"):
    logger.info("done")
logging.getLogger("arq.worker").info("1.00s -> drain(5)")
logging.getLogger("httpx").info("HTTP Request: POST")
prompt = "a private " + "wish"
logging.getLogger("a.library").debug("working on " + prompt)
chatty = logging.getLogger("a.chatty.library")
chatty.setLevel("DEBUG")
chatty.debug("working on " + prompt)
logger.info("named {{}}", "a\\n12:00:00.000 ERROR    tested forged\\u2028forged\\x1b[2K")
logger.bind(name="b\\rforged").info("bound")
try:
    try:
        int(prompt)
    except ValueError as error:
        raise OSError("/bot{BOT_TOKEN}/getMe sesame-open-now-0123456789-abcdef " + str(len(prompt))) from error
except OSError:
    logger.bind(job="abc").exception("failed")
try:
    raise ExceptionGroup(prompt, [KeyError(prompt), OSError("said\\nforged")])
except ExceptionGroup:
    logger.exception("several")
"""
PRODUCTION = {
    "app_env": "production",
    "tg_bot_token": BOT_TOKEN,
    "fal_api_key": FAL_KEY,
    "tg_allowed_user_ids": "1",
    "public_url": "https://darkroom.example",
}


@functools.cache
def written(*, app_env: str = "local", log_level: str = "INFO") -> str:
    settings = {"log_level": log_level, "api_token": "sesame-open-now-0123456789-abcdef"}
    ran = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=ROOT,
        env=settings | (PRODUCTION if app_env == "production" else {}),
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stderr


def lines_with(words: str, text: str) -> list[str]:
    return [line for line in text.splitlines() if words in line]


@pytest.mark.parametrize(
    "text",
    [
        f"POST https://api.telegram.org/bot{BOT_TOKEN}/getMe",
        f"Authorization: Key {FAL_KEY}",
        f"the key is {FAL_KEY}",
        "Authorization: Bearer abc.def-ghi",
        "rediss://default:pa55word@redis.example:6379/0",
        'it was "open \\"sesame\\" now"',
    ],
)
def test_secrets_are_masked(text: str) -> None:
    """Every form of a secret is masked, and the configured secrets, also where JSON escapes them."""
    redacted = redaction(['open "sesame" now'])(text)
    assert "[secret]" in redacted
    for secret in (BOT_TOKEN, FAL_KEY, "abc.def", "pa55word", "sesame"):
        assert secret not in redacted


@pytest.mark.parametrize("text", ["12:30:45 a picture of a key", "http://127.0.0.1:8000/health"])
def test_ordinary_text_is_not_masked(text: str) -> None:
    """Ordinary text that resembles a secret is not masked."""
    assert redaction(["key"])(text) == text


def test_standard_logging_is_redirected() -> None:
    """uvicorn, arq and aiogram use the standard library: each line comes once, in our format."""
    [line] = lines_with("about something", written())
    assert "WARNING" in line
    assert line.rstrip().endswith("tested about something")


@pytest.mark.slow
@pytest.mark.parametrize("level", ["INFO", "DEBUG"])
@pytest.mark.parametrize("app_env", ["local", "production"])
def test_no_exception_and_no_library_quotes_a_user(app_env: str, level: str) -> None:
    """An error's text is shown without secrets where it quotes nobody; other errors show type and traceback."""
    text = written(app_env=app_env, log_level=level)
    assert "OSError: /bot[secret]/getMe [secret] 14" in text
    assert "builtins.ValueError" in text
    assert "which led to:" in text
    assert "builtins.KeyError" in text
    assert "private" not in text.replace('"a private " + "wish"', "")


def test_values_cannot_forge_log_lines() -> None:
    """A user's text stays in its log line, with its line ends escaped."""
    lines = written().splitlines()
    assert not [line for line in lines if line.startswith(("12:00:00", "forged"))]
    [line] = lines_with("named", written())
    assert r"a\n12:00:00.000 ERROR    tested forged\u2028forged\x1b[2K" in line
    [line] = lines_with("bound", written())
    assert r"name=b\rforged" in line


def test_production_writes_one_json_object_a_line() -> None:
    """Each line has level, process, bound fields and the traceback, with the same masking."""
    entries = [json.loads(line) for line in written(app_env="production").splitlines()]
    assert [entry["level"] for entry in entries] == [
        *("WARNING", "INFO", "INFO", "INFO", "ERROR", "ERROR"),
    ]
    last = entries[-2]
    assert (last["process"], last["job"], last["message"]) == ("tested", "abc", "failed")
    assert "OSError: /bot[secret]/getMe [secret] 14" in last["exception"]


def test_bound_fields_follow_the_message() -> None:
    """A job's id follows the message."""
    [line] = lines_with("done", written())
    assert line.rstrip().endswith("done job=abc")


@pytest.mark.parametrize(("level", "times"), [("INFO", 0), ("DEBUG", 1)])
def test_arqs_lines_for_each_job_are_debug_level(level: str, times: int) -> None:
    """Two lines a job would hide the rest."""
    lines = lines_with("drain(5)", written(log_level=level))
    assert len(lines) == times
    assert all("DEBUG" in line for line in lines)


@pytest.mark.parametrize("level", ["INFO", "DEBUG"])
def test_urls_of_http_clients_are_never_logged(level: str) -> None:
    """httpx logs each URL at INFO, and Telegram's contain the token."""
    assert lines_with("HTTP Request", written(log_level=level)) == []
