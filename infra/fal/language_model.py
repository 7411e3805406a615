"""Language models that fal passes on: https://fal.ai/models/openrouter/router."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loguru import logger

from infra.errors import DarkroomError, ProviderError
from infra.fal.direct_run import HALF_CHARACTER, DirectRuns

TEXT = "openrouter/router"
VISION = "openrouter/router/vision"
# Characters of an answer; a longer one is not what was asked for.
_LONGEST = 20_000
# Dollars: more than any call of the helper costs. A mistaken sum must not use up the budgets of a team.
_HIGHEST_COST = 1.0


@dataclass(frozen=True, slots=True)
class Completion:
    """What the model answered, and what fal bills for it in dollars. `request_id` is fal's."""

    text: str
    cost: float
    request_id: str | None


class LanguageModelError(DarkroomError):
    """The model did not answer, refused, or answered nothing that can be used; `billed` is an answer that costs."""

    def __init__(self, message: str, billed: Completion | None = None) -> None:
        super().__init__(message)
        self.billed = billed


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
        text = run.output.get("output")
        completion = Completion(
            text.strip() if isinstance(text, str) else "", _cost(run.output), run.request_id
        )
        if flaw := _flaw(run.output, completion.text):
            raise LanguageModelError(f"The model's answer {flaw}.", completion)
        return completion


def _flaw(output: Mapping[str, Any], text: str) -> str | None:
    """Return why an answer cannot be used; fal's own text may quote the prompt."""
    if output.get("error"):
        return "is an error"
    if not text or len(text) > _LONGEST:
        return "is empty or too long"
    if output.get("partial"):
        return "is not complete"
    return "has half of a character" if HALF_CHARACTER.search(text) else None


def _cost(output: Mapping[str, Any]) -> float:
    """Return what the run costs by the usage that the model reports, in dollars; at most `_HIGHEST_COST`.

    What fal really bills is compared later: worker/operations/reconcile.py.
    """
    usage = output.get("usage")
    cost = usage.get("cost") if isinstance(usage, dict) else None
    if not isinstance(cost, int | float) or isinstance(cost, bool) or not cost >= 0:
        return 0.0
    if cost > _HIGHEST_COST:
        logger.warning(
            "a call costs more than possible by its usage: ${} are counted", _HIGHEST_COST
        )
    # A whole number may be too large for a float.
    return float(min(cost, _HIGHEST_COST))
