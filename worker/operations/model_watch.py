"""Daily warning to the admins: a model is gone or deprecated at fal, or its price has moved."""

from collections.abc import Awaitable, Callable, Iterable

from arq.connections import ArqRedis
from loguru import logger

from infra.fal.models.catalogue import MODELS
from infra.fal.models.drift import Drift, DriftKind, find_drift
from infra.fal.models.platform import ONCE, Platform, PlatformError
from infra.http_client import create_client
from infra.i18n import Texts
from infra.money import money
from infra.settings import Settings

#: Seconds before the same change is reported again.
SILENCE_SECONDS = 30 * 86_400
_LINES = 15


#: Sends every admin a text in their language, and returns whether one of them was reached.
type TellAdmins = Callable[[Callable[[str], str]], Awaitable[bool]]


class ModelWatch:
    def __init__(
        self, settings: Settings, redis: ArqRedis, tell_admins: TellAdmins, texts: Texts
    ) -> None:
        self._settings = settings
        self._redis = redis
        self._tell_admins = tell_admins
        self._texts = texts

    async def run(self) -> None:
        """Tell what has changed since the last warning; if fal does not answer, the next day's run does."""
        key = self._settings.fal_api_key
        if not key:
            return
        async with create_client(proxy=self._settings.fal_proxy) as http:
            platform = Platform(
                http,
                base_url=self._settings.fal_platform_base_url,
                api_key=key.get_secret_value(),
                retry=ONCE,
            )
            try:
                found = await find_drift(platform, MODELS)
            except PlatformError as error:
                logger.warning("the models were not compared with fal's: {}", error)
                return
        for drift in found:
            logger.warning("model: {}", drift)
        fresh = [
            drift
            for drift in found
            if await self._redis.set(_key(drift), b"", nx=True, ex=SILENCE_SECONDS)
        ]
        if fresh and not await self._tell_admins(lambda language: self._text(language, fresh)):
            await self._redis.delete(*map(_key, fresh))

    def _text(self, language: str, drifts: Iterable[Drift]) -> str:
        t = self._texts.speaking(language)
        lines = []
        for drift in drifts:
            costs = (
                {"before": money(t, drift.before), "now": money(t, drift.now)}
                if drift.kind is DriftKind.PRICE
                else {}
            )
            lines.append(t(f"fal-model-{drift.kind}", model=drift.endpoint, **costs))
        more = len(lines) - _LINES
        shown = "\n".join([*lines[:_LINES], *([f"… +{more}"] if more > 0 else [])])
        return f"{t('fal-models-changed')}\n\n{shown}\n\n{t('fal-models-changed-tell')}"


def _key(drift: Drift) -> str:
    return f"darkroom:model-warned:{drift.endpoint}:{drift.kind}:{drift.now:g}"
