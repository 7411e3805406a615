"""Check that webhook_app runs in this version, and that public_url leads to it."""

import re
from collections.abc import Sequence

import httpx

from infra.doctor.finding import Finding, ok, problem, warning
from infra.http_client import create_client
from infra.process.version import read_version
from infra.settings import Settings

_START = "Start it: `darkroom web`, or the service that runs it. See its log for why it ended."
_PROXY = "Make the proxy forward to api_port. Some networks cannot reach their own public address."
# Addresses that get the token: without TLS only this machine.
_SAFE = re.compile(r"https://|http://(127\.0\.0\.1|\[::1\]|localhost)[:/]")


async def check(settings: Settings) -> Sequence[Finding]:
    own = await ask_version(settings, settings.local_url)
    public = await ask_version(settings, settings.public_url) if settings.public_url else None
    running = own or public
    if running is None:
        return [problem("webhook_app does not answer.", _START)]
    installed, version = read_version(), running.get("version")
    named = f"version {version or 'unknown'}, commit {running.get('commit') or 'unknown'}"
    if version and (version, running.get("commit")) != (installed["version"], installed["commit"]):
        here = f"version {installed['version']}, commit {installed['commit'] or 'unknown'}"
        found = warning(
            f"Running: {named}; installed: {here}.",
            "Restart it, and then the workers (docs/operations.md#upgrade).",
        )
    else:
        found = ok(f"Running: {named}.")
    if not own or not settings.public_url:
        return [found]
    if public:
        return [found, ok("public_url leads to webhook_app.")]
    return [found, problem("public_url does not lead to webhook_app.", _PROXY)]


async def ask_version(settings: Settings, base: str) -> dict[str, str] | None:
    """Return the response of `/version`; None if webhook_app does not answer there."""
    token = settings.api_token.get_secret_value() if settings.api_token else ""
    headers = {"Authorization": f"Bearer {token}"} if token and _SAFE.match(f"{base}/") else {}
    async with create_client(read_timeout=5) as http:
        try:
            answer = (await http.get(f"{base}/version", headers=headers)).json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            return None
    known = isinstance(answer, dict) and answer.get("name") == read_version()["name"]
    return answer if known else None
