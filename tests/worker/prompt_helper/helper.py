"""A translator with the fake of fal, and what fal was asked."""

from dataclasses import dataclass, field
from typing import Any

import httpx
from arq.connections import ArqRedis

from infra.fal.language_model import LanguageModel
from worker.model import Kind, Request, Translation
from worker.prompt_helper.charges import Charges
from worker.prompt_helper.translation import Translator

ANN = 1
SCHNELL, BANANA = "fal-ai/flux/schnell", "fal-ai/nano-banana"


def order(prompt: str, model: str = SCHNELL, **fields: Any) -> Request:
    return Request(
        kind=Kind.IMAGE,
        user_id=ANN,
        chat_id=ANN,
        message_id=1,
        language="ru",
        prompt=prompt,
        model=model,
        **fields,
    )


@dataclass
class Helper:
    fal: str
    key: str
    http: httpx.AsyncClient
    redis: ArqRedis
    model: LanguageModel
    charges: Charges
    translators: list[Translator] = field(default_factory=list)

    def translator(self, wait_seconds: float = 5) -> Translator:
        """Return the translator of one more process; the machine may be busy."""
        self.translators.append(Translator(self.redis, self.model, self.charges, wait_seconds))
        return self.translators[-1]

    async def translate(self, prompt: str, **fields: Any) -> Translation:
        return await self.translator().translate(order(prompt, **fields))

    async def behave(self, **behaviour: object) -> None:
        """Change how the fake's language model behaves; without arguments as usual."""
        answer = await self.http.put(f"{self.fal}/direct", json=behaviour)
        answer.raise_for_status()

    async def asked(self) -> list[dict[str, Any]]:
        """Return the requests that fal got."""
        name = self.key.partition(":")[0]
        requests = (await self.http.get(f"{self.fal}/requests")).json()
        return [each for each in requests if each["account"] == name]

    async def close(self) -> None:
        for translator in self.translators:
            await translator.close()
