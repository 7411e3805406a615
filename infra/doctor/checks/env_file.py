"""The settings: that they can work together, the settings check by themselves; here, who can read them."""

import stat
from collections.abc import Sequence
from pathlib import Path

from anyio import Path as AsyncPath

from infra.doctor.finding import Finding, ok, warning
from infra.production_rules import warnings
from infra.settings import Settings

_PATH = Path(".env")


async def check(settings: Settings) -> Sequence[Finding]:
    files = [path for path in (_PATH, settings.bots_file) if path]
    return [
        ok(f"They fit together ({settings.app_env})."),
        *_open_door(settings),
        *(warning(text, "See SECURITY.md.") for text in warnings(settings)),
        *(finding for path in files for finding in permissions(path)),
    ]


def permissions(path: Path = _PATH) -> Sequence[Finding]:
    """Tokens and keys stand in it; the service may be meant to read it by its group, everybody else is not."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return []
    if not mode & stat.S_IRWXO:
        return []

    async def close() -> None:
        await AsyncPath(path).chmod(mode & ~stat.S_IRWXO)

    return [
        warning(f"Everybody on this machine may read {path} ({mode:o}).", f"chmod o= {path}", close)
    ]


def _open_door(settings: Settings) -> Sequence[Finding]:
    if settings.tg_allowed_user_ids or settings.tg_update_mode == "polling":
        return []
    return [
        warning(
            "Whoever finds the bot may use it: tg_allowed_user_ids is empty.",
            "Name the people in tg_allowed_user_ids, and set app_env=production.",
        )
    ]
