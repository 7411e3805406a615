import json
import subprocess
import sys

import pytest

from infra.logging import redaction
from tests.processes import ROOT

BOT_TOKEN = "4242424242:a-bot-token-for-the-tests-0123456789"
FAL_KEY = "01234567-89ab-cdef-0123-456789abcdef:0123456789abcdef0123456789abcdef"


def log(script: str, *, app_env: str = "local", log_level: str = "INFO") -> str:
    """What a process with our logging writes: logging is global, so each test has its own."""
    setting = (
        "import logging, sys\n"
        "from loguru import logger\n"
        "from infra.logging import setup\n"
        "from infra.settings import Settings\n"
        f"settings = Settings.model_construct(app_env={app_env!r}, log_level={log_level!r}, **Settings(\n"
        "    _env_file=None, api_token='sesame-open-now',\n"
        ").model_dump(include={'api_token'}))\n"
        "setup(settings, 'tested')\n"
    )
    ran = subprocess.run(  # noqa: S603 - nothing here comes from outside
        [sys.executable, "-c", setting + script],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return ran.stderr


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
def test_secrets_are_blackened(text: str) -> None:
    """Each shape that a secret has, and the secrets that are set, also where JSON spells them its way."""
    redacted = redaction(['open "sesame" now'])(text)
    assert "[secret]" in redacted
    for secret in (BOT_TOKEN, FAL_KEY, "abc.def", "pa55word", "sesame"):
        assert secret not in redacted


@pytest.mark.parametrize("text", ["12:30:45 a picture of a key", "http://127.0.0.1:8000/health"])
def test_plain_words_are_left_alone(text: str) -> None:
    """A log nobody can read helps nobody."""
    assert redaction(["key"])(text) == text


def test_standard_logging_goes_the_same_way() -> None:
    """uvicorn, arq and aiogram log by the standard library: one format for all."""
    written = log(
        "early = logging.getLogger('uvicorn.error')\n"
        "early.warning('about %s', 'something')\n"
        "logger.info('ours')\n"
    )
    first, second = written.splitlines()
    assert "WARNING" in first
    assert "tested about something" in first
    assert "INFO" in second


def test_an_exceptions_own_text_is_blackened_too() -> None:
    """Libraries put whole URLs into their errors; values of variables are not shown at all."""
    written = log(
        "prompt = 'a private ' + 'wish'\n"
        "try:\n"
        f"    raise ValueError('https://api.telegram.org/bot{BOT_TOKEN}/x sesame-open-now ' + str(len(prompt)))\n"
        "except ValueError:\n"
        "    logger.exception('failed')\n"
    )
    assert "ValueError: https://api.telegram.org/bot[secret]/x [secret] 14" in written
    assert "a private wish" not in written


def test_production_writes_an_object_a_line() -> None:
    """With level, process, what was bound, and a traceback in one line."""
    written = log(
        "try:\n    1 / 0\n"
        "except ZeroDivisionError:\n"
        "    logger.bind(job='abc').exception('failed')\n",
        app_env="production",
    )
    [line] = written.splitlines()
    entry = json.loads(line)
    assert (entry["level"], entry["process"], entry["job"]) == ("ERROR", "tested", "abc")
    assert "ZeroDivisionError" in entry["exception"]


def test_what_is_bound_stands_behind_a_readable_line() -> None:
    """The id of a job follows the work."""
    written = log("with logger.contextualize(job='abc'):\n    logger.info('done')\n")
    assert written.rstrip().endswith("done job=abc")


@pytest.mark.parametrize(("level", "shown"), [("INFO", False), ("DEBUG", True)])
def test_arqs_lines_for_each_job_are_for_debugging(level: str, *, shown: bool) -> None:
    """Two lines a job would drown the rest."""
    written = log("logging.getLogger('arq.worker').info('1.00s -> drain(5)')", log_level=level)
    assert ("drain(5)" in written) == shown


def test_urls_of_http_clients_are_never_logged() -> None:
    """httpx names each URL at INFO, and Telegram's contain the token."""
    written = log("logging.getLogger('httpx').info('HTTP Request: POST')", log_level="DEBUG")
    assert written == ""
