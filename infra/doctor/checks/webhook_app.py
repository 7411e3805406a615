"""Whether the front door runs, in this version, and whether public_url leads to it."""

import re
from collections.abc import Iterator, Sequence

import httpx

from infra.doctor.finding import Finding, ok, problem, warning
from infra.http_client import create_client
from infra.process.version import read_version
from infra.settings import Settings

_START = "Start it: `darkroom web`, or the service that runs it. Its log says why it ended."
_PROXY = "Let the proxy lead it to api_port; some networks do not reach their own public address."
# The token goes nowhere else without TLS.
_SAFE = re.compile(r"https://|http://(127\.0\.0\.1|\[::1\]|localhost)[:/]")


async def check(settings: Settings) -> Sequence[Finding]:
    own = await _ask(settings, settings.local_url)
    public = await _ask(settings, settings.public_url) if settings.public_url else None
    return [*_judge(own or public), *(_judge_public(settings, public) if own else ())]


async def _ask(settings: Settings, base: str) -> dict[str, str] | None:
    """What `/version` says there; None where no front door answers."""
    token = settings.api_token.get_secret_value() if settings.api_token else ""
    headers = {"Authorization": f"Bearer {token}"} if token and _SAFE.match(f"{base}/") else {}
    async with create_client(read_timeout=5) as http:
        try:
            answer = (await http.get(f"{base}/version", headers=headers)).json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            return None
    known = isinstance(answer, dict) and answer.get("name") == read_version()["name"]
    return answer if known else None


def _judge(found: dict[str, str] | None) -> Iterator[Finding]:
    if found is None:
        yield problem("The front door does not answer.", _START)
        return
    here, runs = read_version(), found.get("version")
    named = (
        f"{runs or 'a version that it does not tell'}, commit {found.get('commit') or 'unknown'}"
    )
    if runs and (runs, found.get("commit")) != (here["version"], here["commit"]):
        yield warning(
            f"It runs {named}; installed is {here['version']}, commit {here['commit'] or 'unknown'}.",
            "Restart it, and the workers after it (docs/operations.md#upgrade).",
        )
    else:
        yield ok(f"It runs {named}.")


def _judge_public(settings: Settings, found: dict[str, str] | None) -> Iterator[Finding]:
    if settings.public_url:
        leads = "public_url leads to a front door."
        yield ok(leads) if found else problem("public_url does not lead to the front door.", _PROXY)
