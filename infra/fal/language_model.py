"""Language models that fal passes on: https://fal.ai/models/openrouter/router."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.errors import DarkroomError, ProviderError
from infra.fal.direct_run import DirectRuns

TEXT = "openrouter/router"
VISION = "openrouter/router/vision"
# Characters of an answer; a longer one is not what was asked for.
_LONGEST = 20_000


class LanguageModelError(DarkroomError):
    """The model did not answer, refused, or answered nothing that can be used."""


@dataclass(frozen=True, slots=True)
class Completion:
    """What the model answered, and what fal bills for it in dollars. `request_id` is fal's."""

    text: str
    cost: float
    request_id: str | None


class LanguageModel:
    """A model by its id at OpenRouter, which is its name."""

    def __init__(self, runs: DirectRuns, name: str) -> None:
        self._runs = runs
        self.name = name

    async def complete(  # noqa: PLR0913 - keyword-only
        self,
        prompt: str,
        *,
        system: str,
        images: Sequence[str] = (),
        timeout: float,  # noqa: ASYNC109 - of the whole call, in seconds
        max_tokens: int = 800,
        temperature: float = 0,
    ) -> Completion:
        """Ask the model; `images` are URLs or data URIs. Raises LanguageModelError."""
        arguments: dict[str, object] = {
            "model": self.name,
            "prompt": prompt,
            "system_prompt": system,
            "max_tokens": max_tokens,
            "temperature": temperature,
            "reasoning": False,
        }
        if images:
            arguments["image_urls"] = list(images)
        try:
            run = await self._runs.run(VISION if images else TEXT, arguments, timeout=timeout)
        except ProviderError as error:
            raise LanguageModelError(str(error)) from None
        if run.output.get("error"):
            # fal's text may quote the prompt.
            raise LanguageModelError("The model answered with an error.")
        text = run.output.get("output")
        if not isinstance(text, str) or not text.strip() or len(text) > _LONGEST:
            raise LanguageModelError("The model's answer is empty or too long.")
        if run.output.get("partial"):
            raise LanguageModelError("The model's answer is not complete.")
        return Completion(text.strip(), _cost(run.output), run.request_id)


def _cost(output: Mapping[str, Any]) -> float:
    """Return what the run costs by the usage that the model reports, in dollars."""
    usage = output.get("usage")
    cost = usage.get("cost") if isinstance(usage, dict) else None
    if not isinstance(cost, int | float) or isinstance(cost, bool):
        return 0.0
    return float(cost) if math.isfinite(cost) and cost >= 0 else 0.0
