"""The models that users can choose for each kind of work, in order: the first is the default.

The settings and the list of this release give the defaults. An admin can change them at run time: lists in Redis take
precedence, and every process reads them at each update.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Self, cast

from arq.connections import ArqRedis
from loguru import logger
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from redis.exceptions import WatchError

from infra.fal.model import Model, Work
from infra.fal.models.catalogue import MODELS
from worker.users.roles import Role

KEY = "darkroom:offers"
#: More buttons do not fit a phone.
MAX_OFFERED = 8
_MAX_ATTEMPTS = 5

#: Offered after the models of the settings; docs/models.md has the reasons.
_SHIPPED: Mapping[Work, tuple[str, ...]] = {
    Work.IMAGE: (
        "fal-ai/flux-2/flash",
        "bytedance/seedream/v5/lite/text-to-image",
        "fal-ai/nano-banana-2",
        "openai/gpt-image-2",
    ),
    Work.IMAGE_EDIT: (
        "fal-ai/flux-2/klein/9b/edit",
        "bytedance/seedream/v5/lite/edit",
        "fal-ai/qwen-image-2/edit",
        "fal-ai/nano-banana-2/edit",
        "openai/gpt-image-2/edit",
    ),
    Work.INPAINTING: ("openai/gpt-image-2/edit",),
    Work.UPSCALE: ("fal-ai/clarity-upscaler",),
    Work.VIDEO: (
        "fal-ai/ltx-2.3/text-to-video/fast",
        "xai/grok-imagine-video/text-to-video",
        "fal-ai/veo3.1/lite",
        "fal-ai/kling-video/v3/standard/text-to-video",
        "fal-ai/veo3.1/fast",
    ),
    Work.IMAGE_TO_VIDEO: (
        "fal-ai/ltx-2.3/image-to-video/fast",
        "xai/grok-imagine-video/image-to-video",
        "fal-ai/veo3.1/lite/image-to-video",
        "fal-ai/kling-video/v3/standard/image-to-video",
        "fal-ai/veo3.1/fast/image-to-video",
    ),
    Work.FIRST_LAST_FRAME: ("fal-ai/veo3.1/fast/first-last-frame-to-video",),
    Work.EXTEND_VIDEO: ("fal-ai/veo3.1/fast/extend-video",),
}


class Offer(BaseModel):
    """A model by its endpoint; users with `role` or more rights can choose it."""

    model_config = ConfigDict(frozen=True)

    model: str
    role: Role = Role.GUEST

    def known(self, work: Work) -> Model | None:
        """Return the model; None if the catalogue lacks it now, or has it for other work."""
        found = MODELS.get(self.model)
        does = found and (work is found.work or work in found.also)
        return found if does else None


type Offers = tuple[Offer, ...]
type OffersByWork = Mapping[Work, Offers]

_OFFERS = TypeAdapter[Offers](Offers)


class OfferStore:
    """The lists that an admin has changed."""

    def __init__(self, redis: ArqRedis) -> None:
        self._redis = redis

    async def read(self) -> dict[Work, Offers]:
        """Return the changed lists; a damaged one is logged and counts as unchanged."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hgetall(KEY)
            return read_offers((await pipe.execute())[0])

    async def change(self, work: Work, default: Offers, change: Callable[[Offers], Offers]) -> None:
        """Change a list, `default` if it was not changed before; raise what `change` raises."""
        async with self._redis.pipeline(transaction=True) as pipe:
            for left in reversed(range(_MAX_ATTEMPTS)):
                try:
                    await pipe.watch(KEY)
                    stored = await cast("Awaitable[bytes | None]", pipe.hget(KEY, work.value))
                    current = (_read(stored, work) if stored else ()) or default
                    pipe.multi()  # type: ignore[no-untyped-call] # untyped in redis-py
                    pipe.hset(KEY, work.value, _OFFERS.dump_json(change(current)).decode())
                    await pipe.execute()
                except WatchError:
                    # Another admin changed a list in between.
                    if not left:
                        raise
                else:
                    return

    async def reset(self, work: Work) -> None:
        """Return to the defaults."""
        async with self._redis.pipeline(transaction=False) as pipe:
            pipe.hdel(KEY, work.value)
            await pipe.execute()


def read_offers(stored: Mapping[bytes, bytes]) -> dict[Work, Offers]:
    """Read the hash of the changed lists; a damaged one is logged and counts as unchanged."""
    return {
        work: offers
        for work in (Work if stored else ())
        if (text := stored.get(work.encode())) and (offers := _read(text, work))
    }


def _read(text: bytes, work: Work) -> Offers:
    try:
        return _OFFERS.validate_json(text)[:MAX_OFFERED]
    except ValidationError:
        logger.error("the models for {} in {} are damaged; choose them again", work, KEY)
        return ()


def default_offers(works: Mapping[Work, tuple[str, ...]]) -> dict[Work, Offers]:
    """Return the models of the settings, followed by those of this release, for each kind of work."""
    return {
        work: tuple(
            Offer(model=endpoint)
            for endpoint in dict.fromkeys((*endpoints, *_SHIPPED.get(work, ())))
        )
        for work, endpoints in works.items()
    }


@dataclass(frozen=True)
class ModelLists:
    """The lists as one user sees them: those of their `role`; `preferred` are the models of their own settings."""

    defaults: OffersByWork
    changed: OffersByWork = field(default_factory=dict)
    role: Role = Role.ADMIN
    preferred: Mapping[Work, str] = field(default_factory=dict)

    def all(self, work: Work) -> Offers:
        return self.changed.get(work) or self.defaults[work]

    def models(self, work: Work) -> tuple[Model, ...]:
        """Return the models that the user can choose, never none."""
        found = self._admitted(self.all(work), work) or self._admitted(self.defaults[work], work)
        return found or tuple(MODELS.of_work(work)[:1])

    def _admitted(self, offers: Offers, work: Work) -> tuple[Model, ...]:
        return tuple(
            model
            for offer in offers
            if self.role.includes(offer.role) and (model := offer.known(work))
        )

    def admits(self, model: Model) -> bool:
        """Return whether the user may order with this model: it is offered to them, or no admin has decided on it."""
        for work in model.works & self.defaults.keys():
            found = [offer for offer in self.all(work) if offer.model == model.endpoint]
            if any(self.role.includes(offer.role) for offer in found):
                return True
            if not found and work not in self.changed:
                return True
        return not model.works & self.defaults.keys()

    def seen_by(self, role: Role, preferred: Mapping[Work, str], changed: OffersByWork) -> Self:
        return type(self)(self.defaults, changed, role, preferred)
