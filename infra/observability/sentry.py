"""Error reports to Sentry, if `sentry_dsn` is set. https://docs.sentry.io/platforms/python/

They leave the installation, so they contain less than the log: the line, its ids, the type of the error and the
traceback. They contain no variables, requests or exception messages, which may quote a user.
"""

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from loguru import logger

from infra.process.version import read_version
from infra.settings import Settings

if TYPE_CHECKING:
    from loguru import Message
    from sentry_sdk.types import Event

_MISSING = (
    "sentry_dsn is set, but Sentry's client is not installed."
    " Install it (.venv/bin/pip install 'sentry-sdk>=2.40'), or remove sentry_dsn from the settings."
)
_TAGS = ("process", "bot", "request", "update", "chat", "job")


def report_errors(settings: Settings, redact: Callable[[str], str]) -> None:
    """Send lines of level ERROR to Sentry from now on. Exit with a message if its client is not installed."""
    try:
        import sentry_sdk
        from sentry_sdk.integrations.atexit import AtexitIntegration
        from sentry_sdk.utils import event_from_exception
    except ImportError:
        sys.exit(_MISSING)
    sentry_sdk.init(
        dsn=settings.sentry_dsn.get_secret_value() if settings.sentry_dsn else None,
        environment=settings.app_env,
        release=read_version()["version"],
        # The default integrations collect private data: requests, arguments, breadcrumbs.
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[AtexitIntegration(callback=lambda *_: None)],
        include_local_variables=False,
        include_source_context=False,
        max_breadcrumbs=0,
    )

    def report(message: "Message") -> None:
        record = message.record
        event: Event = {
            "level": "error",
            "logger": record["name"] or "",
            "message": redact(record["message"]),
            "tags": {name: str(record["extra"][name]) for name in _TAGS if name in record["extra"]},
        }
        if (raised := record["exception"]) and raised.value:
            options = sentry_sdk.get_client().options
            described, _ = event_from_exception(raised.value, client_options=options)
            # The exceptions with their tracebacks, without their messages.
            values = [{**value, "value": ""} for value in described["exception"]["values"]]
            event["exception"] = {"values": values}
        sentry_sdk.capture_event(event)

    logger.add(report, level="ERROR", format="{message}")
