"""Logging: every logger goes through loguru, without secrets, prompts and forged lines.

Values may contain users' texts, so control characters are escaped. An exception is logged with its type and traceback;
its message is logged only for DarkroomError, OSError and RedisError, which quote no user.

https://loguru.readthedocs.io/en/stable/overview.html#entirely-compatible-with-standard-logging
"""

import json
import logging
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TextIO

from loguru import logger
from pydantic import SecretStr
from redis.exceptions import RedisError

from infra.errors import DarkroomError
from infra.observability.request_id import current_ids
from infra.settings import Settings

if TYPE_CHECKING:
    from loguru import Message, Record

type Redact = Callable[[str], str]

_READABLE = (
    "<green>{time:HH:mm:ss.SSS}</green> <level>{level: <8}</level>"
    " <cyan>{extra[process]}</cyan> {message} <dim>{extra[details]}</dim>"
)
_FORMATS = {"local": "text", "production": "json"}
_SHAPES = (
    r"\d+:[\w-]{30,}",  # a bot token
    r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}:[0-9a-f]+",  # a fal key
    r"(?<=\bKey )\S+",
    r"(?<=\bBearer )\S+",
    r"(?<=://)[^/@\s]+(?=@)",  # a password in a URL
)
#: Exceptions whose messages quote no user.
_SAFE_MESSAGES = (DarkroomError, OSError, RedisError)
# Line ends of str.splitlines, other control characters, and characters that change the text direction.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
# Secrets of all bots of the process: one bot's lines must not contain another's.
_known: set[str] = set()
#: Keys of `extra` that are not fields of a line.
_OWN = {"details", "traceback"}
# A shorter secret can be an ordinary word; redacting it everywhere would make the lines unreadable.
_SHORTEST = 8


def setup(settings: Settings, process_name: str, stream: TextIO | None = None) -> None:
    """Take over every logger of this process. The default is text locally and one JSON object a line in production.

    It may be called again; call it again after arq's CLI has set up its own logging.
    """
    stream = stream or sys.stderr
    _known.update(value.get_secret_value() for _, value in settings if isinstance(value, SecretStr))
    redact = redaction(_known)
    is_json = (settings.log_format or _FORMATS[settings.app_env]) == "json"

    def write(message: "Message") -> None:
        text: str = message
        if is_json:
            text = json.dumps(json_entry(message.record), ensure_ascii=False, default=str) + "\n"
        stream.write(redact(text))
        stream.flush()

    logger.remove()
    logger.configure(extra={"process": process_name, "details": ""}, patcher=complete_record)
    logger.add(
        write,
        level=settings.log_level,
        format=_readable_format,
        colorize=stream.isatty() and not is_json,
    )
    if settings.sentry_dsn:
        # Sentry's client is an optional dependency.
        from infra.observability.sentry import report_errors

        report_errors(settings, redact)
    take_over_libraries(settings.log_level)


def redaction(secrets: Iterable[str]) -> Redact:
    """Make a function that redacts these secrets, also in JSON's spelling, and texts that look like secrets."""
    spellings = {
        spelling
        for secret in secrets
        if len(secret) >= _SHORTEST
        for spelling in (secret, json.dumps(secret, ensure_ascii=False)[1:-1])
    }
    exact = [re.escape(spelling) for spelling in sorted(spellings, key=len, reverse=True)]
    pattern = re.compile("|".join((*exact, *_SHAPES)))
    return lambda text: pattern.sub("[secret]", text)


def _readable_format(record: "Record") -> str:
    return _READABLE + ("\n{extra[traceback]}\n" if record["exception"] else "\n")


def json_entry(record: "Record") -> dict[str, object]:
    extra = {name: value for name, value in record["extra"].items() if name not in _OWN}
    entry: dict[str, object] = {
        "time": record["time"].isoformat(),
        "level": record["level"].name,
        "logger": record["name"],
        "message": record["message"],
        **extra,
    }
    if "traceback" in record["extra"]:
        entry["exception"] = record["extra"]["traceback"]
    return entry


def complete_record(record: "Record") -> None:
    """Add the current ids and the traceback, and escape values that could forge a line."""
    extra = record["extra"]
    for name, value in current_ids().items():
        if value is not None:
            extra.setdefault(name, value)
    record["message"] = _escaped(record["message"])
    for name, value in extra.items():
        extra[name] = _escaped(value) if isinstance(value, str) else value
    shown = (f"{name}={extra[name]}" for name in extra if name not in {"process", *_OWN})
    extra["details"] = " ".join(shown)
    if (raised := record["exception"]) and raised.value:
        extra["traceback"] = "\n".join(traceback_lines(raised.value))


def _escaped(text: str) -> str:
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def traceback_lines(error: BaseException) -> Iterator[str]:
    """Yield the lines of a traceback, causes first."""
    context = None if error.__suppress_context__ else error.__context__
    if cause := error.__cause__ or context:
        yield from traceback_lines(cause)
        yield "which led to:"
    for frame in traceback.format_tb(error.__traceback__):
        yield frame.rstrip()
    text = f": {_escaped(str(error))}" if isinstance(error, _SAFE_MESSAGES) else ""
    yield f"{type(error).__module__}.{type(error).__qualname__}{text}"
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from (f"  {line}" for line in traceback_lines(each))


class _Intercept(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        def name_the_caller(entry: "Record") -> None:
            entry["name"] = record.name
            entry["function"] = record.funcName
            entry["line"] = record.lineno

        known = record.levelname in {"DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"}
        level = record.levelname if known else record.levelno
        if record.name.startswith("arq") and record.levelno == logging.INFO:
            # Two lines a job, with its arguments: useful for debugging only.
            level = "DEBUG"
        logger.patch(name_the_caller).opt(exception=record.exc_info).log(
            level, "{}", record.getMessage()
        )


def take_over_libraries(level: str) -> None:
    # Below INFO, libraries log users' data: texts, names and image metadata.
    lowest = max(logging.INFO, logging.getLevelNamesMapping()[level])
    logging.basicConfig(handlers=[_Intercept(lowest)], level=lowest, force=True)
    logging.captureWarnings(capture=True)
    for name in list(logging.root.manager.loggerDict):
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
        logging.getLogger(name).setLevel(logging.NOTSET)
    # Formatting lines that are then dropped took a fifth of a worker's time.
    logging.getLogger("arq").setLevel(logging.INFO if level == "DEBUG" else logging.WARNING)
    # These log whole URLs, and some URLs contain tokens.
    for name in ("httpx", "httpcore", "aiohttp", "uvicorn.access"):
        logging.getLogger(name).setLevel(logging.WARNING)
