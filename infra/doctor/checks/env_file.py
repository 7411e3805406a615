"""Check of the settings' risks and file permissions. infra/settings.py validates the values."""

import stat
from collections.abc import Sequence
from pathlib import Path

from anyio import Path as AsyncPath

from infra.doctor.finding import Finding, ok, warning
from infra.production_rules import warnings
from infra.settings import Settings

_PATH = Path(".env")


async def check(settings: Settings) -> Sequence[Finding]:
    found = [ok(f"The settings are valid ({settings.app_env}).")]
    if not settings.tg_allowed_user_ids and settings.tg_update_mode != "polling":
        found.append(
            warning(
                "Anyone can use the bot: tg_allowed_user_ids is empty.",
                "List the allowed users in tg_allowed_user_ids, and set app_env=production.",
            )
        )
    found += [warning(text, "See SECURITY.md.") for text in warnings(settings)]
    for path in (_PATH, settings.bots_file):
        if path:
            found += permissions(path)
    return found


def permissions(path: Path = _PATH) -> Sequence[Finding]:
    """Warn if others can read the file, which contains secrets. Group access is allowed: the service may need it."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return []
    if not mode & stat.S_IRWXO:
        return []

    async def close() -> None:
        await AsyncPath(path).chmod(mode & ~stat.S_IRWXO)

    return [
        warning(
            f"Every user of this machine can read {path} ({mode:o}).", f"chmod o= {path}", close
        )
    ]
