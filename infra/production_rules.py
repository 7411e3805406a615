"""Settings that are refused or warned about with `app_env=production`, because others could guess, read or forge."""

import re
from collections.abc import Iterator
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from infra.redis.sentinel import SCHEME as SENTINEL
from infra.redis.sentinel import SentinelUrl

if TYPE_CHECKING:
    from infra.settings import Settings

_SHORTEST_SECRET = 32
_FEWEST_CHARACTERS = 10
# Words have long runs of letters in one case, and phrases consist of them; one of 5,000 random secrets has such a run.
_WORDS = re.compile(r"[a-z]{14}|[A-Z]{14}|^[a-z_-]+$|^[A-Z_-]+$")
#: The largest networks that can be the operator's own proxies: 10.0.0.0/8, and a provider's IPv6 block.
_SHORTEST_PREFIX = {4: 8, 6: 16}
_BASES = (
    *("tg_api_base", "fal_queue_base_url", "fal_rest_base_url"),
    *("fal_platform_base_url", "fal_run_base_url"),
)


def refusals(settings: "Settings") -> Iterator[str]:
    """Yield what prevents the start, by the settings' names and without their values."""
    given = {"api_token": settings.api_token, "tg_webhook_secret": settings.tg_webhook_secret}
    secrets = {name: secret.get_secret_value() for name, secret in given.items() if secret}
    if weak := [name for name, secret in secrets.items() if is_weak(secret)]:
        yield (
            f"easy to guess: {', '.join(weak)}. Use {_SHORTEST_SECRET} or more random characters:"
            " python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"
        )
    if len(set(secrets.values())) < len(secrets):
        yield f"the same value: {', '.join(secrets)}. Each needs its own."
    if settings.public_url and not settings.public_url.startswith("https://"):
        yield "public_url must be https in production."
    bases = {name: urlsplit(getattr(settings, name)) for name in _BASES}
    if plain := [
        name
        for name, url in bases.items()
        if url.scheme != "https" and not is_this_machine(url.hostname or "")
    ]:
        yield f"must be https, unless the server is on this machine: {', '.join(plain)}."
    if any(net.prefixlen < _SHORTEST_PREFIX[net.version] for net in settings.trusted_proxies):
        yield "trusted_proxies is too wide: list only the proxies' own networks."


def warnings(settings: "Settings") -> Iterator[str]:
    """Yield settings that are risky but may be intended."""
    if settings.redis_url.startswith(SENTINEL):
        is_protected = bool(SentinelUrl.parse(settings.redis_url).password)
    else:
        url = urlsplit(settings.redis_url)
        is_local = url.scheme == "unix" or is_this_machine(url.hostname or "localhost")
        is_protected = is_local or bool(url.password)
    if settings.app_env == "production" and not is_protected:
        yield "redis_url has no password and is another host: anyone who reaches it can read everything."


def is_weak(secret: str) -> bool:
    # A repeated pattern equals itself when shifted by its length.
    repeats = any(secret[n:] == secret[:-n] for n in range(1, len(secret) // 2 + 1))
    is_short = len(secret) < _SHORTEST_SECRET or len(set(secret)) < _FEWEST_CHARACTERS
    return is_short or repeats or bool(_WORDS.search(secret))


def is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
