"""Questions to a language model on behalf of a user: paid for, bounded in time, and asked once."""

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from arq.connections import ArqRedis

from infra.fal.language_model import LanguageModel
from infra.redis.client import write_until_taken
from worker.prompt_helper.charges import Charges, Purpose

#: Seconds for a whole question, and of these for loading its image; the chat's other messages wait for it.
TIMEOUT = 10.0
LOAD_SECONDS = 3.0
_KEPT_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Question[T]:
    """`read`, called in a thread, checks the model's answer and returns what it says. It raises LanguageModelError."""

    system: str
    prompt: str
    read: Callable[[str], T]
    images: tuple[str, ...] = ()
    max_tokens: int = 800
    temperature: float = 0

    @property
    def digest(self) -> str:
        """Tell questions apart without their words."""
        parts = "\0".join((self.system, self.prompt, *self.images))
        return hashlib.sha256(parts.encode()).hexdigest()[:32]


@dataclass(frozen=True)
class Reply[T]:
    """`cost` is what was charged for it, in dollars: nothing if the same question was asked before."""

    value: T
    cost: float


class PromptHelper:
    """Asks the model for users. An answer is kept for a day: the same question of a user is asked and paid for once."""

    def __init__(self, redis: ArqRedis, model: LanguageModel, charges: Charges) -> None:
        self._redis = redis
        self._model = model
        self._charges = charges

    async def ask[T](self, user_id: int, question: Question[T], *, purpose: Purpose) -> Reply[T]:
        """Raises LanguageModelError, and OrderRefused if a budget is spent; what fal has billed is always charged."""
        key = f"darkroom:helper:{user_id}:{question.digest}"
        if kept := await self._redis.get(key):
            return Reply(await asyncio.to_thread(question.read, kept.decode()), 0)
        await self._charges.check(user_id)
        seconds = TIMEOUT - LOAD_SECONDS if question.images else TIMEOUT
        asked = self._model.complete(
            question.prompt,
            system=question.system,
            images=question.images,
            timeout=seconds,
            max_tokens=question.max_tokens,
            temperature=question.temperature,
        )
        completion = await self._charges.complete(asked, user_id, purpose)
        value = await asyncio.to_thread(question.read, completion.text)
        await write_until_taken(partial(self._redis.set, key, completion.text, ex=_KEPT_SECONDS))
        return Reply(value, completion.cost)
