"""`python -m infra.sandbox.telegram`: a fake of Telegram for installations without a bot token."""

import argparse
from pathlib import Path

from infra.sandbox.telegram.rates import RateLimits
from infra.sandbox.telegram.sandbox import SandboxSettings
from infra.sandbox.telegram.server import SandboxServer


def main() -> None:
    arguments = _parser().parse_args()
    settings = SandboxSettings(
        data=arguments.data,
        token=arguments.token,
        is_local=arguments.local,
        webhook_retry_scale=arguments.webhook_retry_scale,
        limits=RateLimits(
            chat_burst=arguments.chat_burst,
            group_per_minute=max(arguments.chat_burst, RateLimits.group_per_minute),
        ),
    )
    SandboxServer(settings, arguments.host, arguments.port).run()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infra.sandbox.telegram",
        description="A fake of Telegram: the Bot API, and a chat page for its users.",
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1")
    add("--port", type=int, default=8081)
    add("--data", type=Path, default=Path(".run/telegram"), help="data directory")
    add("--token", type=_token, default="424242:sandbox", help="the bot's token")
    add("--local", action="store_true", help="act as a self-hosted Bot API server: files on disk")
    add(
        "--webhook-retry-scale",
        type=float,
        default=1.0,
        help="factor for the pauses before a delivery is repeated",
    )
    add(
        "--chat-burst",
        type=int,
        default=RateLimits.chat_burst,
        help="burst of messages that a chat accepts before 429",
    )
    return parser


def _token(value: str) -> str:
    number, _, secret = value.partition(":")
    if not number.isdigit() or not secret:
        raise argparse.ArgumentTypeError("a token has the form number:secret")
    return value


if __name__ == "__main__":
    main()
